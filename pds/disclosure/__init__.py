"""The only way by which data reaches a third party, and the preview of it.

Decide, select, minimise, serialise and hash on a read snapshot; then re-check, record
and commit in one transaction; only then release. May be imported by `pds.rights`,
`pds.bank`, delivery. It never commits by itself: the bank hands it the factory of
units of work. It never hands out a byte whose record is not durable.
"""
