"""Issued rewards: their life from issued to redeemed, expired or cancelled, and the three ways to redeem them.

Promises that a voucher keeps the terms it was issued with and is used at most as often as it says, under any
concurrency. Never decides when a reward is due: cards, campaigns and people do.
"""
