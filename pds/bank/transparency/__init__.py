"""The transparency report: what happened in a closed month, in numbers (G-13).

`counting` counts, `hiding` takes out what is too small, `report` puts both together,
`register` signs and keeps a report once, and checks it anew.
"""
