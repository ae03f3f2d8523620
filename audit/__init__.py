"""The tamper-evident log: entries, Merkle tree, checkpoints, proofs, verifier.

May be imported by every layer above; imports only `pds.keys` and `pds.core`. The
modules canonical, checkpoint, commitment, cosignature, ed25519, errors, leaf, merkle,
mldsa, note, plan, proof, receipt_check, text, tiles, tree_head and the package
verifier are pure: standard library only, no clock, and no input or output but for
reading an export. This file imports nothing, so that an auditor can run them without
the bank.

Must never: hold personal data in a leaf, change a stored leaf, sign two different
trees of one size, or commit a transaction.
"""
