"""Numbered, reversible steps of the database schema, run by alembic.

Imports nothing of ours: a step must mean the same for ever, so each spells out its
tables instead of reading them from the code of the day. A step back that drops what
nothing makes again asks `migrations.losses` first.
"""
