"""The criteria matrix: every item of the checklist, its control, its live evidence.

`criteria.json` names the items, `evidence_words.json` says in both languages what the
evidence counts. Functions that find the evidence stand in `pds.bank.evidence`, since
some of it belongs to parts beside this one. Statuses are computed and never stored;
documents, the one thing that people bring, are kept here (E-10).
"""
