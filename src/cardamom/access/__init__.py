"""Who is asking, and what they may do: people, roles, sessions, API keys.

Promises that a permission is checked in the service, so that API, pages and jobs cannot differ, and that another
merchant's object does not exist for a stranger. Never stores a password or a key that could be read back.
"""
