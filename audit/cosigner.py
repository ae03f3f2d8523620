"""Cosigning checkpoints (C2SP tlog-cosignature). It signs whatever it is given.

That a tree only grew, its caller has checked and remembers: a witness.
"""

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from audit.checkpoint import parse
from audit.cosignature import cosigned_message, subtree_message
from audit.errors import VerificationError
from audit.note import SignatureType, VerifierKey, is_key_name, signature_line

SEED_SIZE = 32
"""Bytes of the secret of either kind of key."""

_MAX_NAME = 255


class Cosigner:
    """A named key that cosigns.

    Args:
        name: of the key; no space, no plus, at most 255 bytes.
        seed: the 32 secret bytes.
        kind: `COSIGNATURE` (Ed25519), or `ML_DSA_44`.

    Raises:
        VerificationError: an argument is outside these rules.
    """

    def __init__(
        self, name: str, seed: bytes, kind: SignatureType = SignatureType.COSIGNATURE
    ) -> None:
        if not is_key_name(name) or len(name.encode()) > _MAX_NAME:
            raise VerificationError("A cosigner's name has no space or plus.")
        if len(seed) != SEED_SIZE:
            raise VerificationError("A cosigner's secret is not 32 bytes.")
        self._sign, public = _key(seed, kind)
        self.verifier = VerifierKey(name, kind, public)

    @property
    def vkey(self) -> str:
        """The verifier key in text form, to be published."""
        return self.verifier.encode()

    def cosign(self, checkpoint_text: str, time: int) -> str:
        """Return the signature line over a checkpoint's text, with its newline.

        Args:
            checkpoint_text: the text that the log signed, without signatures.
            time: Unix seconds.

        Raises:
            VerificationError: no checkpoint, or a time out of range.
        """
        parse(checkpoint_text)
        if self.verifier.type is SignatureType.COSIGNATURE:
            message = cosigned_message(time, checkpoint_text)
        else:
            message = subtree_message(self.verifier.name, time, checkpoint_text)
        blob = time.to_bytes(8) + self._sign(message)
        return signature_line(self.verifier, blob)


def _key(seed: bytes, kind: SignatureType) -> tuple[Callable[[bytes], bytes], bytes]:
    if kind is SignatureType.COSIGNATURE:
        ed25519 = Ed25519PrivateKey.from_private_bytes(seed)
        return ed25519.sign, ed25519.public_key().public_bytes_raw()
    if kind is SignatureType.ML_DSA_44:
        ml_dsa = MLDSA44PrivateKey.from_seed_bytes(seed)
        return ml_dsa.sign, ml_dsa.public_key().public_bytes_raw()
    raise VerificationError("A key of this kind does not cosign.")
