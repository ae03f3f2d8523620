"""Histories of a log, and what a witness is sent of them."""

from audit.signer import LogSigner
from audit.witness.request import write_submission
from tests import reference

ORIGIN = "log.example/1"
SEED = bytes(range(32))
VKEY = LogSigner(ORIGIN, SEED).verifier


class History:
    """One history of a log of numbered leaves; it forks off where the word begins."""

    def __init__(self, word="", fork=0, origin=ORIGIN, seed=SEED):
        self.signer = LogSigner(origin, seed)
        self._word = word
        self._fork = fork

    def leaves(self, size):
        return [
            (f"{i}" if i < self._fork else f"{self._word}{i}").encode()
            for i in range(size)
        ]

    def note(self, size):
        return self.signer.sign(size, reference.root(self.leaves(size)))

    def body(self, old, size):
        proof = reference.proof(old, self.leaves(size)) if 0 < old <= size else []
        return write_submission(old, proof, self.note(size))
