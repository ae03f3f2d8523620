"""What staff, the ethics board and auditors see: organisations, decisions, the log.

Nothing here opens a payload or names a person: the log's leaves hold no personal data,
and organisations are not persons. May be imported by `pds.web`, `pds.cli` and
`pds.bank`; must never import `pds.vault`.
"""
