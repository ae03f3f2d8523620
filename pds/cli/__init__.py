"""Commands for operators and engineers; thin, everything real lies below.

May import everything. Is imported by nothing but the console script.
"""
