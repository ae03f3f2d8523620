"""Backups: copies taken while the bank is in use, their ways back, and the drill.

A backup is a folder: one full copy, the changes since then, and manifests that say
what each must hold. `service` is the way in; `sqlite` and `postgres` copy, `chain` and
`pages` know the folder, `drill` proves that a copy can be used. May be imported by
delivery only. Keys are never in a backup: whoever takes the backups must not be able
to read them. See docs/formats/backup.md and ADR 18.
"""
