"""Provision to the recipient of an accepted offer, by client credentials (ADR 42).

Holds the two ways of asking, one person by name and the whole cohort in pages, and
the cursors of both. Imported by the bank and by `pds.web.api`. Every person's part
passes the very gate of `pds.disclosure`, under that person's own consent, and is
recorded before it leaves; a token of an offer never opens anything by itself.
"""
