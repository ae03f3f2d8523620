"""The criteria matrix: every item is evidenced, nothing is a constant (E-10)."""

import csv
import hashlib
import io
import json
import re
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import click
import pytest
from sqlalchemy import insert
from werkzeug.exceptions import MethodNotAllowed

from consent.tables import (
    consent_current,
    consent_event,
    consent_notice,
    consent_use,
)
from pds.accounts.papers import Paper
from pds.bank.evidence import functions
from pds.bank.inspection import documents as inspected
from pds.bank.inspection.finding import findings
from pds.cli.criteria import said
from pds.cli.main import cli
from pds.core.clock import tokyo_day
from pds.core.errors import Invalid, NotFound
from pds.core.ids import BANK
from pds.oversight.criteria import criterion, documents, matrix
from pds.oversight.criteria.criterion import CURRENT, CriterionKind
from pds.oversight.criteria.documents import Wish
from pds.oversight.criteria.finding import Status, found, worst
from pds.web.app import create_app

DOCUMENT = json.loads(
    files("pds.oversight.criteria").joinpath("criteria.json").read_text("utf-8")
)
CHAPTERS = {
    "E": 10,
    "S": 12,
    "G": 13,
    "N": 16,
    "D": 11,
    "C": 15,
    "R": 15,
    "P": 5,
    "L": 6,
    "X": 21,
    "V": 7,
    "Z": 5,
    "A": 26,
    "K": 12,
    "H": 12,
}
"""How many items each chapter of the checklist has."""


def commands(group, name):
    if not isinstance(group, click.Group):
        return {name}
    return {
        found
        for word, each in group.commands.items()
        for found in commands(each, f"{name} {word}")
    }


def wish(now, **members):
    return Wish(
        **{
            "criterion_id": "S-01",
            "title": "Security policy, version 3",
            "keeper": "Security officer",
            "valid_until": now + timedelta(days=365),
            "paper": Paper("text/plain", b"We keep doors shut."),
        }
        | members
    )


def test_every_item_of_the_checklist_is_there_once():
    wanted = [
        f"{letter}-{no:02}"
        for letter, most in CHAPTERS.items()
        for no in range(1, most + 1)
    ]
    assert sorted(CURRENT.all) == sorted(wanted)
    assert [each["id"] for each in DOCUMENT["criteria"]] == list(CURRENT.all)


def test_every_software_item_names_evidence_that_exists():
    named = {each.evidence for each in CURRENT.all.values()} - {None}
    assert set(functions.ALL) == named
    assert set(criterion.FUNCTION_WORDS) == set(functions.ALL)


def test_every_control_is_an_address_or_a_command_that_exists(bank):
    addresses = create_app(bank).url_map.bind("localhost")
    known = commands(cli, "infobank")
    for each in CURRENT.all.values():
        for control in each.control:
            if control.startswith("/"):
                try:
                    addresses.match(control, method="GET")
                except MethodNotAllowed:
                    addresses.match(control, method="POST")
            else:
                assert control in known, (each.id, control)


def test_evidence_looks_at_the_bank_and_is_no_constant(bank):
    with bank.read() as snap:
        for name, look in functions.ALL.items():
            seen = look(snap)
            assert seen.figures, name
            assert {f.name for f in seen.figures} <= set(criterion.FIGURE_WORDS), name
            values = {type(figure.value).__name__ for figure in seen.figures}
            assert values <= {"int", "datetime", "NoneType"}, name
    sources = files("pds.bank.evidence")
    for file in sources.iterdir():
        if file.name.endswith(".py"):
            text = file.read_text("utf-8")
            assert not re.search(r"found\(\s*Status\.(MET|RED)", text), file.name


def test_status_follows_what_is_in_the_database(bank):
    """Rows that must not be turn their evidence red, one after the other."""
    owner, consent_id = BANK, bank.ids.new()

    def status(name):
        with bank.read() as snap:
            return functions.ALL[name](snap).status

    def put(table, **values):
        bank.unit_of_work(
            lambda work: (
                work.connection.execute(insert(table).values(**values)) and None
            )
        )

    assert status("consents.notices") is Status.OPEN
    assert status("consents.withdrawals") is Status.MET
    assert status("consents.replayed") is Status.OPEN
    with bank.read() as snap:
        now = snap.now
    put(consent_notice, hash=b"x" * 32, template="t", body=b"{}", made_at=now)
    assert status("consents.notices") is Status.RED
    place = {"owner_id": owner, "consent_id": consent_id}
    done = {"at": now, "act": "person", "envelope": b"x"}
    put(consent_event, **place, **done, version=1, event="withdrawn")
    put(consent_use, **place, day=tokyo_day(now), n=1)
    assert status("consents.withdrawals") is Status.MET
    put(consent_use, **place, day=tokyo_day(now) + 1, n=1)
    assert status("consents.withdrawals") is Status.RED
    put(
        consent_current,
        **place,
        version=1,
        terms_version=1,
        generation=1,
        state="given",
        recipient_id="r",
        sensitivity=0,
        expires_at=now - timedelta(days=2),
        changed_at=now,
    )
    assert status("consents.replayed") is Status.RED
    assert status("consents.lapsed") is Status.RED
    with bank.read() as snap:
        assert matrix.line(snap, functions.ALL, "C-04").status is Status.RED


def test_a_document_counts_until_its_day(bank, clock):
    with bank.read() as snap:
        assert matrix.line(snap, functions.ALL, "S-01").status is Status.OPEN
        now = snap.now
    kept = bank.unit_of_work(
        lambda work: documents.keep(work, wish(work.now), actor="operator:x")
    )
    with bank.read() as snap:
        line = matrix.line(snap, functions.ALL, "S-01")
        assert line.status is Status.MET
        assert line.document.digest == hashlib.sha256(b"We keep doors shut.").digest()
        assert not line.document.is_due(now)
        assert line.document.is_due(now + timedelta(days=306))
    clock.advance(timedelta(days=365))
    with bank.read() as snap:
        assert matrix.line(snap, functions.ALL, "S-01").status is Status.RED
    newer = wish(now + timedelta(days=365), title="Security policy, version 4")
    bank.unit_of_work(lambda work: documents.keep(work, newer, actor="operator:x"))
    with bank.read() as snap:
        assert matrix.line(snap, functions.ALL, "S-01").status is Status.MET
        titles = [each.title for each in documents.history(snap, "S-01")]
    assert titles == ["Security policy, version 4", "Security policy, version 3"]
    opened = bank.unit_of_work(
        lambda work: documents.look(work, kept, actor="auditor:y")
    )
    assert opened == Paper("text/plain", b"We keep doors shut.")


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"title": " "}, "criterion.title"),
        ({"title": "x" * 201}, "criterion.title"),
        ({"keeper": ""}, "criterion.keeper"),
        ({"title": "card 4111 1111 1111 1111"}, "papers.number"),
    ],
)
def test_a_document_that_does_not_fit_is_refused(bank, members, code):
    with pytest.raises(Invalid) as caught:
        bank.unit_of_work(
            lambda work: documents.keep(work, wish(work.now, **members), actor="o")
        )
    assert caught.value.code == code


def test_a_document_needs_a_day_to_come_and_an_item_that_wants_one(bank):
    def keep(**members):
        bank.unit_of_work(
            lambda work: documents.keep(work, wish(work.now, **members), actor="o")
        )

    with bank.read() as snap:
        now = snap.now
    with pytest.raises(Invalid) as caught:
        keep(valid_until=now)
    assert caught.value.code == "criterion.valid_until"
    for name in ("S-05", "Q-99"):
        with pytest.raises(NotFound):
            keep(criterion_id=name)
    with pytest.raises(NotFound):
        bank.unit_of_work(lambda work: documents.look(work, BANK, actor="o"))
    with bank.read() as snap, pytest.raises(NotFound):
        matrix.line(snap, functions.ALL, "Q-99")


def test_the_worst_of_several_counts():
    assert worst([Status.MET, Status.OPEN, Status.RED]) is Status.RED
    assert worst([Status.MET, Status.OPEN]) is Status.OPEN
    assert worst([]) is Status.NOT_APPLICABLE
    assert found(Status.MET, a_b=1).figures[0].name == "a-b"


def test_the_matrix_as_files(bank):
    bank.unit_of_work(
        lambda work: documents.keep(work, wish(work.now, title="=1+1"), actor="o")
    )
    with bank.read() as snap:
        lines = matrix.lines(snap, functions.ALL)
    rows = list(csv.DictReader(io.StringIO(matrix.as_csv(lines).decode("utf-8-sig"))))
    assert [row["id"] for row in rows] == list(CURRENT.all)
    by_id = {row["id"]: row for row in rows}
    assert by_id["S-01"]["document"] == "'=1+1"
    assert by_id["K-10"]["status"] == "not-built"
    assert matrix.tally(lines)[Status.NOT_APPLICABLE] == sum(
        each.kind is CriterionKind.NOT_APPLICABLE for each in CURRENT.all.values()
    )
    written = {each["id"]: each for each in map(matrix.written, lines)}
    assert written["S-01"]["document"]["title"] == "=1+1"
    assert "figures" in written["G-05"]["evidence"]
    assert written["A-25"]["why"]
    assert said(lines[0]).startswith("E-01 …")
    json.dumps(list(written.values()))


def changed(**members):
    items = [dict(each) for each in DOCUMENT["criteria"]]
    items[2] |= members
    return DOCUMENT | {"criteria": items}


@pytest.mark.parametrize(
    "members",
    [
        {"id": "E-01"},
        {"kind": "guess"},
        {"tag": "H"},
        {"evidence": None},
        {"control": []},
        {"why": {"ja": "x", "en": "x"}},
        {"en": " "},
        {"kind": "not-built"},
        {"kind": "document"},
        {"status": "met"},
    ],
)
def test_a_file_of_another_form_is_refused(members):
    criterion.parse(DOCUMENT)
    with pytest.raises(ValueError, match=r"\w"):
        criterion.parse(changed(**members))


def test_a_version_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="unknown version"):
        criterion.parse(DOCUMENT | {"version": 2})


def test_the_label_and_the_digest_of_a_document_are_fixed(bank):
    path = Path(__file__).parents[1] / "vectors" / "criteria" / "document.json"
    vector = json.loads(path.read_text("utf-8"))
    paper = Paper("text/plain", vector["text"].encode())
    bank.unit_of_work(
        lambda work: documents.keep(work, wish(work.now, paper=paper), actor="o")
    )
    assert documents.LABEL.hex() == vector["label"]
    with bank.read() as snap:
        kept = documents.latest(snap)["S-01"]
    assert kept.digest.hex() == vector["sha256"]


def test_the_doctor_reminds_of_documents(bank, clock):
    def told():
        with bank.read() as snap:
            (found,) = findings(inspected.checks(snap.connection, clock))
        return found

    assert told().said == "0 documents in date"
    bank.unit_of_work(lambda work: documents.keep(work, wish(work.now), actor="o"))
    assert told().said == "1 documents in date"
    clock.advance(timedelta(days=310))
    assert "end within 60 days: S-01" in told().said
    assert told().is_good
    clock.advance(timedelta(days=60))
    assert not told().is_good
    assert told().said == "documents have ended: S-01"
