"""Passes in Apple Wallet and Google Wallet: projections of the card that follow it, whatever happens on the way.

Promises that a pass ends up showing what the card shows, through crashes and outages, and that nothing here slows a
stamp. Never changes a card or a voucher: it learns what happened from events.
"""
