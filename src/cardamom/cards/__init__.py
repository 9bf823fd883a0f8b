"""A customer's card: joining, stamping, rolling over, recovering, and the customer's own page.

Promises that a full card issues its reward in the transaction of its last stamp and that no stamp is lost or doubled.
Never stands full: what is left over begins the next cycle.
"""
