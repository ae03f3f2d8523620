"""Which authority a time stamp is of, and what its time may be."""

import re
import time
from hashlib import sha256

import pytest

from audit.verifier.__main__ import main
from tests.audit.test_verifier_rules import VKEY, leaf, write
from tests.authorities import OpenSSL, needs_openssl

pytestmark = needs_openssl
SIZES = (2, 3)


@pytest.fixture(scope="module")
def tsa(tmp_path_factory):
    return OpenSSL(tmp_path_factory.mktemp("tsa") / "one")


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return OpenSSL(tmp_path_factory.mktemp("tsa") / "other", "other")


def fingerprint(tsa, name):
    tsa.run(f"x509 -in {name}.pem -outform DER -out der")
    return sha256((tsa.folder / "der").read_bytes()).hexdigest()


def stamp(tsa, data, chain=None):
    (tsa.folder / "data").write_bytes(data)
    tsa.run("ts -query -data data -sha256 -cert -out question")
    if chain is None:
        return tsa.stamp((tsa.folder / "question").read_bytes())
    tsa.run(
        "ts -reply -config conf -section tsa -queryfile question"
        f" -signer stamps.pem -inkey key -chain {chain} -out reply"
    )
    return (tsa.folder / "reply").read_bytes()


@pytest.fixture
def export(tmp_path, tsa):
    """Write an export of three entries, stamped at two sizes."""

    def build(last=0, chain=None):
        folder = tmp_path / "export"
        write(folder, [leaf(0), leaf(1), leaf(2, t=last or leaf_time(2))], SIZES)
        (folder / "timestamps").mkdir()
        for size in SIZES:
            note = (folder / f"checkpoints/{size}").read_bytes()
            (folder / f"timestamps/{size}.tsr").write_bytes(stamp(tsa, note, chain))
        return folder

    return build


def leaf_time(index):
    return 1_790_000_000_000 + index


@pytest.fixture
def run(tmp_path, capsys):
    def start(*arguments, tsa=(), timestamp="required"):
        lines = [f"log {VKEY}", f"timestamp {timestamp}", *(f"tsa {x}" for x in tsa)]
        (tmp_path / "policy").write_text("\n".join(lines) + "\n")
        folder = str(tmp_path / "export")
        policy = ["--policy", str(tmp_path / "policy")]
        status = main([folder, *policy, *map(str, arguments)])
        return status, capsys.readouterr().out

    return start


def test_the_certificate_of_the_policy_is_enough(export, run, tsa):
    export()
    own = fingerprint(tsa, "stamps")
    colons = re.sub("(..)(?!$)", r"\1:", own).upper()

    assert run(tsa=[own])[0] == 0
    assert run(tsa=[colons, "0" * 64])[0] == 0
    assert run("--tsa-certificate", tsa.root, tsa=[own])[0] == 0


def test_a_certificate_above_the_signer_may_be_named(export, run, tsa):
    export()
    root = fingerprint(tsa, "root")

    status, said = run(tsa=[root])
    assert (status, "the certificate of the policy is not in it" in said) == (3, True)
    assert run(tsa=[root], timestamp="optional")[0] == 3
    assert run("--tsa-certificate", tsa.root, tsa=[root])[0] == 0


def test_another_certificate_is_refused(export, run, tsa, other):
    export()
    own = fingerprint(other, "stamps")

    assert run("--tsa-certificate", tsa.root, tsa=[own])[0] == 1
    status, said = run("--tsa-certificate", other.root, tsa=[own])
    assert status == 1
    assert "timestamps/2.tsr is not signed by that authority" in said


def test_a_certificate_that_only_lies_there_has_not_signed(export, run, tsa, other):
    chain = other.folder / "stamps.pem"
    folder = export(chain=chain)
    other.run("x509 -in stamps.pem -outform DER -out der")
    carried = (other.folder / "der").read_bytes()
    assert carried in (folder / "timestamps/2.tsr").read_bytes()

    assert run(tsa=[fingerprint(other, "stamps")])[0] == 1
    assert run(tsa=[fingerprint(tsa, "stamps")])[0] == 0


def test_without_openssl_nothing_is_taken_for_checked(export, run, monkeypatch):
    export()
    monkeypatch.setenv("PATH", "")

    assert run(tsa=["0" * 64])[0] == 3
    assert run(timestamp="optional")[0] == 0
    assert run(timestamp="optional", tsa=["0" * 64])[0] == 3


@pytest.mark.parametrize("script", ["exit 1", "echo unknown option; exit 1", None])
def test_another_openssl_that_cannot_do_it_accuses_nobody(
    export, run, tsa, monkeypatch, tmp_path, script
):
    export()
    program = tmp_path / "bin" / "openssl"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n" if script else "not a program")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/bin:/usr/bin")

    status, said = run("--tsa-certificate", tsa.root)

    assert status == 3
    assert "was not checked" in said


@pytest.mark.parametrize("name", ["", "00", "0" * 63 + "g", "0" * 65, "é" * 64])
def test_an_authority_is_named_by_a_hash(export, run, name):
    export()

    assert run(tsa=[name])[0] == 1


def test_a_stamp_is_not_older_than_what_it_covers(export, run):
    now = int(time.time() * 1000)
    export(now + 30_000)
    assert run(timestamp="optional")[0] == 0

    export(now + 600_000)
    status, said = run(timestamp="optional")
    assert status == 1
    assert "timestamps/3.tsr is earlier than the last of its 3 entries" in said


def test_times_do_not_go_back_from_size_to_size(export, run):
    file = export() / "timestamps/2.tsr"
    later = re.sub(rb"\x18\x0f20\d\d", b"\x18\x0f2090", file.read_bytes())
    file.write_bytes(later)

    status, said = run(timestamp="optional")

    assert status == 1
    assert "timestamps/3.tsr is earlier than that of a smaller tree" in said
