"""Files made to wear the verifier out, or to end it without an answer."""

import errno
import io
import zipfile
from datetime import UTC, datetime

import pytest

from audit import ed25519
from audit.canonical import MAX_INTEGER, canonical
from audit.checkpoint import Checkpoint, format_text
from audit.cosigner import Cosigner
from audit.errors import VerificationError
from audit.note import Note, SignatureType, VerifierKey
from audit.signer import LogSigner
from audit.verifier.bundle_source import check_file, opened_source, read
from audit.verifier.der import Reader
from audit.verifier.findings import Incomplete
from audit.verifier.policy import parse_policy
from audit.verifier.published import opened
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


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x0b", "\x0c", "\x1c", "\x85"])
def test_a_comment_of_a_policy_hides_no_statement(end):
    hidden = VerifierKey("evil.example", SignatureType.ED25519, b"2" * 32).encode()

    policy = parse_policy(f"log {LOG}\n# see the letter{end}log {hidden}\n")

    assert [each.encode() for each in policy.logs] == [LOG]


def test_a_policy_of_thousands_of_groups_within_groups_is_answered():
    nested = [f"group g{n} any {f'g{n - 1}' if n else 'a'}" for n in range(3000)]
    policy = parse_policy(
        "\n".join([f"log {LOG}", f"witness a {W}", *nested, "quorum g2999"])
    )

    assert not policy.has_quorum(Note("", ()))


TEXT = format_text(Checkpoint("log.infobank.example/1", 7, bytes(32)))
SECOND = Cosigner("log.infobank.example/1", b"s" * 32, SignatureType.ML_DSA_44)
NAMESAKE = Cosigner("log.infobank.example/1", b"w" * 32)


@pytest.mark.parametrize("witness", [SECOND, NAMESAKE])
def test_a_witness_with_the_name_of_the_log_does_not_sign_for_it(witness):
    policy = parse_policy(f"log {LOG}\nwitness w {witness.vkey}\nquorum w\n")
    signer = LogSigner("log.infobank.example/1", bytes(range(32)))
    line = witness.cosign(TEXT, 1)

    assert opened(signer.sign(7, bytes(32)) + line, policy).quorum
    with pytest.raises(VerificationError, match="log itself"):
        opened(f"{TEXT}\n{line}", policy)


def test_a_log_that_is_named_by_its_second_key_is_signed_by_that():
    policy = parse_policy(f"log {SECOND.vkey}\n")

    assert opened(f"{TEXT}\n{SECOND.cosign(TEXT, 1)}", policy).checkpoint.size == 7


@pytest.mark.parametrize(
    "key",
    [
        # Encodings of points whose order divides eight: y is 1, -1, 0, or of order 8.
        (1).to_bytes(32, "little"),
        (2**255 - 20).to_bytes(32, "little"),
        bytes(32),
        bytes.fromhex(
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"
        ),
    ],
)
def test_a_key_under_which_anybody_signs_is_refused(key):
    neutral = (1).to_bytes(32, "little") + bytes(32)

    with pytest.raises(VerificationError, match="anybody"):
        ed25519.verify(key, b"any message", neutral)


def test_a_full_disk_says_nothing_against_the_bundle(tmp_path):
    class Full(io.BytesIO):
        def write(self, _data):
            raise OSError(errno.ENOSPC, "no space")

    path = tmp_path / "bundle.zip"
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("log/vkey", b"x")

    with opened_source(path) as source:
        check_file(source, "log/vkey", 1, digest, io.BytesIO())
        with pytest.raises(Incomplete, match="unpacked"):
            check_file(source, "log/vkey", 1, digest, Full())


def test_a_bundle_that_was_looked_at_in_a_desktop_is_the_same(tmp_path):
    (tmp_path / "log").mkdir()
    for name in ("log/vkey", "log/.DS_Store", "Thumbs.db"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / ".link").symlink_to("log")

    with opened_source(tmp_path) as source:
        assert sorted(source.names()) == [".link", "log/vkey"]
