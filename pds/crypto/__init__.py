"""Data keys, envelopes, wraps and key providers.

Lives here: everything that touches a raw key. May be imported by every layer above.
It never opens a database, never reads the clock and never decides who may read.
The formats are written down in `docs/formats/vault.md`.
"""
