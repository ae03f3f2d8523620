"""The vault: a person's records, imports and raw originals, sealed.

Lives here: the tables of records, what seals and opens them, and keyset pages over
them. May be imported by `pds.disclosure` and the layers above it, never by `consent` or
`providers`. It decides nothing, records nothing in the log and commits nothing.
"""
