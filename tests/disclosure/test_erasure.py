"""Erasure of an account, end to end, on both databases."""

import base64
import shutil
import sqlite3
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import LargeBinary, select

from audit import census_walk, highwater, person, retention, store
from audit.leaf import EventType, parse_leaf
from audit.receipt_check import verify_receipt
from audit.retention import HoldReason
from consent import evidence, instruction_register, ledger, pairwise, service
from consent.content import Act
from consent.states import ConsentState
from consent.tables import consent_current, consent_event
from pds.accounts import service as accounts
from pds.accounts import sessions
from pds.accounts.logins import PEPPER
from pds.accounts.roles import Role, State
from pds.accounts.service import SignUp
from pds.bank import erasing, erasing_again, erasure_ledger, traces
from pds.bank.bank import open_bank
from pds.bank.chores import end_evidence
from pds.bank.continuing import continue_log
from pds.bank.erasing import erase_account, finish_erasures
from pds.bank.inspection.inspector import inspect
from pds.core.database import metadata
from pds.core.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from pds.core.ids import BANK, AccountId, OwnerId, RandomIds
from pds.core.settings import Settings
from pds.crypto import statement
from pds.crypto.statement import StatementKey
from pds.datasets import choices
from pds.intake import service as intake
from pds.intake import transfers
from pds.keys.classes import KeyClass
from pds.keys.errors import KeyHeld, KeyUnavailable
from pds.keys.shredding import standing
from pds.rights import erasure, erasure_certificate
from pds.rights.archive import jobs
from pds.rights.desk import asking
from pds.rights.desk.asking import Wish
from pds.rights.desk.kinds import RequestKind
from pds.rights.erasure import Progress
from pds.vault import forgetting
from tests.consent.entrusting import instruction
from tests.consent.world import PROVISION
from tests.disclosure.members import NAME, certificate, member
from tests.disclosure.world import SECRET_WORD, WEIGHT
from tests.fakes import vouched

PAST = timedelta(days=3 * 366 + 92)


def keys_left(bank, owner):
    with bank.read() as snap:
        return {each.key_class for each in standing(snap.connection, owner)}


def test_nothing_of_the_person_can_be_read_given_or_entered(world):
    owner, login = member(world)
    party = world.consented(owner=owner)
    assert party.get().status_code == 200
    token = world.do(lambda work: sessions.open_session(work, AccountId(owner)))

    erase_account(world.bank, owner)

    assert party.get().status_code == 401
    with world.bank.read() as snap:
        assert accounts.find_by_login(snap, world.bank.secret(PEPPER), login) is None
        assert accounts.get(snap, AccountId(owner)).state is State.ERASED
        assert sessions.find(snap, token) is None
        with pytest.raises(KeyUnavailable):
            accounts.profile(snap, world.bank.keys, AccountId(owner))
        with pytest.raises(NotFound):
            pairwise.find(snap, owner, party.organisation.recipient_id)
        assert sum(forgetting.counts(snap, owner).values()) == 0
    assert keys_left(world.bank, owner) == {KeyClass.AUDIT, KeyClass.CONSENT}
    with pytest.raises(KeyUnavailable):
        world.deposit(owner, 1)


@pytest.mark.parametrize(
    ("actor", "act", "state"),
    [
        ("person", Act.PERSON, ConsentState.WITHDRAWN),
        ("operator:1", Act.OPERATOR, ConsentState.REVOKED),
        ("death:1", Act.OPERATOR, ConsentState.REVOKED),
        ("bank", Act.OPERATOR, ConsentState.REVOKED),
    ],
)
def test_consents_end_as_the_act_of_whoever_ordered_it(world, actor, act, state):
    owner, _login = member(world)
    party = world.consented(owner=owner)
    with world.bank.read() as snap:
        current = ledger.get(snap, owner, party.consent_id)
        terms = ledger.terms(snap, world.bank.keys, current).provision
    receiver = world.shared.recipient_id
    world.do(lambda work: service.request(work, owner, receiver, terms))

    erase_account(world.bank, owner, actor=actor)

    with world.bank.read() as snap:
        events = ledger.history(snap, world.bank.keys, owner, party.consent_id)
        kept = ledger.get(snap, owner, party.consent_id)
    assert (events[-1].act, events[-1].actor, kept.state) == (act, actor, state)


def test_nothing_is_erased_while_something_is_on_hold(world):
    owner, _login = member(world)
    party = world.consented(owner=owner)
    why = HoldReason.AUTHORITY
    world.do(lambda work: retention.hold(work, owner, why, lift=False))
    before = keys_left(world.bank, owner)

    with pytest.raises(KeyHeld):
        erase_account(world.bank, owner)

    assert party.get().status_code == 200
    assert keys_left(world.bank, owner) == before
    with world.bank.read() as snap:
        assert accounts.get(snap, AccountId(owner)).state is State.ACTIVE
        assert retention.grounds(snap, owner) == [why]
    world.do(lambda work: retention.hold(work, owner, why, lift=True))
    with world.bank.read() as snap:
        assert retention.grounds(snap, owner) == []
    erase_account(world.bank, owner)
    assert party.get().status_code == 401


def test_the_certificate_is_the_banks_and_the_logs_word(world):
    owner, _login = member(world)
    world.consented(owner=owner)
    certificate_id = erase_account(world.bank, owner)

    found, claims = certificate(world.bank, certificate_id)

    assert found.progress is Progress.FINISHED
    assert found.owner is None
    assert claims["jti"] == str(certificate_id)
    assert claims["iss"] == world.bank.settings.issuer
    assert claims["removed"] == {
        "records": 3,
        "originals": 0,
        "imports": 1,
        "consents": 0,
    }
    classes = [each["class"] for each in claims["keys"]]
    assert classes == sorted({KeyClass.ACCOUNT, KeyClass.INDEX, 16})
    assert claims["copies"]["kek_versions"] == [1]
    assert claims["copies"]["unreadable_from"] > claims["finished_at"]
    assert [each["what"] for each in claims["residual"]] == [
        "consent-evidence",
        "provision-record",
    ]
    receipt = verify_receipt(
        base64.b64decode(claims["proof"]), [world.bank.signer.verifier]
    )
    assert receipt.leaf["id"] == claims["leaf_id"] == str(found.leaf_id)
    assert receipt.leaf["typ"] == EventType.PERSON_ERASED
    assert receipt.opened["object"] == erasure.named(certificate_id)
    assert str(owner) not in str(receipt.opened)


def test_the_certificate_names_nobody(world):
    owner, login = member(world)
    found, _claims = certificate(world.bank, erase_account(world.bank, owner))
    payload = found.certificate.split(".")[1]
    text = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
    for word in (NAME, login, str(owner), owner.hex):
        assert word not in text


def test_a_forged_certificate_is_refused(world):
    key = StatementKey(world.bank.secret(statement.SECRET_NAME))
    for forged in (
        "a.b.c",
        key.sign("consent-receipt+jwt", b'{"v":1}'),
        key.sign(erasure_certificate.TYP, b'{"v":2}'),
        key.sign(erasure_certificate.TYP, b"[]"),
        StatementKey(bytes(32)).sign(erasure_certificate.TYP, b'{"v":1}'),
    ):
        with pytest.raises(Invalid, match="not sound"):
            erasure_certificate.verify(forged, key.public)


def test_every_table_that_names_a_person_is_thought_of(lone):
    """Rows about the person are gone, but for what the certificate calls residual."""
    owner, _login = member(lone)
    party = lone.consented(owner=owner)
    party.get()
    party.withdraw()
    party.get()
    wish = Wish(kind=RequestKind.COMPLAINT, text="It took too long.")
    lone.do(lambda work: asking.ask(work, owner, wish, days=14))
    lone.do(lambda work: instruction_register.save(work, owner, instruction()))
    kept = {
        "account",  # an empty row
        "consent_current",
        "consent_event",
        "duty",  # the recipient still has to delete; goes with the evidence
        "benefit",  # what was promised with the consent; goes with the evidence
        "log_detail",
        "outbox",  # what the recipient has yet to be told, under the evidence's key
        "owner_key",  # states and commitments, no wraps of what was destroyed
        "owner_key_wrap",
        "person_state",
    }

    erase_account(lone.bank, owner)

    left = set()
    with lone.bank.read() as snap:
        for table in metadata.sorted_tables:
            columns = [c for c in table.columns if isinstance(c.type, LargeBinary)]
            columns += [
                c for c in table.columns if c.name in {"owner_id", "account_id"}
            ]
            for column in columns:
                rows = snap.connection.execute(select(column)).scalars()
                if any(_names(owner, value) for value in rows):
                    left.add(table.name)
    assert left == kept


def _names(owner, value):
    if isinstance(value, bytes | memoryview):
        return owner.bytes in bytes(value) or str(owner).encode() in bytes(value)
    return value == owner


def test_the_log_and_the_census_still_hold(lone):
    owner, _login = member(lone)
    lone.consented(owner=owner).get()
    erase_account(lone.bank, owner)

    with lone.bank.read() as snap:
        assert census_walk.take(snap, lone.bank.keys).holds
        newest = store.leaves(snap.connection, 0, store.size(snap.connection))
    assert EventType.PERSON_ERASED in {parse_leaf(e.leaf)["typ"] for e in newest}


def test_erasing_twice_is_refused_and_an_unknown_account_too(world):
    owner, _login = member(world)
    erase_account(world.bank, owner)
    with pytest.raises(Conflict):
        erase_account(world.bank, owner)
    with pytest.raises(NotFound):
        erase_account(world.bank, OwnerId(world.bank.ids.new()))
    with world.bank.read() as snap, pytest.raises(NotFound):
        erasure.get(snap, world.bank.ids.new())


def test_staff_have_no_account_to_erase(world):
    wish = SignUp(
        login=f"staff{world.bank.ids.new().hex[-12:]}",
        password_hash="no hash",
        name="Operator",
        role=Role.OPERATOR,
    )
    pepper = world.bank.secret(PEPPER)
    account = world.do(lambda work: accounts.sign_up(work, pepper, wish))
    with pytest.raises(Conflict):
        erase_account(world.bank, OwnerId(account))


def test_another_worker_with_warm_caches_refuses_at_once(bank, open_another, clock):
    from tests.disclosure.world import World  # noqa: PLC0415 - a world of this bank

    here, there = World(bank, clock), World(open_another(), clock)
    owner, _login = member(here)
    party = here.consented(owner=owner)
    elsewhere = there.bank
    with elsewhere.read() as snap:
        page = elsewhere.vault.page(snap, owner, categories=[WEIGHT], limit=10)
    assert len(page.records) == 3

    here.do(
        lambda work: erasing_again.erase_in(
            work, bank.settings, owner, bank.ids.new(), "person"
        )
    )

    # The rows are still there, and so is the opened key in the other's memory.
    with elsewhere.read() as snap:
        assert forgetting.counts(snap, owner)["records"] == 3
        with pytest.raises(KeyUnavailable):
            elsewhere.vault.page(snap, owner, categories=[WEIGHT], limit=10)
    party.world = there
    assert party.get().status_code == 401


def test_a_kill_between_the_steps_loses_nothing(lone, monkeypatch):
    owner, _login = member(lone, records=20)
    monkeypatch.setattr(erasing, "_STEP", 7)
    monkeypatch.setattr(traces, "clear", _broken)
    certificate_id = erase_account(lone.bank, owner)

    with lone.bank.read() as snap:
        found = erasure.get(snap, certificate_id)
        assert found.progress is Progress.ROWS_DELETED
        assert found.certificate is None
    assert finish_erasures(lone.bank) == 0

    monkeypatch.undo()
    assert finish_erasures(lone.bank) == 1
    assert finish_erasures(lone.bank) == 0
    assert certificate(lone.bank, certificate_id)[1]["removed"]["records"] == 20


def _broken(_settings, _clock):
    raise Unavailable("store.gone", "The disk is away.")


def test_busy_readers_only_put_the_end_off(lone, monkeypatch):
    owner, _login = member(lone)
    monkeypatch.setattr(traces, "clear", lambda _settings, _clock: False)
    certificate_id = erase_account(lone.bank, owner)
    with lone.bank.read() as snap:
        assert erasure.get(snap, certificate_id).progress is Progress.ROWS_DELETED
    monkeypatch.undo()
    assert finish_erasures(lone.bank) == 1


def test_two_processes_finish_once(lone, monkeypatch):
    owner, _login = member(lone)
    monkeypatch.setattr(traces, "clear", lambda _settings, _clock: False)
    certificate_id = erase_account(lone.bank, owner)
    monkeypatch.undo()
    with lone.bank.read() as snap:
        seen_by_both = erasure.get(snap, certificate_id)
    assert finish_erasures(lone.bank) == 1
    first = certificate(lone.bank, certificate_id)[0].certificate

    lone.do(
        lambda work: erasure.finish(work, seen_by_both, "another", lone.clock.now())
    )

    assert certificate(lone.bank, certificate_id)[0].certificate == first
    with pytest.raises(Conflict):
        erasing._certify(lone.bank, certificate(lone.bank, certificate_id)[0])


def test_an_import_under_way_comes_to_nothing(lone):
    owner, _login = member(lone, records=0)
    import_id = lone.do(lambda work: _open_import(work, lone, owner))
    erase_account(lone.bank, owner)
    with lone.bank.read() as snap:
        assert not intake.is_open(snap, owner, import_id)
    with pytest.raises(KeyUnavailable):
        lone.deposit(owner, 2)


def _open_import(work, world, owner):
    import_id = work.ids.new()
    world.bank.vault.begin_import(
        work, owner, import_id, source_id=import_id, media_type="text/x"
    )
    work.connection.execute(
        intake.intake_open.insert().values(
            owner_id=owner, import_id=import_id, started_at=work.now
        )
    )
    return import_id


def test_what_was_asked_and_never_given_goes_at_once(lone):
    owner, _login = member(lone)
    given = lone.consented(owner=owner)
    refused = lone.consented(owner=owner, organisation=lone.organisation())
    with lone.bank.read() as snap:
        events = len(ledger.history(snap, lone.bank.keys, owner, refused.consent_id))
    assert events == 2
    never_given = _asked(lone, owner)

    found, claims = certificate(lone.bank, erase_account(lone.bank, owner))

    assert claims["removed"]["consents"] == 1
    with lone.bank.read() as snap:
        states = {each.consent_id: each.state for each in ledger.every(snap, owner)}
        assert states == {
            given.consent_id: ConsentState.WITHDRAWN,
            refused.consent_id: ConsentState.WITHDRAWN,
        }
        assert never_given not in states
        # Evidence that is kept can still be read by those who must.
        assert ledger.history(snap, lone.bank.keys, owner, given.consent_id)
    assert found.facts["removed"]["consents"] == 1


def _asked(world, owner):
    recipient_id = world.shared.recipient_id
    step = world.do(lambda work: service.request(work, owner, recipient_id, PROVISION))
    return step.consent.consent_id


def test_evidence_goes_when_its_time_has_come(lone):
    owner, _login = member(lone)
    lone.consented(owner=owner)
    erase_account(lone.bank, owner)
    with lone.bank.read() as snap:
        assert evidence.due(snap, limit=10) == []

    lone.clock.advance(PAST)
    with lone.bank.read() as snap:
        assert evidence.due(snap, limit=10) == [owner]
    end_evidence(lone.bank)
    with pytest.raises(Conflict):
        lone.do(lambda work: evidence.let_go(work, owner))
    lone.do(vouched)
    assert lone.do(lambda work: evidence.let_go(work, owner)) == 1
    assert lone.do(lambda work: evidence.let_go(work, owner)) == 0

    assert KeyClass.CONSENT not in keys_left(lone.bank, owner)
    with lone.bank.read() as snap:
        for table in (consent_current, consent_event):
            mine = select(table).where(table.c.owner_id == owner)
            assert snap.connection.execute(mine).all() == []


def test_a_hold_keeps_the_evidence(lone):
    owner, _login = member(lone)
    lone.consented(owner=owner)
    erase_account(lone.bank, owner)
    lone.do(
        lambda work: work.keys.hold(
            work.connection, owner, KeyClass.AUDIT, 0, held=True
        )
    )
    lone.clock.advance(PAST)
    with lone.bank.read() as snap:
        assert evidence.due(snap, limit=10) == []


# A copy that is put back


def test_a_copy_that_is_put_back_is_erased_again(tmp_path, sqlite_template, clock):
    world, settings, copy = _copied_before_erasure(tmp_path, sqlite_template, clock)
    owner, login = member(world)
    # The copy was made during a hold; the erasure came after it.
    why = HoldReason.INCIDENT
    world.do(lambda work: retention.hold(work, owner, why, lift=False))
    world.bank.close()
    shutil.copy(copy.parent / "infobank.db", copy)
    world.bank = open_bank(settings, clock)
    world.do(lambda work: retention.hold(work, owner, why, lift=True))
    certificate_id = erase_account(world.bank, owner)
    line = erasure_ledger.read(settings.key_dir)
    assert [each.certificate_id for each in line] == [certificate_id]
    world.bank.close()

    _put_back(copy)
    later = Settings.from_environment(
        {**_environment(tmp_path), "INFOBANK_LOG_ORIGIN": "bank.example/2"}
    )
    continue_log(later, clock, "backup-restored")
    world.bank = open_bank(later, clock)

    with world.bank.read() as snap:
        assert accounts.find_by_login(snap, world.bank.secret(PEPPER), login) is None
        with pytest.raises(KeyUnavailable):
            world.bank.vault.page(snap, owner, categories=[WEIGHT], limit=10)
        assert census_walk.take(snap, world.bank.keys).holds
    assert finish_erasures(world.bank) == 1
    assert certificate(world.bank, certificate_id)[1]["removed"]["records"] == 3
    world.bank.close()


def test_a_copy_that_lacks_no_mark_is_erased_again_at_its_start(
    tmp_path, sqlite_template, clock
):
    world, settings, copy = _copied_before_erasure(tmp_path, sqlite_template, clock)
    owner, login = member(world)
    world.bank.close()
    shutil.copy(copy.parent / "infobank.db", copy)
    # The mark is written at most once a second, so it may know nothing of what follows.
    mark = settings.key_dir / highwater.FILE
    before = mark.read_bytes()
    world.bank = open_bank(settings, clock)
    certificate_id = erase_account(world.bank, owner)
    world.bank.close()

    _put_back(copy)
    mark.write_bytes(before)
    world.bank = open_bank(settings, clock)

    with world.bank.read() as snap:
        assert accounts.find_by_login(snap, world.bank.secret(PEPPER), login) is None
        with pytest.raises(KeyUnavailable):
            world.bank.vault.page(snap, owner, categories=[WEIGHT], limit=10)
        assert census_walk.take(snap, world.bank.keys).holds
    assert finish_erasures(world.bank) == 1
    assert certificate(world.bank, certificate_id)[1]["removed"]["records"] == 3
    world.bank.close()
    open_bank(settings, clock).close()


def _environment(folder):
    return {
        "INFOBANK_DATA_DIR": str(folder / "data"),
        "INFOBANK_KEY_DIR": str(folder / "keys"),
        "INFOBANK_DATABASE_URL": f"sqlite:///{folder / 'data' / 'infobank.db'}",
    }


def _copied_before_erasure(folder, template, clock):
    from tests.disclosure.world import World  # noqa: PLC0415 - a world of this bank

    (folder / "data").mkdir(mode=0o700)
    shutil.copy(template, folder / "data" / "infobank.db")
    settings = Settings.from_environment(_environment(folder))
    bank = open_bank(settings, clock)
    return World(bank, clock), settings, folder / "data" / "copy.db"


def _put_back(copy):
    path = copy.parent / "infobank.db"
    for each in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
        with suppress(FileNotFoundError):
            each.unlink()
    shutil.copy(copy, path)


def test_a_ledger_that_cannot_be_read_stops_going_on(tmp_path):
    folder = tmp_path
    assert erasure_ledger.read(folder) == []
    (folder / erasure_ledger.FILE).write_text('{"mark":"00"}\n')
    with pytest.raises(Unavailable):
        erasure_ledger.read(folder)


def test_the_ledger_has_each_erasure_once_and_names_nobody(tmp_path, clock):
    ids = RandomIds(clock)
    owner, certificate_id = OwnerId(ids.new()), ids.new()
    for _time in range(2):
        erasure_ledger.write(tmp_path, owner, certificate_id, clock.now())
    text = (tmp_path / erasure_ledger.FILE).read_text()
    assert text.count("\n") == 1
    assert owner.hex not in text.replace("-", "")
    assert (tmp_path / erasure_ledger.FILE).stat().st_mode & 0o777 == 0o600
    (line,) = erasure_ledger.read(tmp_path)
    assert line.mark == erasure_ledger.mark(owner)


@pytest.mark.parametrize("cut", [1, 20, 150])
def test_a_torn_last_line_is_mended(tmp_path, clock, cut):
    ids = RandomIds(clock)
    people = [(OwnerId(ids.new()), ids.new()) for _ in range(3)]
    for owner, certificate_id in people[:2]:
        erasure_ledger.write(tmp_path, owner, certificate_id, clock.now())
    path = tmp_path / erasure_ledger.FILE
    path.write_bytes(path.read_bytes()[:-cut])

    for owner, certificate_id in (people[2], people[1]):
        erasure_ledger.write(tmp_path, owner, certificate_id, clock.now())

    lines = erasure_ledger.read(tmp_path)
    assert sorted(each.mark for each in lines) == sorted(
        erasure_ledger.mark(owner) for owner, _certificate_id in people
    )
    assert path.read_bytes().endswith(b"\n")


def test_damage_before_the_last_line_is_mended_by_nobody(tmp_path, clock):
    ids = RandomIds(clock)
    path = tmp_path / erasure_ledger.FILE
    path.write_bytes(b'{"mark":"00\n{"to')
    with pytest.raises(Unavailable):
        erasure_ledger.write(tmp_path, OwnerId(ids.new()), ids.new(), clock.now())


def test_an_erasure_is_held_up_by_no_torn_line(lone):
    folder = lone.bank.settings.key_dir
    owner, _login = member(lone)
    path = folder / erasure_ledger.FILE
    kept = path.read_bytes() if path.exists() else b""
    path.write_bytes(kept + b'{"certificate":"0190')

    certificate_id = erase_account(lone.bank, owner)

    assert certificate(lone.bank, certificate_id)[1]["v"] == 1
    assert erasure_ledger.mark(owner) in {x.mark for x in erasure_ledger.read(folder)}


def test_the_doctor_misses_a_line(tmp_path, sqlite_template, clock):
    world, settings, _copy = _copied_before_erasure(tmp_path, sqlite_template, clock)
    owner, _login = member(world)
    erase_account(world.bank, owner)
    world.bank.close()

    def found():
        (only,) = (x for x in inspect(settings, clock) if x.name == "erasures.ledger")
        return only

    assert found().is_good
    (settings.key_dir / erasure_ledger.FILE).unlink()
    assert not found().is_good


# What is left in the files


def test_sqlite_keeps_no_trace_of_what_opened_the_data(
    tmp_path, sqlite_template, clock
):
    world, _settings, _copy = _copied_before_erasure(tmp_path, sqlite_template, clock)
    owner, login = member(world, records=30)
    path = tmp_path / "data" / "infobank.db"
    with sqlite3.connect(path) as connection:
        query = "SELECT wrapped FROM owner_key_wrap WHERE owner_id = ? AND class <> 2"
        wraps = [row[0] for row in connection.execute(query, (owner.bytes,))]
        query = "SELECT sealed FROM vault_record WHERE owner_id = ?"
        sealed = [row[0][-40:] for row in connection.execute(query, (owner.bytes,))]
    connection.close()
    assert len(wraps) == 3
    assert len(sealed) == 30

    erase_account(world.bank, owner)

    files = [each.read_bytes() for each in path.parent.iterdir()]
    for secret in (*wraps, *sealed, login.encode(), SECRET_WORD.encode()):
        assert not any(secret in each for each in files)
    world.bank.close()


def test_readers_of_older_pages_put_the_clearing_off(lone):
    settings, clock = lone.bank.settings, lone.clock
    if not settings.is_sqlite:
        assert traces.clear(settings, clock)
        return
    with lone.bank.read() as snap:
        person.state(snap, BANK)
        lone.person()
        assert not traces.clear(settings, clock)
    assert traces.clear(settings, clock)


def test_whoever_was_on_the_way_when_it_happened_is_turned_away(world):
    """Guards let them in before; the act itself finds that there is nobody."""
    owner, _login = member(world)
    erase_account(world.bank, owner)
    wish = Wish(kind=RequestKind.COMPLAINT, text="too late")
    # Made before: an act must not begin the unit of work that makes it.
    recipient_id = world.shared.recipient_id
    late = [
        lambda work: jobs.ask(work, owner, language="ja", records=0),
        lambda work: transfers.make(work, owner, "https://bank.example"),
        lambda work: choices.allow(work, owner),
        lambda work: asking.ask(work, owner, wish, days=14),
        lambda work: service.request(work, owner, recipient_id, PROVISION),
    ]
    for act in late:
        with pytest.raises(Forbidden):
            world.do(act)
