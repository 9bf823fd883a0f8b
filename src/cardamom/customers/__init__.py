"""Card holders: their contacts, what they consented to, and how staff find them.

Promises that a phone number or an e-mail address is stored in one normal form, and that every consent keeps the wording
the person saw. Never sends anything.
"""
