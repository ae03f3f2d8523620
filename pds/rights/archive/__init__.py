"""The person's archive: everything in one signed file to take away (C-08, H-05).

`contents` says what is in it, `writing` makes the ZIP file and its manifest as a
stream, `jobs` keeps it sealed until it is fetched or expires. The file is described in
`docs/formats/archive.md`. May be imported by `pds.bank`, `pds.web` and `pds.cli`.
Never gives an archive to anybody but its owner.
"""
