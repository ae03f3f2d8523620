"""Everything that governs giving data to third parties.

Recipients, their contracts and certificates, decisions of the ethics board, offers,
consents with their notices and receipts, and in `consent.oauth` the credentials of
recipients' software.

Pure, without framework, clock or database: `terms`, `rar`, `states`, `facts`, `gates`,
`ceilings`, `selection`, `strict`, `engine`, `reasons`, `wording`, `content`, `profile`,
`receipt_record`, `modes`, `country_facts`. The engine decides; `facts_store` and
`recipient_facts` read what it decides on; `service` does the acts of the person; the
registers (`recipients`, `contracts`, `certificates`, `countries`, `board`, `offers`,
and those in `consent.vetting`) those of operator and board. `consent.criteria` holds
what is asked of recipients, as data.

May be imported by `pds.disclosure` and above. May import `audit`, `pds.accounts`,
`pds.keys` and below. It must never import `pds.vault` or `providers`, see a person's
records, commit a transaction, or hand anything out: that is `pds.disclosure` alone.
"""
