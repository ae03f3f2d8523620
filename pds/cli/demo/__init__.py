"""The demo world: invented people, shops and organisations, and a told journey.

The generator half (`people`, `vitals`, `checkups`, `treatment`, `shopping`,
`invoices`, `world`) is pure: the same seed and day give the same bytes. The other
half speaks HTTP to a running server as a person, a recipient and the staff would.

Nothing imports this package but the command line. It must never run against an
issuer whose host is not localhost, because its accounts are known to whoever reads
the credentials file.
"""
