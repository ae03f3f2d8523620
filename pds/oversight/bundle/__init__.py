"""The evidence bundle: what an auditor may pull alone (guidelines, section 17, E-09).

Everything that the bank can show of a period without naming a person, in files that a
signed manifest lists; the manifest's hash is an entry of the log.
"""
