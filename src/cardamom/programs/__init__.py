"""What a merchant offers: programs with versioned rules and designs, and rewards.

Promises that a version never changes, so that a running cycle ends under the rules it began with, and that the rules
are pure functions. Never touches a card.
"""
