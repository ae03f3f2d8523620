"""Reports of deaths: freeze, lifting, the heirs' window, the end; on both databases."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from audit import retention, subject
from audit.retention import HoldReason
from consent import ledger, service
from consent.content import Act
from pds.accounts import papers, sessions
from pds.accounts import service as accounts
from pds.accounts.agents import links
from pds.accounts.agents.links import AgentEnding
from pds.accounts.roles import Role, State
from pds.accounts.service import SignUp
from pds.bank.archiving import build_archives
from pds.bank.mourning import ERASE_AFTER_DEATH, erase_approved
from pds.core.errors import BankError, Conflict, Forbidden, Invalid, NotFound
from pds.core.ids import AccountId, OwnerId
from pds.keys.errors import KeyHeld
from pds.rights.archive import jobs
from pds.rights.archive.tables import ArchiveState
from pds.rights.death import acts, reports, wishes
from pds.rights.death.reports import WINDOW, DeathState
from pds.rights.death.wishes import LastWish
from tests.disclosure.test_agents_consents import given_by, linked, member

PAPER = papers.Paper("application/pdf", b"%PDF-1.7 death certificate")
PEPPER = bytes(32)
CODE = "1111-1111-1111-1111"


@pytest.fixture
def staff(world):
    return [AccountId(world.bank.ids.new()) for _ in range(2)]


def reported(world, owner, by):
    report_id = world.do(lambda work: acts.report(work, owner, PAPER, by=by))
    return found(world, report_id)


def found(world, report_id):
    with world.bank.read() as snap:
        return reports.get(snap, report_id)


def confirm(world, report, by):
    world.do(lambda work: acts.open_paper(work, report, by=by))
    world.do(lambda work: acts.confirm(work, report, by=by))


def frozen(world, owner, staff):
    report = reported(world, owner, staff[0])
    confirm(world, report, staff[1])
    return found(world, report.report_id)


def state(world, owner):
    with world.bank.read() as snap:
        return accounts.get(snap, AccountId(owner)).state


def log_of(world, owner):
    with world.bank.read() as snap:
        part = subject.page(snap, world.bank.keys, owner, after=None, limit=50)
    return [each.detail.fields.get("reasons", "") for each in part.entries]


def approve(world, report, by, code=CODE):
    return world.do(
        lambda work: acts.approve(work, PEPPER, report, code, records=3, by=by)
    )


def ask(world, report, what, by):
    world.do(lambda work: acts.ask(work, report, what, by=by))
    return found(world, report.report_id)


def test_a_confirmed_report_stops_everything_at_once(world, staff):
    owner, agent = member(world), member(world)
    world.deposit(owner, 3)
    own = world.consented(owner=owner, organisation=world.organisation())
    link = linked(world, owner, agent)
    by_agent = given_by(world, link)
    token = world.do(lambda work: sessions.open_session(work, AccountId(owner)))

    report = reported(world, owner, staff[0])
    assert own.get().status_code == 200
    with pytest.raises(Conflict):
        confirm(world, report, staff[0])
    with pytest.raises(Conflict, match="not opened"):
        world.do(lambda work: acts.confirm(work, report, by=staff[1]))
    assert own.get().status_code == 200
    confirm(world, report, staff[1])

    assert own.get().status_code == 403
    assert own.history()[0].reasons == ("consent.paused",)
    assert by_agent.get().status_code == 401
    assert state(world, owner) is State.FROZEN
    with world.bank.read() as snap:
        assert sessions.find(snap, token) is None
        assert links.acting(snap, AccountId(agent), link.link_id) is None
        assert links.of_owner(snap, owner)[0].ending is AgentEnding.DEATH
        events = ledger.history(snap, world.bank.keys, owner, own.consent_id)
    assert (events[-1].act, events[-1].reason) == (Act.OPERATOR, acts.REPORTED)
    with pytest.raises(Forbidden):
        world.do(lambda work: sessions.open_session(work, AccountId(owner)))
    assert {"death.reported", "death.confirmed"} <= set(log_of(world, owner))


def test_a_wrong_report_is_lifted_and_only_its_own_pauses_end(world, staff):
    owner = member(world)
    world.deposit(owner, 3)
    running = world.consented(owner=owner, organisation=world.organisation())
    resting = world.consented(owner=owner, organisation=world.organisation())
    world.do(lambda work: service.pause(work, owner, resting.consent_id))
    report = frozen(world, owner, staff)

    world.do(lambda work: acts.lift(work, report, by=staff[0]))

    assert running.get().status_code == 200
    assert resting.get().status_code == 403
    assert state(world, owner) is State.ACTIVE
    with world.bank.read() as snap:
        with pytest.raises(NotFound):
            reports.get(snap, report.report_id)
        assert reports.of_owner(snap, owner)[0].state is DeathState.LIFTED
    with pytest.raises(Conflict):
        world.do(lambda work: acts.lift(work, report, by=staff[0]))
    again = reported(world, owner, staff[0])
    assert again.report_id != report.report_id


def test_who_lives_puts_the_report_aside(world, staff):
    owner = member(world)
    report = reported(world, owner, staff[0])
    world.do(lambda work: acts.refuse(work, report, by=AccountId(owner)))
    with pytest.raises(Conflict):
        world.do(lambda work: acts.confirm(work, report, by=staff[1]))
    assert state(world, owner) is State.ACTIVE


def test_there_is_one_report_and_none_about_closed_accounts(world, staff):
    owner = member(world)
    reported(world, owner, staff[0])
    with pytest.raises(Conflict):
        reported(world, owner, staff[1])
    gone = member(world)
    world.do(lambda work: accounts.close(work, AccountId(gone)))
    with pytest.raises(Conflict):
        reported(world, gone, staff[0])


def test_of_many_who_confirm_at_once_one_freezes(lone, staff):
    owner = member(lone)
    lone.consented(owner=owner, organisation=lone.organisation())
    report = reported(lone, owner, staff[0])
    lone.do(lambda work: acts.open_paper(work, report, by=staff[1]))
    barrier = Barrier(3)

    def race(_n):
        barrier.wait()
        try:
            lone.do(lambda work: acts.confirm(work, report, by=staff[1]))
        except BankError:
            return 0
        return 1

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(race, range(3))) == 1
    assert log_of(lone, owner).count("death.confirmed") == 1


def test_the_paper_opens_for_staff_and_the_look_is_recorded(world, staff):
    owner = member(world)
    report = reported(world, owner, staff[0])
    paper = world.do(lambda work: acts.open_paper(work, report, by=staff[1]))
    assert paper == PAPER
    assert log_of(world, owner)[0] == acts.LOOKED


def test_an_erasure_that_fails_keeps_no_other_from_its_own(lone, staff):
    owners = [member(lone) for _ in range(2)]
    held = [frozen(lone, owner, staff) for owner in owners]
    lone.clock.advance(WINDOW)
    for report in held:
        approve(lone, ask(lone, report, LastWish.ERASE, staff[0]), staff[1])
    why = HoldReason.DISPUTE
    lone.do(lambda work: retention.hold(work, owners[0], why, lift=False))

    assert erase_approved(lone.bank) == 1

    assert state(lone, owners[1]) is State.ERASED
    assert lone.bank.chores_failed == {ERASE_AFTER_DEATH: 1}
    lone.do(lambda work: retention.hold(work, owners[0], why, lift=True))
    assert erase_approved(lone.bank) == 1


def test_what_is_on_hold_is_not_erased_after_a_death_either(lone, staff):
    owner = member(lone)
    report = frozen(lone, owner, staff)
    lone.clock.advance(WINDOW)
    asked = ask(lone, report, LastWish.ERASE, staff[0])
    why = HoldReason.DISPUTE
    lone.do(lambda work: retention.hold(work, owner, why, lift=False))
    with pytest.raises(KeyHeld):
        approve(lone, asked, staff[1])
    with pytest.raises(KeyHeld):
        ask(lone, report, LastWish.ERASE, staff[0])
    lone.do(lambda work: retention.hold(work, owner, why, lift=True))
    assert approve(lone, asked, staff[1]) is LastWish.ERASE


def test_nothing_is_erased_before_the_window_is_over(lone, staff):
    owner = member(lone)
    lone.deposit(owner, 3)
    report = frozen(lone, owner, staff)
    with pytest.raises(Conflict) as caught:
        ask(lone, report, LastWish.ERASE, staff[0])
    assert caught.value.code == "death.window"

    lone.clock.advance(WINDOW)
    with pytest.raises(Conflict):
        approve(lone, report, staff[1])
    asked = ask(lone, report, LastWish.ERASE, staff[0])
    with pytest.raises(Conflict):
        approve(lone, asked, staff[0])
    assert erase_approved(lone.bank) == 0
    assert approve(lone, asked, staff[1]) is LastWish.ERASE
    with pytest.raises(Conflict):
        lone.do(lambda work: acts.lift(work, report, by=staff[0]))
    assert erase_approved(lone.bank) == 1
    assert erase_approved(lone.bank) == 0

    assert state(lone, owner) is State.ERASED
    with lone.bank.read() as snap:
        assert reports.of_owner(snap, owner) == []
        with pytest.raises(NotFound):
            reports.get(snap, report.report_id)


def test_the_heir_whom_the_person_named_gets_the_archive(lone, staff):
    owner = member(lone)
    lone.deposit(owner, 3)
    lone.do(lambda work: wishes.say(work, owner, LastWish.HAND_OVER, " Umeda Ken "))
    report = frozen(lone, owner, staff)
    asked = ask(lone, report, LastWish.HAND_OVER, staff[0])
    assert approve(lone, asked, staff[1]) is LastWish.HAND_OVER
    assert build_archives(lone.bank) == 1

    with lone.bank.read() as snap:
        opened = reports.by_code(snap, acts.code_hash(PEPPER, CODE.lower()))
        assert opened.report_id == report.report_id
        assert reports.by_code(snap, acts.code_hash(PEPPER, "0")) is None
        job = jobs.get(snap, owner, opened.archive_id)
        assert wishes.get(snap, lone.bank.keys, owner).heir == "Umeda Ken"
    assert job.state is ArchiveState.READY

    lone.do(lambda work: acts.lift(work, report, by=staff[0]))
    with lone.bank.read() as snap:
        assert reports.by_code(snap, acts.code_hash(PEPPER, CODE)) is None


def test_without_the_persons_wish_nobody_gets_an_archive(world, staff):
    owner = member(world)
    report = frozen(world, owner, staff)
    with pytest.raises(Conflict) as caught:
        ask(world, report, LastWish.HAND_OVER, staff[0])
    assert caught.value.code == "death.other-wish"


@pytest.mark.parametrize(
    ("wish", "heir"), [(LastWish.HAND_OVER, " "), (LastWish.HAND_OVER, "x" * 201)]
)
def test_an_heir_has_a_name(world, wish, heir):
    owner = member(world)
    with pytest.raises(Invalid):
        world.do(lambda work: wishes.say(work, owner, wish, heir))


def test_a_wish_can_be_changed(world):
    owner = member(world)
    with world.bank.read() as snap:
        assert wishes.get(snap, world.bank.keys, owner) is None
    world.do(lambda work: wishes.say(work, owner, LastWish.HAND_OVER, "Umeda Ken"))
    world.do(lambda work: wishes.say(work, owner, LastWish.ERASE, "forgotten"))
    with world.bank.read() as snap:
        said = wishes.get(snap, world.bank.keys, owner)
    assert (said.wish, said.heir) == (LastWish.ERASE, "")
    assert log_of(world, owner)[0] == "last-wish.erase"


def test_staff_cannot_be_reported(world, staff):
    wish = SignUp(
        login=f"s{world.bank.ids.new().hex}",
        password_hash="no hash",
        name="Staff",
        birth_date=None,
        role=Role.OPERATOR,
    )
    who = OwnerId(world.do(lambda work: accounts.sign_up(work, PEPPER, wish)))
    with pytest.raises(NotFound):
        reported(world, who, staff[0])
