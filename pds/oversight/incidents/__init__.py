"""Incidents: what went wrong with data, whom it concerns, who has to be told by when.

Lives here: what the law asks after an incident (pure), the register with its sealed
steps, lists of persons found from the log, and notices to them. May be imported by
`pds.bank`, `pds.web` and `pds.cli`. Must never show a list of persons to anybody, tell
a person of an exercise, or change a step that was taken (docs/adr/0045-incidents.md).
"""
