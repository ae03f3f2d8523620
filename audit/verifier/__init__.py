"""The stand-alone verifier: `python -m audit.verifier EXPORT_DIR`.

Needs nothing but Python and the pure modules of `audit`; imports nothing of the bank
and opens no connection. It reads an export and says whether the log holds together
and continues every checkpoint and receipt that it is shown.
"""
