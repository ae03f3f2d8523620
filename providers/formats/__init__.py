"""Readers: bytes of a known format in, items with canonical records out.

`reading.read` is the entrance. All modules are pure and let nothing escape for bad
input but `FileRefused`. The specification is `docs/formats/intake.md`.
"""
