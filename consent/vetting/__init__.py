"""Looking at recipients before and while they may be given data (R-02, R-04, R-10).

`checks` hold the criteria against a recipient, `papers` keep what shows it,
`onboarding` approves when nothing is missing, `standings` change where it stands and
`steps` keep the history. `consent.criteria` holds the rules as data; the engine's gates
enforce what stands in the recipient's row.
"""
