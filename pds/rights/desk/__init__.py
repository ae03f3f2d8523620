"""The rights desk: requests of persons to see, correct, stop, erase, and to complain.

Lives here: what can be asked and refused and by when (pure), the requests with their
sealed papers, the steps of person and staff, and the ledger. May be imported by
`pds.bank`, `pds.web` and `pds.cli`. Must never put free text into the log, or show a
paper to staff without recording that look first (docs/adr/0025-rights-desk.md).
"""
