"""The whole inspection, in the order in which one thing rests on another."""

from collections.abc import Iterator

from sqlalchemy import Connection

from pds.bank.errors import DRIVER_ERRORS
from pds.bank.inspection import (
    board,
    database,
    documents,
    drills,
    epochs,
    erasures,
    facts,
    files,
    incidents,
    judgements,
    log,
    surroundings,
    timestamps,
    undelivered,
    witnesses,
)
from pds.bank.inspection.finding import Check, Finding, Wrong, findings
from pds.bank.key_provider import open_key_provider
from pds.bank.log_keys import load_signer
from pds.core.clock import Clock
from pds.core.settings import Settings
from pds.keys import checks as key_checks
from pds.keys.versions import returned, used_versions

_KEYS = "Put the key files back that belong to this database."


def inspect(
    settings: Settings, clock: Clock, *, full: bool = False
) -> Iterator[Finding]:
    """Look at everything and change nothing.

    Args:
        settings: of the installation.
        clock: the present moment.
        full: whether every entry of the log and every page of the database is read.
    """
    yield from findings(files.checks(settings))
    yield from findings(undelivered.checks(settings, clock))
    # Before the database is opened: see `log.kept_mark`.
    mark = log.kept_mark(settings.key_dir)
    try:
        with database.opened(settings) as connection:
            yield from findings(database.checks(connection, full=full))
            yield from findings(about_keys(connection, settings))
            yield from findings(epochs.checks(connection, settings, clock))
            yield from findings(erasures.checks(connection, settings))
            yield from findings(
                log.checks(connection, settings, clock, mark, full=full)
            )
            yield from findings(witnesses.checks(connection, settings, clock))
            yield from findings(timestamps.checks(connection, settings, clock))
            yield from findings(drills.checks(connection, clock))
            yield from findings(documents.checks(connection, clock))
            yield from findings(incidents.checks(connection, clock))
            yield from findings(board.checks(connection, clock))
            yield from findings(judgements.checks(connection, clock))
            yield from findings(facts.checks(connection, settings, clock))
    except DRIVER_ERRORS as error:
        yield Finding(
            "database.reachable",
            is_good=False,
            said=f"the database cannot be opened: {type(error).__name__}",
            advice="Start it, or correct INFOBANK_DATABASE_URL.",
        )
    yield from findings(surroundings.checks(settings))


def about_keys(connection: Connection, settings: Settings) -> Iterator[Check]:
    """Yield the questions about keys: are they those of this database?"""
    yield Check("keys.known", lambda: _known(connection, settings), _KEYS)
    yield Check("keys.version", lambda: _version(connection, settings), _KEYS)
    yield Check("keys.returned", lambda: _returned(connection, settings), _KEYS)
    yield Check("keys.log", lambda: _log_key(settings), _KEYS)


def _known(connection: Connection, settings: Settings) -> str:
    provider = open_key_provider(settings, may_create=False)
    return f"{key_checks.verify(connection, provider)} keys and secrets fit"


def _version(connection: Connection, settings: Settings) -> str:
    """Say which version wraps, and whether older ones still hold keys."""
    provider = open_key_provider(settings, may_create=False)
    current, kind = provider.current_version, provider.kind
    unnoted = key_checks.unnoted(connection, provider.versions)
    if unnoted:
        words = ", ".join(map(str, unnoted))
        raise Wrong(
            f"{kind} holds versions that this database does not know: {words}",
            "A running service notes them within a minute; else start it.",
        )
    older = [each for each in used_versions(connection) if each != current]
    if not older:
        return f"version {current} of {kind} wraps every key"
    words = ", ".join(map(str, older))
    return f"version {current} of {kind} wraps; older keys are still under {words}"


def _returned(connection: Connection, settings: Settings) -> str:
    """Say whether a version that was destroyed is there again, from some copy."""
    provider = open_key_provider(settings, may_create=False)
    found = returned(connection, provider.versions)
    if found:
        words = ", ".join(map(str, found))
        raise Wrong(
            f"destroyed versions are there again, so erased keys open: {words}",
            "Find the copy they came from and destroy it. The service destroys them"
            " again; else run `infobank keys retire` for each.",
        )
    return "no destroyed version is there"


def _log_key(settings: Settings) -> str:
    signer = load_signer(settings)
    second = " and with ML-DSA-44" if settings.log_ml_dsa else ""
    return f"signs as {signer.vkey}{second}"
