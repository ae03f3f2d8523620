"""People: accounts, roles, logins, passwords and sessions.

Lives here: who may come in, and how that is proved. May be imported by every layer
above `audit`. Must never read a vault record, decide about a consent, know of HTTP, or
store a login, a password or a session token in a form that gives it back.
"""
