"""The witness (C2SP tlog-witness): cosigns a log only while it grows.

An auditor runs it on a machine of their own. It needs the log's verifier key and a
folder, no database of the bank.
"""
