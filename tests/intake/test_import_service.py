import json

import pytest
from sqlalchemy import select

from audit import person
from pds.core.errors import Kind
from pds.core.vocabulary import categories
from pds.intake import plan as planning
from pds.intake import service
from pds.intake.errors import (
    FileTooLarge,
    FileUnreadable,
    FileUnsupported,
    NothingAccepted,
)
from pds.vault.errors import VaultNotFound
from pds.vault.tables import vault_record
from providers.formats.detect import Limits
from providers.formats.reading import Options
from providers.records import Outcome
from tests.intake.conftest import OTHER, OWNER, TAKEN, lines, pulse

ALL = [category.id for category in categories.match("health")]


def read(data, media_type="", **more):
    return planning.read(data, media_type, now=TAKEN, **more)


def stored(bank, vault, owner=OWNER):
    with bank.read() as snap:
        return vault.page(snap, owner, categories=ALL, limit=10_000).records


def leaves(bank):
    """Return how many entries the log holds."""
    return int(bank.checkpoint().split("\n")[1])


def run(bank, vault, data, owner=OWNER):
    return service.run(vault, bank, owner, read(data))


def test_a_file_becomes_records_and_one_leaf(bank, vault):
    before = leaves(bank)

    result = run(bank, vault, lines(pulse(72), pulse(80, "2026-06-02")))

    records = stored(bank, vault)
    assert (result.accepted, result.duplicate, result.rejected) == (2, 0, 0)
    assert result.categories == ("health.vital.heart-rate",)
    assert [record.header_map()["value"] for record in records] == ["80", "72"]
    assert leaves(bank) == before + 1
    assert all("山田".encode() not in record.payload for record in records)


def test_the_same_file_twice_stores_nothing_twice(bank, vault):
    data = lines(pulse(72), pulse(80))
    run(bank, vault, data)
    before = leaves(bank)

    again = run(bank, vault, data)

    assert (again.accepted, again.duplicate) == (0, 2)
    assert {item.outcome for item in again.items} == {Outcome.DUPLICATE}
    assert {item.issues[-1].code for item in again.items} == {"PHR-D01"}
    assert len(stored(bank, vault)) == 2
    assert leaves(bank) == before


def test_one_record_twice_in_a_file_is_stored_once(bank, vault):
    result = run(bank, vault, lines(pulse(72), pulse(72)))

    assert (result.accepted, result.duplicate) == (1, 1)


def test_a_correction_under_the_same_id_is_kept(bank, vault):
    run(bank, vault, lines(pulse(72, id="a")))

    result = run(bank, vault, lines(pulse(73, id="a", status="amended")))

    assert result.accepted == 1
    assert len(stored(bank, vault)) == 2


def test_a_bad_record_is_rejected_by_name_and_the_rest_is_stored(bank, vault):
    bad = pulse(72, status="wrong")

    result = run(bank, vault, lines(pulse(71), bad) + b"\n{not json}\n")

    assert (result.accepted, result.rejected) == (1, 2)
    assert [(i.path, i.outcome) for i in result.items] == [
        ("line 1", "accepted"),
        ("line 2", "rejected"),
        ("line 3", "rejected"),
    ]
    assert len(stored(bank, vault)) == 1


def test_the_raw_file_is_kept(bank, vault):
    data = lines(pulse(72))
    result = run(bank, vault, data)

    with bank.read() as snap:
        raw = vault.read_raw(snap, OWNER, result.import_id)
        listed = vault.imports(snap, OWNER)

    assert raw.content == data
    assert [(one.stored, one.duplicate, one.rejected) for one in listed] == [(1, 0, 0)]


@pytest.mark.parametrize("number", ["123456789018", "4111 1111 1111 1111"])
def test_a_file_with_a_prohibited_number_is_not_kept(number, bank, vault):
    bad = pulse(72, note=[{"text": f"No. {number}"}])

    result = run(bank, vault, lines(pulse(71), bad))

    assert (result.accepted, result.rejected) == (1, 1)
    with bank.read() as snap, pytest.raises(VaultNotFound):
        vault.read_raw(snap, OWNER, result.import_id)


def test_a_number_with_a_wrong_check_digit_is_let_pass(bank, vault):
    fine = pulse(72, note=[{"text": "No. 123456789012, 4111 1111 1111 1112"}])

    result = run(bank, vault, lines(fine))

    assert result.accepted == 1


def test_undo_takes_an_import_back_and_leaves_others(bank, vault):
    first = run(bank, vault, lines(pulse(71)))
    run(bank, vault, lines(pulse(72)))
    before = leaves(bank)
    with bank.read() as snap:
        fence = person.state(snap, OWNER).fence

    count = bank.unit_of_work(
        lambda work: service.undo(vault, work, OWNER, first.import_id)
    )

    assert count == 1
    # A disclosure that read these records and has not committed begins again.
    with bank.read() as snap:
        assert person.state(snap, OWNER).fence == fence + 1
    assert [r.header_map()["value"] for r in stored(bank, vault)] == ["72"]
    assert leaves(bank) == before + 1
    with bank.read() as snap, pytest.raises(VaultNotFound):
        vault.read_raw(snap, OWNER, first.import_id)


def test_undo_twice_or_by_another_is_refused(bank, vault):
    done = run(bank, vault, lines(pulse(71)))

    for owner in (OTHER, OWNER, OWNER):
        act = lambda work, owner=owner: service.undo(  # noqa: E731 - one line each
            vault, work, owner, done.import_id
        )
        if owner is OWNER and stored(bank, vault):
            bank.unit_of_work(act)
            continue
        with pytest.raises(VaultNotFound):
            bank.unit_of_work(act)


def test_what_was_undone_can_be_imported_again(bank, vault):
    data = lines(pulse(71))
    done = run(bank, vault, data)
    bank.unit_of_work(lambda work: service.undo(vault, work, OWNER, done.import_id))

    again = run(bank, vault, data)

    assert again.accepted == 1


def test_two_persons_may_have_the_same_record(bank, vault):
    data = lines(pulse(71))

    assert run(bank, vault, data).accepted == 1
    assert run(bank, vault, data, OTHER).accepted == 1


def test_a_large_import_takes_several_units_of_work(bank, vault, monkeypatch):
    monkeypatch.setattr(service, "CHUNK", 2)
    before = leaves(bank)

    result = run(bank, vault, lines(*(pulse(60 + n) for n in range(5))))

    assert result.accepted == 5
    assert len(stored(bank, vault)) == 5
    assert leaves(bank) == before + 1
    with bank.read() as snap:
        assert vault.read_raw(snap, OWNER, result.import_id).content
        assert not service.is_open(snap, OWNER, result.import_id)


def test_a_large_import_is_seen_whole_or_not_at_all(bank, vault, monkeypatch):
    monkeypatch.setattr(service, "CHUNK", 2)
    seen = []

    class Watching:
        def unit_of_work(self, act):
            done = bank.unit_of_work(act)
            seen.append(len(stored(bank, vault)))
            return done

    plan = read(lines(*(pulse(60 + n % 5) for n in range(6))))
    result = service.run(vault, Watching(), OWNER, plan)

    assert seen == [0, 0, 0, 0, 5]
    assert (result.accepted, result.duplicate) == (5, 1)


def test_large_imports_meet_each_other_without_doubles(bank, vault, monkeypatch):
    monkeypatch.setattr(service, "CHUNK", 2)
    data = lines(*(pulse(60 + n) for n in range(5)))
    run(bank, vault, lines(pulse(60)))

    class Crossed:
        count = 0

        def unit_of_work(self, act):
            self.count += 1
            if self.count == 4:
                run(bank, vault, lines(pulse(62)))
            return bank.unit_of_work(act)

    result = service.run(vault, Crossed(), OWNER, read(data))

    assert (result.accepted, result.duplicate) == (3, 2)
    assert len(stored(bank, vault)) == 5
    with bank.read() as snap:
        newest = vault.imports(snap, OWNER)
    counts = {(one.stored, one.duplicate) for one in newest}
    assert counts == {(1, 0), (3, 2)}
    again = run(bank, vault, data)
    assert (again.accepted, again.duplicate) == (0, 5)


def test_a_failed_large_import_leaves_no_sealed_bytes(bank, vault, monkeypatch):
    monkeypatch.setattr(service, "CHUNK", 2)
    plan = read(lines(*(pulse(60 + n) for n in range(5))))

    with pytest.raises(OSError, match="full"):
        service.run(vault, FailingBank(bank, 4), OWNER, plan)

    with bank.read() as snap:
        rows = snap.connection.execute(select(vault_record)).all()
    assert rows == []


class FailingBank:
    """Runs acts until one is to fail, and then runs the others again."""

    def __init__(self, bank, failing, *, stays_down=False):
        self._bank = bank
        self._failing = failing
        self._stays_down = stays_down
        self.count = 0

    def unit_of_work(self, act):
        self.count += 1
        if self.count == self._failing or (
            self._stays_down and self.count > self._failing
        ):
            raise OSError("the disk is full")
        return self._bank.unit_of_work(act)


@pytest.mark.parametrize("failing", [2, 3, 4, 5])
def test_a_large_import_that_fails_is_taken_back(failing, bank, vault, monkeypatch):
    monkeypatch.setattr(service, "CHUNK", 2)
    plan = read(lines(*(pulse(60 + n) for n in range(5))))

    with pytest.raises(OSError, match="full"):
        service.run(vault, FailingBank(bank, failing), OWNER, plan)

    assert stored(bank, vault) == []


def test_an_import_of_a_dead_process_is_taken_back_later(
    bank, vault, monkeypatch, clock
):
    monkeypatch.setattr(service, "CHUNK", 2)
    plan = read(lines(*(pulse(60 + n) for n in range(5))))
    with pytest.raises(OSError, match="full"):
        service.run(vault, FailingBank(bank, 3, stays_down=True), OWNER, plan)
    assert stored(bank, vault) == []
    assert service.recover(vault, bank) == 0

    clock.advance(service.ABANDONED_AFTER)

    assert service.recover(vault, bank) == 1
    assert stored(bank, vault) == []
    assert service.recover(vault, bank) == 0


@pytest.mark.parametrize(
    ("data", "media_type", "error", "kind", "code"),
    [
        (b"{", "", FileUnreadable, Kind.INVALID, "intake.unreadable"),
        (b'{"a":1,"a":1}', "", FileUnreadable, Kind.INVALID, "intake.unreadable"),
        (b"%PDF-1.7", "", FileUnsupported, Kind.UNSUPPORTED, "intake.unsupported"),
        (b"{}", "image/png", FileUnsupported, Kind.UNSUPPORTED, "intake.unsupported"),
        (b"[1,2,3,4]", "", FileTooLarge, Kind.TOO_LARGE, "intake.too-large"),
        (b"{}" * 99, "", FileTooLarge, Kind.TOO_LARGE, "intake.too-large"),
    ],
)
def test_a_file_that_cannot_be_read_has_one_error(data, media_type, error, kind, code):
    options = Options(limits=Limits(max_bytes=100, max_items=3))

    with pytest.raises(error) as caught:
        read(data, media_type, options=options)

    assert (caught.value.kind, caught.value.code) == (kind, code)
    assert len(caught.value.issues) == 1


def test_a_file_of_which_nothing_is_accepted_names_every_issue():
    data = lines(pulse(status="x"), {"resourceType": "Unicorn"})

    with pytest.raises(NothingAccepted) as caught:
        read(data)

    assert [(i.code, i.path) for i in caught.value.issues] == [
        ("PHR-S30", "line 1 status"),
        ("PHR-S21", "line 2 resourceType"),
    ]


def test_records_of_a_day_are_ranked_by_time_and_tell_none():
    plan = read(
        lines(
            pulse(1 + 70, "2026-06-01T21:00:00+09:00"),
            pulse(2 + 70, "2026-06-01T09:00:00+09:00"),
            pulse(3 + 70, "2026-06-02T09:00:00+09:00"),
            pulse(4 + 70, "2026-06-01T00:00:30Z"),
        )
    )

    drafts = [one.draft for one in plan.records]
    assert [draft.order_in_day for draft in drafts] == [2, 0, 0, 1]
    assert json.loads(drafts[0].header)["time"]["start"].startswith("2026-06-01T21")


def test_a_bundle_of_context_alone_is_no_error(bank, vault):
    result = run(bank, vault, lines({"resourceType": "Patient", "id": "x"}))

    assert (result.accepted, result.context) == (0, 1)
    assert stored(bank, vault) == []
