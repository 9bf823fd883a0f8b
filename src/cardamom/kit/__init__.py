"""What every other package needs and no shop owner would name: time, ids, codes, digits, money, text, languages.

Everything here is pure: the same input gives the same answer, with no tables, no HTTP and no other package of ours.
It never reads or writes anything but its own data and the translation catalogs.
"""
