"""The books: accounts, operations, entries and events, written in batches.

Promises that an acknowledged command is durable, that the same key gives the same answer for ever, that no balance
falls below its floor, and that every balance can be recomputed from entries nobody can change.
Never knows what a card or a voucher is, never calls anything remote, and is the only writer of a balance.
"""
