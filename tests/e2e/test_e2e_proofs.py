"""A person takes a proof of a disclosure and checks it, with all that can go wrong."""

import base64
import json
import sqlite3

import pytest

from audit import proof
from audit.canonical import canonical
from audit.merkle import root
from audit.note import parse_vkey
from audit.signer import KEY_FILE, LogSigner
from tests.e2e.person import Person

PHONE = {"width": 360, "height": 740}
ORDER = ("file", "key", "signature", "leaf", "inclusion", "commitment", "fields")


@pytest.fixture
def visitor(arrive, world):
    found = arrive(Person, viewport=PHONE)
    found.log_in(world.credentials.login("misaki"))
    return found


@pytest.fixture
def kept(visitor):
    """The proof file that the person took from the history."""
    visitor.go("/disclosures")
    visitor.follow_to(visitor.page.locator("main a[href^='/disclosures/']").first)
    return visitor.save(visitor.link("Download the proof"))


@pytest.fixture
def log(world, visitor):
    """The log as whoever controls the machine has it: its leaves and its key."""
    origin = parse_vkey(
        visitor.page.request.get(f"{world.issuer}/log/vkey").text().strip()
    ).name
    seed = base64.b64decode((world.folder / "keys" / KEY_FILE).read_bytes())
    database = sqlite3.connect(
        f"file:{world.folder / 'data' / 'infobank.db'}?mode=ro", uri=True
    )
    rows = database.execute("select leaf_hash from log_leaf order by idx").fetchall()
    database.close()
    return origin, seed, [row[0] for row in rows]


def check(visitor, data, elsewhere=""):
    """Check a proof on the page; return the state of each step."""
    visitor.go("/verify")
    file = {"name": "x.tlog-proof", "mimeType": "text/plain", "buffer": data}
    visitor.field("Proof file").set_input_files(file)
    visitor.fill("A checkpoint from elsewhere (optional)", elsewhere)
    visitor.button("Check").click()
    visitor.page.locator("[data-verdict]").wait_for()
    visitor.look()
    steps = visitor.page.locator("[data-step]").all()
    return {
        each.get_attribute("data-step"): each.get_attribute("data-state")
        for each in steps
    }


def altered(data, **changes):
    """Return the proof with other parts of its extra data."""
    found = proof.parse(data)
    extra = json.loads(found.extra)
    for name, change in changes.items():
        change(extra[name]) if name != "opening" else extra.update(opening=change)
    return proof.format_proof(
        proof.TlogProof(found.index, found.hashes, found.checkpoint, canonical(extra))
    )


def test_a_kept_proof_holds_and_is_told_in_words(visitor, kept):
    states = check(visitor, kept)

    assert states == dict.fromkeys(ORDER, "ok")
    assert visitor.sees("Everything that was checked holds.")
    leaf = json.loads(proof.parse(kept).extra)["leaf"]
    assert leaf["id"] in visitor.page.locator("#result").inner_text()


def test_each_altered_part_is_named(visitor, kept):
    found = proof.parse(kept)
    head, gap, note = kept.partition(b"\n\n")
    signature = note.rindex(b" ") + 20
    other = b"A" if note[signature : signature + 1] != b"A" else b"B"
    forged = head + gap + note[:signature] + other + note[signature + 1 :]
    path = (bytes(32), *found.hashes[1:])
    misled = proof.format_proof(
        proof.TlogProof(found.index, path, found.checkpoint, found.extra)
    )
    first = next(iter(json.loads(found.extra)["open"]))
    cases = {
        "leaf": altered(kept, leaf=lambda leaf: leaf.update(typ="person:praised")),
        "inclusion": altered(kept, leaf=lambda leaf: leaf.update(t=leaf["t"] + 1)),
        "signature": forged,
        "commitment": altered(kept, opening="0" * 64),
        "fields": altered(kept, open=lambda o: o.update({first: [o[first][0], "x"]})),
        "file": kept[1:],
    }

    for step, data in cases.items():
        assert check(visitor, data)[step] == "bad", step
        assert visitor.sees("This proof does not hold.")
    assert check(visitor, misled)["inclusion"] == "bad"


def test_checkpoints_from_elsewhere(visitor, kept, log):
    origin, seed, hashes = log
    size = int(proof.parse(kept).checkpoint.split("\n")[1])

    def signed(leaves, key=seed):
        return LogSigner(origin, key).sign(len(leaves), root(leaves))

    assert check(visitor, kept, signed(hashes[: size - 1]))["consistency"] == "ok"
    assert visitor.sees("Everything that was checked holds.")
    assert check(visitor, kept, signed(hashes[:size]))["consistency"] == "ok"
    assert check(visitor, kept, signed(hashes))["consistency"] == "ok"

    rewritten = [bytes(32), *hashes[1:]]
    for other in (size - 1, size):
        states = check(visitor, kept, signed(rewritten[:other]))
        assert states["consistency"] == "bad"
    assert visitor.sees("This proof does not hold.")
    strange = signed(hashes[:size], bytes(32))
    assert check(visitor, kept, strange)["elsewhere"] == "bad"


def test_without_script_the_page_says_what_to_do(arrive):
    visitor = arrive(Person, java_script_enabled=False)

    visitor.go("/verify")

    assert not visitor.page.locator("#verifier").is_visible()
    assert visitor.page.locator("noscript").is_visible()
