"""Intake: what a person or a source delivers becomes records in the vault.

Lives here: the plan of an import (slow, pure, outside any transaction) and its
storing (short, inside units of work), undoing, and the errors of both. May be
imported by `pds.bank` and above. Must never give data to a third party, and never
store an item that its reader rejected.
"""
