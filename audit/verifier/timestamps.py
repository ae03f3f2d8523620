"""Time stamps of others (RFC 3161) over published checkpoints.

What a response says is read with the standard library; its signature is checked by
the program `openssl`, where there is one and a certificate to trust was given.
"""

import shutil
import subprocess
import tempfile
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from audit.checkpoint import parse_number
from audit.errors import VerificationError
from audit.verifier.der import EXPLICIT, INTEGER, OCTETS, OID, TIME, Reader
from audit.verifier.findings import Findings, Incomplete
from audit.verifier.folder import ExportFolder

FOLDER = "timestamps"
_END = ".tsr"
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_TST_INFO = bytes.fromhex("2a864886f70d0109100104")
_SHA256 = bytes.fromhex("608648016503040201")
_GRANTED = (b"\x00", b"\x01")


def stamped_time(response: bytes, note: bytes) -> datetime:
    """Return the time that a response vouches for, if it is of this checkpoint.

    The signature is not checked.

    Raises:
        VerificationError: malformed, not granted, or of something else.
    """
    whole = Reader(response).enter()
    if whole.enter().take(INTEGER) not in _GRANTED:
        raise VerificationError("The time stamp was not granted.")
    token = whole.enter()
    _expect(token.take(OID), _SIGNED_DATA)
    signed = token.enter(EXPLICIT).enter()
    signed.take(INTEGER)
    signed.skip()
    content = signed.enter()
    _expect(content.take(OID), _TST_INFO)
    info = Reader(content.enter(EXPLICIT).take(OCTETS)).enter()
    info.take(INTEGER)
    info.take(OID)
    imprint = info.enter()
    _expect(imprint.enter().take(OID), _SHA256)
    if imprint.take(OCTETS) != sha256(note).digest():
        raise VerificationError("The time stamp is of something else.")
    info.take(INTEGER)
    return _time(info.take(TIME))


def check_timestamps(
    folder: ExportFolder, *, required: bool, certificate: Path | None, found: Findings
) -> None:
    """Check every time stamp of an export; say each time as a remark.

    Raises:
        VerificationError: one is malformed, of something else, badly signed, or
            earlier than that of a smaller tree.
    """
    names: list[str] = []
    with found.attempt():
        names = folder.names(FOLDER)
    if required and not names:
        found.unchecked.append("The policy asks for a time stamp; there is none.")
    last: datetime | None = None
    for size in sorted(map(_size, names)):
        with found.attempt():
            last = _check(folder, size, last, found)
            _check_signature(folder, size, certificate, required=required, found=found)


def _check(
    folder: ExportFolder, size: int, last: datetime | None, found: Findings
) -> datetime:
    name = f"{FOLDER}/{size}{_END}"
    note, response = folder.read(f"checkpoints/{size}"), folder.read(name)
    try:
        time = stamped_time(response, note)
    except VerificationError as error:
        raise VerificationError(f"{name}: {error}") from None
    if last is not None and time < last:
        raise VerificationError(f"{name} is earlier than that of a smaller tree.")
    found.remarks.append(f"time stamp: {size} entries existed at {time.isoformat()}")
    return time


def _check_signature(
    folder: ExportFolder,
    size: int,
    certificate: Path | None,
    *,
    required: bool,
    found: Findings,
) -> None:
    program = shutil.which("openssl")
    if program is None or certificate is None:
        sentence = f"The signature of {FOLDER}/{size}{_END} was not checked"
        needs = "it takes openssl and --tsa-certificate."
        where = found.unchecked if required else found.remarks
        where.append(f"{sentence}: {needs}")
        return
    if not certificate.is_file():
        raise Incomplete(f"{certificate} is missing or cannot be read.")
    with tempfile.TemporaryDirectory() as scratch:
        note, response = Path(scratch) / "note", Path(scratch) / "response"
        note.write_bytes(folder.read(f"checkpoints/{size}"))
        response.write_bytes(folder.read(f"{FOLDER}/{size}{_END}"))
        command = [program, "ts", "-verify", "-data", str(note), "-in", str(response)]
        done = subprocess.run(  # noqa: S603 - our own arguments, no shell
            [*command, "-CAfile", str(certificate.absolute())],
            capture_output=True,
            check=False,
        )
    if done.returncode != 0:
        raise VerificationError(
            f"{FOLDER}/{size}{_END} is not signed by that authority."
        )


def _expect(found: bytes, wanted: bytes) -> None:
    if found != wanted:
        raise VerificationError("The time stamp is of another format or hash.")


def _size(name: str) -> int:
    try:
        return parse_number(name.removesuffix(_END))
    except VerificationError:
        raise VerificationError(f"{FOLDER}/{name} names no size.") from None


def _time(text: bytes) -> datetime:
    # Fractions of a second may follow (RFC 3161 section 2.4.2).
    head, _point, fraction = text.removesuffix(b"Z").partition(b".")
    try:
        moment = datetime.strptime(f"{head.decode()}+0000", "%Y%m%d%H%M%S%z")
        micros = int(fraction[:6].ljust(6, b"0")) if fraction else 0
        return moment.replace(microsecond=micros)
    except ValueError:
        raise VerificationError("The time of the time stamp is malformed.") from None
