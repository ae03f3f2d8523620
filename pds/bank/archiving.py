"""Making archives in the background, chunk by chunk, and handing them out."""

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from uuid import UUID

import structlog

from pds.bank.bank import Bank
from pds.bank.party import party
from pds.core.errors import Conflict
from pds.core.ids import OwnerId
from pds.core.logging import describe
from pds.core.vocabulary import categories
from pds.crypto import statement
from pds.crypto.statement import StatementKey
from pds.rights.archive import jobs
from pds.rights.archive.contents import Archive
from pds.rights.archive.history import History, Words
from pds.rights.archive.jobs import Job
from pds.rights.archive.records import Records

log = structlog.get_logger()


def ask(bank: Bank, owner: OwnerId, *, language: str, actor: str = "person") -> UUID:
    """Order an archive; return its id.

    Raises:
        Conflict: `archive.under-way`; one is being made already.
    """
    everything = tuple(categories.ALL)
    with bank.read() as view:
        counts = bank.vault.count(view, owner, categories=everything)
    return bank.unit_of_work(
        lambda work: jobs.ask(
            work, owner, language=language, records=sum(counts.values()), actor=actor
        )
    )


def build_archives(bank: Bank) -> int:
    """Make the archives that were asked for; return how many."""
    made = 0
    while (job := bank.unit_of_work(jobs.claim)) is not None:
        made += _build(bank, job)
    return made


def expire_archives(bank: Bank) -> None:
    """Delete archives that nobody needs any more."""
    bank.unit_of_work(jobs.expire)


def fetch(bank: Bank, job: Job) -> Iterator[bytes]:
    """Yield the chunks of an archive that is ready."""
    for no in range(1, job.chunks + 1):
        with bank.read() as view:
            chunk = jobs.chunk(view, bank.keys, job, no)
        yield chunk


def stream(
    bank: Bank, owner: OwnerId, archive_id: UUID, language: str
) -> Iterator[tuple[bytes, int]]:
    """Make an archive; whoever calls has recorded it.

    Yields:
        Each chunk, and how much is made then in percent.
    """
    key = StatementKey(bank.secret(statement.SECRET_NAME))
    words = Words(key, bank.signer, party(bank.settings), language)
    history = History(bank.read, bank.keys, bank.ids, owner, words)
    with bank.read() as view:
        records = Records(view, bank.vault, owner)
        issuer = bank.settings.issuer
        archive = Archive(archive_id, issuer, records, history, words)
        for chunk in archive.stream():
            yield chunk, records.percent


def _build(bank: Bank, claimed: Job) -> bool:
    job = claimed
    try:
        chunks = stream(bank, job.owner, job.archive_id, job.language)
        for no, (chunk, percent) in enumerate(chunks, 1):
            job = bank.unit_of_work(
                partial(jobs.add_chunk, job=job, no=no, chunk=chunk, percent=percent)
            )
        bank.unit_of_work(partial(jobs.complete, job=job))
    except Exception as error:  # noqa: BLE001 - or it would be tried for ever
        log.warning("archive not made", **describe(error))
        with suppress(Conflict):
            # Whoever has taken it over goes on with it.
            bank.unit_of_work(partial(jobs.fail, job=job))
        return False
    return True
