"""The auditor's pages: the log, its proofs, and what can honestly be claimed."""
