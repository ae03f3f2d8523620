"""Data sources (提供元): who data comes from and how it becomes canonical records.

Lives here: the register of sources, and readers that turn a file into items, each
with its canonical records and its issues. May be imported by `pds.disclosure` and
above. Must never import `consent` or `pds.vault`: a record is sealed and stored by
`pds.intake`. Everything but `sources` is pure: no I/O, no clock, no framework.
"""
