"""Time stamps over checkpoints, made by a local OpenSSL authority."""

import shutil
import subprocess
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import VerificationError
from audit.merkle import root
from audit.signer import LogSigner
from audit.verifier.__main__ import main
from audit.verifier.timestamps import stamped_time

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")

CONFIG = """[tsa]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha512
"""


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def authority(folder):
    folder.mkdir()
    (folder / "tsa.cnf").write_text(CONFIG)
    (folder / "serial").write_text("01\n")
    openssl(
        folder,
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "key",
        "-out",
        "cert",
        "-subj",
        "/CN=tsa",
        "-addext",
        "extendedKeyUsage=critical,timeStamping",
    )
    return folder


def stamp(folder, data, digest="-sha256"):
    (folder / "data").write_bytes(data)
    openssl(folder, "ts", "-query", "-data", "data", digest, "-cert", "-out", "query")
    openssl(
        folder,
        "ts",
        "-reply",
        "-config",
        "tsa.cnf",
        "-section",
        "tsa",
        "-queryfile",
        "query",
        "-signer",
        "cert",
        "-inkey",
        "key",
        "-out",
        "reply",
    )
    return (folder / "reply").read_bytes()


@pytest.fixture(scope="module")
def tsa(tmp_path_factory):
    return authority(tmp_path_factory.mktemp("tsa") / "one")


@pytest.fixture
def exported(tmp_path, tsa):
    folder = tmp_path / "export"
    for name in ("checkpoints", "timestamps"):
        (folder / name).mkdir(parents=True)
    signer = LogSigner("log.infobank.example/1", bytes(range(32)))
    note = signer.sign(0, root([])).encode()
    (folder / "checkpoint").write_bytes(note)
    (folder / "checkpoints/0").write_bytes(note)
    (folder / "vkey").write_text(signer.vkey)
    (folder / "timestamps/0.tsr").write_bytes(stamp(tsa, note))
    (tmp_path / "policy").write_text(f"log {signer.vkey}\ntimestamp required\n")
    return folder


@pytest.fixture
def run(exported, capsys):
    def start(*arguments):
        status = main([str(each) for each in (exported, *arguments)])
        return status, capsys.readouterr().out

    return start


def test_a_time_stamp_is_told_and_its_signature_checked(run, tsa, tmp_path):
    policy = ("--policy", tmp_path / "policy")

    status, said = run(*policy, "--tsa-certificate", tsa / "cert")
    assert status == 0
    assert "time stamp: 0 entries existed at 2" in said
    assert run()[0] == 0
    status, said = run(*policy)
    assert (status, "was not checked" in said) == (3, True)
    assert run("--tsa-certificate", tmp_path / "none")[0] == 3


def test_what_follows_a_time_stamp_is_refused(exported, run):
    path = exported / "timestamps/0.tsr"
    good = path.read_bytes()

    for more in (good, b"\x05\x00", b"\x00"):
        path.write_bytes(good + more)
        status, said = run()
        assert (status, "timestamps/0.tsr: " in said) == (1, True)


def test_another_authority_is_refused(run, tmp_path):
    other = authority(tmp_path / "other")

    assert run("--tsa-certificate", other / "cert")[0] == 1


def test_a_stamp_of_something_else_is_refused(run, exported, tsa):
    file = exported / "timestamps/0.tsr"
    note = (exported / "checkpoint").read_bytes()

    for wrong in (stamp(tsa, b"x"), stamp(tsa, note, "-sha512"), b"", b"\x30\x00"):
        file.write_bytes(wrong)
        status, said = run()
        assert (status, "timestamps/0.tsr" in said) == (1, True)
    file.rename(exported / "timestamps/x.tsr")
    assert run()[0] == 1


def test_a_policy_may_ask_for_a_stamp_that_is_not_there(run, exported, tmp_path):
    shutil.rmtree(exported / "timestamps")

    assert run()[0] == 0
    assert run("--policy", tmp_path / "policy")[0] == 3


@given(st.data())
def test_any_bytes_raise_one_error(tsa, data):
    note = b"checkpoint"
    good = tsa / "good"
    if not good.exists():
        good.write_bytes(stamp(tsa, note))
    response = bytearray(good.read_bytes())
    for at in data.draw(st.lists(st.integers(0, 200), min_size=1, max_size=4)):
        response[at] = data.draw(st.integers(0, 255))
    cut = bytes(response[: data.draw(st.integers(0, len(response)))])
    try:
        told = stamped_time(cut, note)
    except VerificationError:
        return
    assert sha256(note).digest() in cut
    assert told.utcoffset() is not None
