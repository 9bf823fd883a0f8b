"""A scan: what is this code, and what happens now. The till for staff stands here.

Promises one answer for every code that anybody may hold before a scanner, with a sentence a person understands.
Never writes by itself: it finds the right command of cards or vouchers and submits it.
"""
