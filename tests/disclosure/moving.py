"""What two banks between which a person moves need before, and show after."""

from sqlalchemy import insert

from pds.bank.archiving import ask, build_archives
from pds.core.errors import NotFound
from pds.crypto import statement
from pds.crypto.statement import StatementKey
from pds.oversight import partners
from pds.rights.archive import jobs
from providers import sources
from providers.tables import source
from tests.disclosure.world import RECEIPT, SOURCE, WEIGHT


def key_of(world):
    return StatementKey(world.bank.secret(statement.SECRET_NAME))


def believe(world, stranger, keys=None):
    world.do(
        lambda work: partners.enter(
            work,
            issuer=stranger.bank.settings.issuer,
            name_ja="隣の銀行",
            name_en="Next Bank",
            keys=keys or [key_of(stranger).public],
            log_vkeys=[stranger.bank.signer.vkey],
            checked="certificate 1",
            actor="operator",
            is_local=world.bank.settings.is_local,
        )
    )


def name_source(world):
    """Enter the organisation whose records the tests deposit."""
    known = sources.SourceKind.ORGANISATION.value
    with world.bank.read() as snap:
        try:
            sources.get(snap, SOURCE)
        except NotFound:
            world.do(
                lambda work: work.connection.execute(
                    insert(source).values(
                        source_id=SOURCE,
                        kind=known,
                        name_ja="町の医院",
                        name_en="Town Clinic",
                        created_at=work.now,
                    )
                )
            )


def archived(world, owner):
    archive_id = ask(world.bank, owner, language="ja")
    assert build_archives(world.bank) == 1
    with world.bank.read() as snap:
        return jobs.get(snap, owner, archive_id)


def records(world, owner):
    with world.bank.read() as snap:
        page = world.bank.vault.page(
            snap, owner, categories=[WEIGHT, RECEIPT], limit=50
        )
    return page.records
