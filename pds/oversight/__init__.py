"""What staff, the ethics board and auditors see: organisations, decisions, the log.

Nothing here opens a payload, and an auditor sees persons by pseudonym: what is opened
of a log entry's detail is recorded in the log of the person whom it concerns. May be
imported by `pds.web`, `pds.cli` and `pds.bank`; must never import `pds.vault`.
"""
