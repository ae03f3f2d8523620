"""Erasing an account from end to end, and going on where a kill left off.

`pds.rights.erasure` says what the states are. This module joins what packages that do
not know each other have to do in one unit of work, and does the rest in steps.
"""

from contextlib import suppress
from functools import partial
from uuid import UUID

import structlog

from pds.bank import erasure_ledger, traces
from pds.bank.bank import Bank
from pds.bank.erasing_again import erase_in
from pds.core.errors import BankError, Conflict
from pds.core.ids import OwnerId
from pds.core.logging import describe
from pds.crypto import statement
from pds.crypto.statement import StatementKey
from pds.keys import versions
from pds.rights import erasure, erasure_certificate
from pds.rights.erasure import Erasure, Progress

log = structlog.get_logger()

_STEP = 500
"""Rows that one unit of work deletes, so that no other writer waits long."""
_MOST = 20
"""Erasures that one turn of the chore goes on with."""


def erase(
    bank: Bank,
    owner: OwnerId,
    *,
    actor: str = "person",
    certificate_id: UUID | None = None,
) -> UUID:
    """Erase a person's account; return the id of the certificate.

    When this returns, nothing of the person can be read or given any more. The chore
    deletes the rows and signs the certificate.

    Args:
        bank: where.
        owner: whose account.
        actor: who ordered it.
        certificate_id: the id that somebody holds already, so that it is not lost with
            an answer that does not arrive; a new one unless told.

    Raises:
        NotFound: there is no such account.
        Conflict: `erasure.done`; it is erased already, or is no person's.
        KeyHeld: a legal hold forbids it.
        Unavailable: the store cannot commit now; nothing was changed.
    """
    chosen = bank.ids.new() if certificate_id is None else certificate_id
    bank.unit_of_work(lambda work: erase_in(work, bank.settings, owner, chosen, actor))
    with suppress(BankError, OSError):
        # Whatever stops it here, the chore goes on with it.
        _note(bank, _read(bank, chosen))
    return chosen


def erase_account(bank: Bank, owner: OwnerId, *, actor: str = "person") -> UUID:
    """Erase an account and do at once, where the database allows it, what is left.

    Raises:
        BankError: as `erase`.
    """
    certificate_id = erase(bank, owner, actor=actor)
    with suppress(BankError, OSError):
        _go_on(bank, certificate_id)
    return certificate_id


def finish_erasures(bank: Bank) -> int:
    """Go on with erasures that are under way; return how many were finished."""
    with bank.read() as view:
        found = erasure.unfinished(view, limit=_MOST)
    finished = 0
    for each in found:
        try:
            finished += _go_on(bank, each.certificate_id)
        except (BankError, OSError) as error:
            log.warning("erasure not finished", **describe(error))
    return finished


def _go_on(bank: Bank, certificate_id: UUID) -> bool:
    """Take the steps that are left; say whether it is finished now."""
    found = _read(bank, certificate_id)
    if found.owner is None:
        return False
    _note(bank, found)
    while bank.unit_of_work(
        partial(erasure.delete_some, owner=found.owner, limit=_STEP)
    ):
        pass
    if not traces.clear(bank.settings, bank.clock):
        return False
    _certify(bank, _read(bank, certificate_id))
    return True


def _note(bank: Bank, found: Erasure) -> None:
    """Write the ledger's line before the link to the person is cut; once."""
    if found.owner is not None:
        folder = bank.settings.key_dir
        erasure_ledger.write(folder, found.owner, found.certificate_id, found.erased_at)


def _read(bank: Bank, certificate_id: UUID) -> Erasure:
    with bank.read() as view:
        return erasure.get(view, certificate_id)


def _certify(bank: Bank, found: Erasure) -> None:
    if found.progress is not Progress.ROWS_DELETED:
        raise Conflict("erasure.done", "Another process has finished it.")
    key = StatementKey(bank.secret(statement.SECRET_NAME))
    with bank.read() as view:
        proof = erasure_certificate.proof(view, bank.keys, bank.signer, found)
        now = view.now
        days = bank.settings.keys
        unreadable_from = versions.unreadable_from(
            view,
            found.facts["kek_versions"],
            bank.provider.versions,
            versions.epochs(days.erasure_days, days.backup_days),
        )
    claims = erasure_certificate.compose(
        found,
        issuer=bank.settings.issuer,
        finished_at=now,
        unreadable_from=unreadable_from,
        proof=proof,
    )
    signed = erasure_certificate.sign(claims, key)
    bank.unit_of_work(
        partial(erasure.finish, found=found, certificate=signed, finished_at=now)
    )
