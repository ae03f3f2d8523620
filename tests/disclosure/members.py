"""Persons with an account in the world, and what an erasure certified of them."""

from datetime import date

from pds.accounts import service as accounts
from pds.accounts.logins import PEPPER
from pds.accounts.roles import Role
from pds.accounts.service import SignUp
from pds.core.ids import OwnerId
from pds.crypto import statement
from pds.crypto.statement import StatementKey
from pds.rights import erasure, erasure_certificate

NAME = "Sekiguchi Umeko"


def member(world, *, records=3):
    """Return a person with an account, and some records."""
    login = f"umeko{world.bank.ids.new().hex[-12:]}"
    wish = SignUp(
        login=login,
        password_hash="no hash",
        name=NAME,
        birth_date=date(1950, 1, 1),
        role=Role.PERSON,
    )
    pepper = world.bank.secret(PEPPER)
    owner = OwnerId(world.do(lambda work: accounts.sign_up(work, pepper, wish)))
    if records:
        world.deposit(owner, records)
    return owner, login


def certificate(bank, certificate_id):
    with bank.read() as snap:
        found = erasure.get(snap, certificate_id)
    key = StatementKey(bank.secret(statement.SECRET_NAME))
    return found, erasure_certificate.verify(found.certificate, key.public)
