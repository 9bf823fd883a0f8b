"""The `cardamom` command: serve, worker, demo, migrate, doctor, backup, restore, verify, bench.

Promises a sentence instead of a traceback for what an operator can mend. Never holds a rule of the product.
"""
