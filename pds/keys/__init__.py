"""Owner keys: their rows, wraps, generations and destruction.

Lives here: the tables of keys and the keyring that opens them. May be imported by every
layer above `pds.crypto`. Whoever orders an act on a key records it in the log; this
package records nothing and commits nothing.
"""
