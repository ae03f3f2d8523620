"""The part of an erasure that is one unit of work, and doing it again in a copy.

A copy of the database that is put back may hold accounts that were erased since. The
ledger knows them, so they are erased again before anything is served: when the log goes
on after a loss, and whenever a bank is opened, since a copy that is as long as the log
was at its last mark starts without a word.
"""

from uuid import UUID

from sqlalchemy import select

from audit.work import Work
from pds.accounts.roles import Role, State
from pds.accounts.tables import account
from pds.bank import erasure_ledger
from pds.core.ids import OwnerId
from pds.core.settings import Settings
from pds.intake import service as intake
from pds.intake import transfers
from pds.oversight import unmasking
from pds.rights import erasure


def erase_again(work: Work, settings: Settings) -> int:
    """Erase what a copy that was put back holds and the ledger knows; how many.

    A line is written after the commit of its erasure. So an account that lives although
    the ledger names it comes from a copy, and never from an erasure under way.

    Raises:
        Unavailable: `erasure.ledger`; the ledger cannot be read, so nothing may be
            served.
    """
    lines = erasure_ledger.read(settings.key_dir)
    if not lines:
        return 0
    known = {line.mark: line.certificate_id for line in lines}
    rows = work.connection.execute(
        select(account.c.account_id).where(
            account.c.role == Role.PERSON, account.c.state != State.ERASED
        )
    )
    owners = [OwnerId(row.account_id) for row in rows]
    chosen = [each for each in owners if erasure_ledger.mark(each) in known]
    for owner in chosen:
        certificate_id = known[erasure_ledger.mark(owner)]
        erase_in(work, settings, owner, certificate_id, "bank", again=True)
    return len(chosen)


def erase_in(
    work: Work,
    settings: Settings,
    owner: OwnerId,
    certificate_id: UUID,
    actor: str,
    *,
    again: bool = False,
) -> None:
    """Erase what packages that do not know each other keep, in one unit of work.

    Raises:
        BankError: as `pds.rights.erasure.erase`.
    """
    years = settings.audit_retention_years
    erasure.erase(
        work, owner, certificate_id, actor=actor, retention_years=years, again=again
    )
    intake.forget(work, owner)
    transfers.forget(work, owner)
    unmasking.forget(work, owner)
