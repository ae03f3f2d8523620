"""Makes the demo world's accounts and recipients, once."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from audit.work import Work
from consent import offers
from pds.accounts import logins, passwords, service
from pds.accounts.roles import Role
from pds.accounts.service import SignUp
from pds.bank.bank import Bank
from pds.cli.demo import (
    certification,
    entrusting,
    ethics_board,
    incidents,
    public_facts,
    sharing,
    standing,
    supervision,
)
from pds.cli.demo import credentials as credentials_file
from pds.cli.demo.credentials import Client, Credentials, Login
from pds.cli.demo.organisations import COACH, ORGANISATIONS, Organisation, new_key
from pds.cli.demo.people import MISAKI, PERSONAS
from pds.core.errors import Conflict
from pds.core.ids import AccountId, Ids, OwnerId, RecipientId

STAFF = (
    ("operator", Role.OPERATOR, "運営 担当"),
    ("operator-second", Role.OPERATOR, "運営 確認"),
    ("board", Role.BOARD, "法律 守"),
    ("board-consumer", Role.BOARD, "消費 結衣"),
    ("board-security", Role.BOARD, "安全 誠"),
    ("board-ethics", Role.BOARD, "倫理 恵"),
    ("board-medical", Role.BOARD, "医療 仁"),
    ("auditor", Role.AUDITOR, "監査 担当"),
    (COACH.key, Role.RECIPIENT, "元気 窓口"),
)
"""Key, which is also the login, role and name of each account that is no person's; that
of a recipient has its key."""


def establish_world(bank: Bank, path: Path) -> Credentials:
    """Make the accounts and recipients where they are missing; return all logins.

    The file is written first, so that no interrupted start leaves accounts whose
    passwords nobody knows; the next start goes on with it.

    Args:
        bank: the open bank.
        path: the credentials file.

    Raises:
        Forbidden: the issuer is not local.
        Conflict: `demo.lost-credentials`; the world is there and the file is not.
    """
    credentials_file.require_local(bank.settings.issuer)
    if not path.exists():
        _refuse_lost(bank, path)
        credentials_file.write(path, _new(bank))
    found = replace(credentials_file.read(path), issuer=bank.settings.issuer)
    if all(each.offer_id for each in found.clients):
        return found
    if not _is_there(bank):
        _make(bank, found)
    complete = _with_offers(bank, found)
    credentials_file.write(path, complete)
    return complete


def _refuse_lost(bank: Bank, path: Path) -> None:
    if _is_there(bank):
        raise Conflict(
            "demo.lost-credentials",
            f"The demo world is there, but {path.name} is gone. Remove the data and"
            " key folders to begin again.",
        )


def _is_there(bank: Bank) -> bool:
    pepper = bank.secret(logins.PEPPER)
    with bank.read() as snap:
        return service.find_by_login(snap, pepper, STAFF[0][0]) is not None


def _new(bank: Bank) -> Credentials:
    return Credentials(
        issuer=bank.settings.issuer,
        logins=_logins(bank.ids),
        clients=tuple(_client(each) for each in ORGANISATIONS),
    )


def _make(bank: Bank, wanted: Credentials) -> None:
    pepper = bank.secret(logins.PEPPER)
    wishes = [_wish(each, bank.ids) for each in wanted.logins]

    side = standing.bank_side(bank)

    def make(work: Work) -> None:
        made = _sign_up(work, pepper, wishes, (Role.OPERATOR, Role.BOARD))
        staff = (made["operator"], made["operator-second"])
        seats = {x.name: made[x.login] for x in wishes if x.role is Role.BOARD}
        ethics_board.constitute(work, seats, staff)
        standing.approve_offer_rules(work)
        for each in ORGANISATIONS:
            key = wanted.client(each.key).private_key
            standing.establish(work, each, key, side)
        supervision.supervise(work, side)
        entrusting.publish_terms(work)
        _sign_up(work, pepper, wishes, (Role.RECIPIENT,))
        made = _sign_up(work, pepper, wishes, (Role.PERSON, Role.AUDITOR))
        misaki = OwnerId(made[MISAKI.login])
        entrusting.entrust(work, misaki)
        sharing.switch_card_on(work, misaki)
        certification.keep(work)
        public_facts.say(work)

    bank.unit_of_work(make)
    incidents.rehearse(bank)


def _sign_up(
    work: Work, pepper: bytes, wishes: Sequence[SignUp], roles: Collection[Role]
) -> dict[str, AccountId]:
    return {
        wish.login: service.sign_up(work, pepper, wish)
        for wish in wishes
        if wish.role in roles
    }


def _with_offers(bank: Bank, found: Credentials) -> Credentials:
    with bank.read() as snap:
        clients = tuple(
            replace(each, offer_id=str(offers.every(snap, _id(each))[0].offer_id))
            for each in found.clients
        )
    return replace(found, clients=clients)


def _id(client: Client) -> RecipientId:
    return RecipientId(client.recipient_id)


def _logins(ids: Ids) -> tuple[Login, ...]:
    persons = [(each.key, Role.PERSON, each.name, each.login) for each in PERSONAS]
    staff = [(key, role, name, key) for key, role, name in STAFF]
    return tuple(
        Login(key, role.value, name, login, credentials_file.new_password(ids))
        for key, role, name, login in [*persons, *staff]
    )


def _ids() -> dict[str, RecipientId]:
    return {each.key: RecipientId(each.recipient_id) for each in ORGANISATIONS}


def _wish(login: Login, ids: Ids) -> SignUp:
    role = Role(login.role)
    born = {each.key: each.born for each in PERSONAS}
    return SignUp(
        login=login.login,
        password_hash=passwords.hash_password(login.password, ids),
        name=login.name,
        birth_date=born.get(login.key),
        role=role,
        recipient_id=_ids().get(login.key) if role is Role.RECIPIENT else None,
    )


def _client(organisation: Organisation) -> Client:
    return Client(
        key=organisation.key,
        recipient_id=organisation.recipient_id,
        client_id=organisation.client_id,
        redirect_uri=organisation.redirect_uri,
        offer_id="",
        private_key=new_key(),
    )
