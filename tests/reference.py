"""RFC 6962 section 2.1 word for word: slow recursions on lists, as an oracle."""

from hashlib import sha256


def leaf(entry):
    return sha256(b"\x00" + entry).digest()


def _k(n):
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def root(entries):
    n = len(entries)
    if n == 0:
        return sha256(b"").digest()
    if n == 1:
        return leaf(entries[0])
    k = _k(n)
    return sha256(b"\x01" + root(entries[:k]) + root(entries[k:])).digest()


def path(m, entries):
    n = len(entries)
    if n == 1:
        return []
    k = _k(n)
    if m < k:
        return [*path(m, entries[:k]), root(entries[k:])]
    return [*path(m - k, entries[k:]), root(entries[:k])]


def proof(m, entries):
    return _subproof(m, entries, whole=True)


def _subproof(m, entries, *, whole):
    n = len(entries)
    if m == n:
        return [] if whole else [root(entries)]
    k = _k(n)
    if m <= k:
        return [*_subproof(m, entries[:k], whole=whole), root(entries[k:])]
    return [*_subproof(m - k, entries[k:], whole=False), root(entries[:k])]
