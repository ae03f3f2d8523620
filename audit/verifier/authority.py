"""Whether a time stamp is signed by an authority that its reader trusts.

The program `openssl` checks the signature, at the time that the stamp itself names:
certificates of authorities end, and what they stamped before stays stamped.
"""

import base64
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from audit.errors import VerificationError
from audit.verifier.findings import Incomplete
from audit.verifier.folder import read_file

_SECONDS = 60.0
_VERDICT = b"Verification: "
"""How OpenSSL begins its answer, whatever it is."""

_PEM = re.compile(
    rb"-----BEGIN CERTIFICATE-----\s([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----"
)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time stamp whose content was read.

    Attributes:
        name: of its file.
        note: what it is over.
        response: its bytes.
        time: the moment that it names.
        certificates: those that it carries, in DER.
    """

    name: str
    note: bytes
    response: bytes
    time: datetime
    certificates: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Authority:
    """Whom to trust.

    Attributes:
        certificate: file with the certificates to trust, if one was given.
        pinned: SHA-256 of certificates, of which the signer's own or one above it
            must be; any when empty.
    """

    certificate: Path | None = None
    pinned: Sequence[str] = ()

    def check(self, stamp: Stamp) -> None:
        """Check the signature of a time stamp.

        Raises:
            VerificationError: it is not signed by that authority.
            Incomplete: what it takes is not here.
        """
        program = shutil.which("openssl")
        if program is None or not (self.certificate or self.pinned):
            raise _not_checked(stamp, "it takes openssl and --tsa-certificate")
        given = self.certificate and _is_signed(program, stamp, _read(self.certificate))
        if given is False or (self.pinned and not self._is_pinned(program, stamp)):
            raise VerificationError(f"{stamp.name} is not signed by that authority.")

    def _is_pinned(self, program: str, stamp: Stamp) -> bool:
        given = b"" if self.certificate is None else _read(self.certificate)
        known = [*stamp.certificates, *_certificates(given)]
        chosen = [each for each in known if sha256(each).hexdigest() in self.pinned]
        if not chosen and self.certificate is None:
            raise _not_checked(
                stamp,
                "the certificate of the policy is not in it; give it with "
                "--tsa-certificate",
            )
        # Trusting nothing else shows that it signed, or stands above who signed.
        return any(
            _is_signed(program, stamp, _pem(each), "-partial_chain") for each in chosen
        )


def _is_signed(program: str, stamp: Stamp, trusted: bytes, *options: str) -> bool:
    with tempfile.TemporaryDirectory() as scratch:
        files = {"data": stamp.note, "in": stamp.response, "CAfile": trusted}
        command = [program, "ts", "-verify", *options]
        command += ["-attime", str(int(stamp.time.timestamp()))]
        for name, content in files.items():
            path = Path(scratch) / name
            path.write_bytes(content)
            command += [f"-{name}", str(path)]
        try:
            done = subprocess.run(  # noqa: S603 - our own arguments, no shell
                command, capture_output=True, check=False, timeout=_SECONDS
            )
        except (OSError, subprocess.TimeoutExpired):
            raise _not_checked(stamp, "openssl did not answer") from None
    # A program of this name that lacks an option says nothing of the stamp.
    if _VERDICT not in done.stdout:
        raise _not_checked(stamp, "this openssl cannot do it")
    return done.returncode == 0


def _not_checked(stamp: Stamp, why: str) -> Incomplete:
    return Incomplete(f"The signature of {stamp.name} was not checked: {why}.")


def _certificates(pem: bytes) -> Iterator[bytes]:
    for encoded in _PEM.findall(pem):
        try:
            yield base64.b64decode(encoded)
        except ValueError:
            continue


def _pem(certificate: bytes) -> bytes:
    encoded = base64.encodebytes(certificate)
    return b"-----BEGIN CERTIFICATE-----\n%b-----END CERTIFICATE-----\n" % encoded


def _read(path: Path) -> bytes:
    return read_file(path, str(path))
