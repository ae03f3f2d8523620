"""Pseudonymised and anonymised data sets (仮名加工情報, 匿名加工情報; X-17, X-18).

Pure, without database or clock: `rows` makes the rows of a person, `suppressing` takes
out what stands out, `writing` gives the file. `choices` keeps which persons agreed,
`register` the sets with their states, `reading` opens one person's records, `releasing`
brings an anonymised set to the gate in `pds.disclosure.anonymised`.

May be imported by `pds.rights` and above. It must never keep which rows are whose,
read anybody who did not agree, or hand a set to a third party: that is the gate alone,
which knows no kind but anonymised.
"""
