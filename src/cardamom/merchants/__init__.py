"""A business: its name, languages, time zone, brand, locations, and the notices to its owner.

Promises that a public name leads to one merchant for ever and that what the locale suggests can be changed by the shop.
Never decides about stamps, cards or people.
"""
