"""`Infobank-Seen`: proof that the log only grew since the recipient last looked."""

import base64

import pytest

from audit.errors import VerificationError
from audit.merkle import verify_consistency
from audit.receipt_check import parse_header, verify_receipt


def checkpoint(world, answer):
    receipt = parse_header(answer.headers["Infobank-Receipt"])
    return verify_receipt(receipt, [world.bank.signer.vkey]).checkpoint


def hashes(answer):
    value = answer.headers["Infobank-Consistency"]
    return [base64.b64decode(each.strip(" :")) for each in value.split(",")]


def test_a_page_proves_that_the_log_grew_of_the_tree_last_seen(world):
    party = world.consented()
    old = checkpoint(world, party.get())

    answer = party.get(more={"Infobank-Seen": str(old.size)})

    new = checkpoint(world, answer)
    assert new.size > old.size
    proof = hashes(answer)
    verify_consistency(old.size, new.size, proof, old.root, new.root)
    with pytest.raises(VerificationError):
        verify_consistency(old.size, new.size, proof, bytes(32), new.root)


def test_without_the_header_there_is_no_proof(world):
    assert "Infobank-Consistency" not in world.consented().get().headers


@pytest.mark.parametrize("named", ["0", "-1", "01", "x", "", "9" * 18, "9" * 40])
def test_a_size_that_no_tree_had_is_refused_and_nothing_goes(world, named):
    party = world.consented()

    answer = party.get(more={"Infobank-Seen": named})

    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert answer.json["type"].endswith("log.seen")
    assert party.seen() == []


def test_a_stream_takes_the_header_too(world):
    party = world.consented()
    old = checkpoint(world, party.get())

    assert party.stream(more={"Infobank-Seen": str(old.size)}).status_code == 200
    assert party.stream(more={"Infobank-Seen": "x"}).status_code == 400
