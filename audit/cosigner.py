"""Making cosignatures (C2SP tlog-cosignature). Holds a cosigner's secret key.

A cosignature says that the cosigner saw the log grow, and when. It commits to a time,
so it is another thing than the signature of a log.
"""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audit.errors import VerificationError
from audit.note import (
    SignatureType,
    VerifierKey,
    cosigned_message,
    is_key_name,
    signature_line,
)

_TIME_SIZE = 8


class Cosigner:
    """Cosigns the text of checkpoints.

    Args:
        name: of the cosigner, as a URL without a scheme.
        seed: the 32 secret bytes.
        kind: type of the cosignatures.

    Raises:
        VerificationError: the name has a space or a plus, or the type is not one of
            cosignatures.
    """

    def __init__(
        self, name: str, seed: bytes, kind: SignatureType = SignatureType.COSIGNATURE
    ) -> None:
        if not is_key_name(name) or kind is not SignatureType.COSIGNATURE:
            raise VerificationError("A cosigner needs a name and a cosigning key.")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.verifier = VerifierKey(name, kind, public)

    @property
    def vkey(self) -> str:
        """The verifier key in text form, to be given to whoever checks."""
        return self.verifier.encode()

    def cosign(self, text: str, time: int) -> str:
        """Return the signature line over a checkpoint's text, at Unix seconds."""
        signature = self._key.sign(cosigned_message(time, text))
        return signature_line(self.verifier, time.to_bytes(_TIME_SIZE) + signature)
