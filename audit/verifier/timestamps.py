"""Time stamps of others (RFC 3161) over published checkpoints.

What a response says is read with the standard library; its signature is an affair of
`audit.verifier.authority`.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from audit.checkpoint import parse_number
from audit.errors import VerificationError
from audit.leaf import parse_leaf
from audit.verifier.authority import Authority, Stamp
from audit.verifier.der import EXPLICIT, INTEGER, OCTETS, OID, TIME, Reader
from audit.verifier.findings import Findings, Incomplete
from audit.verifier.folder import ExportFolder

FOLDER = "timestamps"

TOLERANCE = timedelta(seconds=60)
"""How far the clock of the bank may be ahead of the authority's."""

MOST_BYTES = 1 << 20
"""Bytes of the largest response that is read."""

_END = ".tsr"
_EPOCH = datetime.fromtimestamp(0, UTC)
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_TST_INFO = bytes.fromhex("2a864886f70d0109100104")
_SHA256 = bytes.fromhex("608648016503040201")
_MOMENT = re.compile(rb"([0-9]{14})(?:\.([0-9]+))?Z")
_GRANTED = (b"\x00", b"\x01")


class _Place(NamedTuple):
    size: int
    name: str
    note: str


def stamped_time(response: bytes, note: bytes) -> datetime:
    """Return the time that a response vouches for, if it is of this checkpoint.

    The signature is not checked.

    Raises:
        VerificationError: malformed, not granted, or of something else.
    """
    info = _signed_data(response)[0].enter()
    info.take(INTEGER)
    info.take(OID)
    imprint = info.enter()
    _expect(imprint.enter().take(OID), _SHA256)
    if imprint.take(OCTETS) != sha256(note).digest():
        raise VerificationError("The time stamp is of something else.")
    info.take(INTEGER)
    return _time(info.take(TIME))


def stamped_sizes(folder: ExportFolder, findings: Findings) -> list[int]:
    """Return the sizes of the trees that time stamps are of.

    Raises:
        VerificationError: a file there names no size.
    """
    return [each.size for each in _places(folder, findings)]


def check_timestamps(
    folder: ExportFolder,
    leaves: Mapping[int, bytes],
    authority: Authority,
    *,
    required: bool,
    found: Findings,
) -> None:
    """Check every time stamp of an export; say each time as a remark.

    Args:
        folder: the export.
        leaves: the last leaf of each tree that is stamped, by its index.
        authority: whom to trust.
        required: whether a time stamp must be there and checked.
        found: what is said besides.

    Raises:
        VerificationError: one is malformed, of something else, badly signed, or
            earlier than that of a smaller tree or than the last entry of its own.
    """
    places = _places(folder, found)
    if required and not places:
        found.unchecked.append("The policy asks for a time stamp; there is none.")
    last: datetime | None = None
    for place in places:
        with found.attempt():
            stamp = _stamp(folder, place)
            _check_order(place, stamp, last, leaves)
            last = stamp.time
            found.remarks.append(
                f"time stamp: {place.size} entries existed at {last.isoformat()}"
            )
            _check_signature(authority, stamp, required=required, found=found)


def _stamp(folder: ExportFolder, place: _Place) -> Stamp:
    note, response = folder.read(place.note), folder.read(place.name)
    try:
        time = stamped_time(response, note)
        certificates = _signed_data(response)[1]
    except VerificationError as error:
        raise VerificationError(f"{place.name}: {error}") from None
    return Stamp(place.name, note, response, time, certificates)


def _check_order(
    place: _Place, stamp: Stamp, last: datetime | None, leaves: Mapping[int, bytes]
) -> None:
    if last is not None and stamp.time < last:
        raise VerificationError(f"{place.name} is earlier than that of a smaller tree.")
    leaf = leaves.get(place.size - 1)
    if leaf is None:
        # Of an empty tree; or the entries do not reach there, which was said.
        return
    if is_before(stamp.time, leaf):
        raise VerificationError(
            f"{place.name} is earlier than the last of its {place.size} entries."
        )


def is_before(stamped: datetime, leaf: bytes) -> bool:
    """Say whether a time stamp is older than this entry, clocks that differ allowed."""
    # A leaf may hold milliseconds beyond any date, so they are compared as numbers.
    milli = timedelta(milliseconds=1)
    latest = (stamped - _EPOCH) // milli + TOLERANCE // milli
    return latest < int(parse_leaf(leaf)["t"])


def _check_signature(
    authority: Authority, stamp: Stamp, *, required: bool, found: Findings
) -> None:
    try:
        authority.check(stamp)
    except Incomplete as error:
        asked = required or authority.certificate or authority.pinned
        (found.unchecked if asked else found.remarks).append(str(error))


def _places(folder: ExportFolder, findings: Findings) -> list[_Place]:
    places: list[_Place] = []
    for under in ("", "earlier/"):
        names: list[str] = []
        with findings.attempt():
            names = folder.names(f"{under}{FOLDER}")
        for name in names:
            path, size = f"{under}{FOLDER}/{name}", _size(name)
            places.append(_Place(size, path, f"{under}checkpoints/{size}"))
    return sorted(places)


def _signed_data(response: bytes) -> tuple[Reader, tuple[bytes, ...]]:
    """Return what was signed, and the certificates that lie with it."""
    if len(response) > MOST_BYTES:
        raise VerificationError("The time stamp is too large.")
    outer = Reader(response)
    whole = outer.enter()
    if outer.rest():
        raise VerificationError("Something follows the time stamp.")
    if whole.enter().take(INTEGER) not in _GRANTED:
        raise VerificationError("The time stamp was not granted.")
    token = whole.enter()
    _expect(token.take(OID), _SIGNED_DATA)
    signed = token.enter(EXPLICIT).enter()
    signed.take(INTEGER)
    signed.skip()
    content = signed.enter()
    _expect(content.take(OID), _TST_INFO)
    info = Reader(content.enter(EXPLICIT).take(OCTETS))
    if not signed.has(EXPLICIT):
        return info, ()
    return info, tuple(signed.enter(EXPLICIT).elements())


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
    found = _MOMENT.fullmatch(text)
    head, fraction = found.groups(b"") if found else (b"", b"")
    try:
        moment = datetime.strptime(f"{head.decode()}+0000", "%Y%m%d%H%M%S%z")
    except ValueError:
        raise VerificationError("The time of the time stamp is malformed.") from None
    return moment.replace(microsecond=int(fraction[:6].ljust(6, b"0")))
