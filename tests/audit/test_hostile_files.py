"""Files made to wear the verifier out, or to end it without an answer."""

import zipfile
from datetime import UTC, datetime

import pytest

from audit.canonical import MAX_INTEGER, canonical
from audit.errors import VerificationError
from audit.note import SignatureType, VerifierKey
from audit.signer import LogSigner
from audit.verifier.bundle_source import opened_source, read
from audit.verifier.der import Reader
from audit.verifier.policy import parse_policy
from audit.verifier.subjects import HandleFile, HandleKey, check_subject
from audit.verifier.timestamps import MOST_BYTES, is_before, stamped_time

LAST = datetime.max.replace(tzinfo=UTC)
LOG = LogSigner("log.infobank.example/1", bytes(range(32))).vkey


def witness(name, key, kind=SignatureType.COSIGNATURE):
    return VerifierKey(name, kind, bytes([key]) * 32).encode()


W, V = witness("w.example", 1), witness("v.example", 2)


class CountingSubs(dict):
    asked = 0

    def __contains__(self, handle):
        self.asked += 1
        return super().__contains__(handle)


def test_a_count_beyond_the_log_costs_no_more_than_the_log():
    subs = CountingSubs()
    file = HandleFile([HandleKey(gen=1, k_sub=bytes(32), n=1 << 32)])

    with pytest.raises(VerificationError, match="Entry 0 of 4294967296"):
        check_subject(file, subs)
    assert subs.asked == 1


def test_a_long_row_of_small_elements_is_read_without_copying_the_rest():
    class CountedBytes(bytes):
        copied = 0

        def __getitem__(self, place):
            part = super().__getitem__(place)
            CountedBytes.copied += len(part) if isinstance(place, slice) else 1
            return part

    data = CountedBytes(b"\x05\x00" * 1000)

    assert len(list(Reader(data).elements())) == 1000
    assert CountedBytes.copied < 10 * len(data)


def test_a_time_stamp_beyond_any_authority_s_is_not_read():
    with pytest.raises(VerificationError, match="too large"):
        stamped_time(bytes(MOST_BYTES + 1), b"")


@pytest.mark.parametrize(("t", "expected"), [(0, False), (MAX_INTEGER, True)])
def test_a_stamp_is_compared_with_any_time_that_a_leaf_may_hold(t, expected):
    leaf = {
        "com": "ab" * 32,
        "id": "01890a5d-ac96-774b-bcce-b302099a8057",
        "sub": "ab" * 16,
        "t": t,
        "typ": "log:tally",
        "v": 1,
    }

    for stamped in (datetime(2026, 11, 24, tzinfo=UTC), LAST):
        assert is_before(stamped, canonical(leaf)) is expected


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_bundle_is_stored_or_deflated(tmp_path, method):
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("manifest.json", b"{}")

    with (
        opened_source(path) as source,
        pytest.raises(VerificationError, match="packed in a way"),
    ):
        read(source, "manifest.json")


@pytest.mark.parametrize(
    "lines",
    [
        # One witness under two names would be a quorum by itself.
        (f"witness a {W}", f"witness b {W}", "group g all a b", "quorum g"),
        (
            f"witness a {W}",
            f"witness b {witness('other.example', 1)}",
            "group g 2 a b",
            "quorum g",
        ),
        (f"witness a {W}", "group g 2 a a", "quorum g"),
        (
            f"witness a {W}",
            f"witness b {V}",
            "group g any a",
            "group h all a g",
            "quorum h",
        ),
        # The log's own signature is none of a witness.
        (f"witness a {LOG}", "quorum a"),
        (f"witness a {witness('x.example', 3, SignatureType.ED25519)}", "quorum a"),
        # Whoever reads the first line of two believes that it counts.
        (f"witness a {W}", "quorum a", "quorum none"),
        (f"witness a {W}", "group none any a", "quorum none"),
        (f"witness a {W}",),
    ],
)
def test_a_policy_that_asks_for_less_than_it_seems_to_is_refused(lines):
    with pytest.raises(VerificationError):
        parse_policy("\n".join([f"log {LOG}", *lines]))


def test_a_policy_without_witnesses_needs_no_quorum():
    assert parse_policy(f"log {LOG}\n").quorum is None
    assert parse_policy(f"log {LOG}\nwitness a {W}\nquorum none\n").quorum is None
