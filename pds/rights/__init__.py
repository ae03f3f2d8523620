"""What a person is entitled to: history with proofs, withdrawal, export.

The only way out to the person; every copy is recorded in the log. Withdrawal joins the
consent, the authorisations under it and the fence in one unit of work, so that nothing
flows once it has committed. May be imported by `pds.bank`, `pds.web` and `pds.cli`.
Never gives data to anybody but its owner.
"""
