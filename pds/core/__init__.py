"""What every layer may use: clock, ids, settings, the database base, errors.

May be imported by everything. Imports nothing of ours and holds no rule of the
domain.
"""
