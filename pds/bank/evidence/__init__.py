"""Functions that look at the bank and say how a criterion stands; nothing is written.

Each reads a bounded number of rows on one snapshot and names nobody. They stand in
`pds.bank` because they look at every part beneath it. May be imported by delivery.
"""
