"""Accounts that no page can make: staff and recipients, kept beside the demo's own.

A login with a passkey no longer opens by password, so whoever registers one here is
nobody whom another test logs in as.
"""

from pds.accounts import logins, passwords, service
from pds.accounts.roles import Role
from pds.accounts.service import SignUp
from pds.bank.bank import open_bank
from pds.bank.schema import upgrade
from pds.cli.demo.credentials import Login
from pds.cli.demo.organisations import COACH
from pds.core.clock import SystemClock
from pds.core.ids import RecipientId
from pds.core.settings import Settings
from tests.e2e.words import LANGUAGES

PASSWORD = "a lamp over a quiet harbour e2e"
STAFF = (Role.OPERATOR, Role.BOARD, Role.AUDITOR)


def staff(role: Role, language: str) -> Login:
    """Return an account of staff that one test in one language has for itself."""
    login = f"e2e-{role.value}-{language}"
    return Login(login, role.value, "試験 担当", login, PASSWORD)


def recipient(language: str) -> Login:
    """Return an account of a recipient."""
    return staff(Role.RECIPIENT, language)


def establish(environment: dict[str, str]) -> None:
    """Make them all, before the service starts."""
    settings = Settings.from_environment(environment)
    settings.data_dir.mkdir(mode=0o700)
    upgrade(settings.database_url)
    bank = open_bank(settings, SystemClock())
    hashed = passwords.hash_password(PASSWORD, bank.ids)
    pepper = bank.secret(logins.PEPPER)
    try:
        for role in (*STAFF, Role.RECIPIENT):
            for language in LANGUAGES:
                wish = _wish(staff(role, language), role, hashed)
                bank.unit_of_work(
                    lambda work, wish=wish: service.sign_up(work, pepper, wish)
                )
    finally:
        bank.close()


def _wish(login: Login, role: Role, hashed: str) -> SignUp:
    of = RecipientId(COACH.recipient_id) if role is Role.RECIPIENT else None
    return SignUp(
        login=login.login,
        password_hash=hashed,
        name=login.name,
        birth_date=None,
        role=role,
        recipient_id=of,
    )
