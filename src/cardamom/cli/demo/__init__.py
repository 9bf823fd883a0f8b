"""`cardamom demo`: the product with four invented businesses, their customers and ninety days of history.

Promises that the history went through the ledger like any other, and that the same folder keeps it. Never touches a
folder that it did not make, and knows no password before it makes one up.

The people do not exist: e-mail addresses end in example.com, and phone numbers lie in ranges that are reserved for
fiction (United Kingdom) or given to nobody (elsewhere).
"""
