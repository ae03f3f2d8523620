"""`infobank import`: deposit files for a person from the command line."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import click

from pds.core.clock import Clock
from pds.core.database import Snapshot
from pds.core.ids import OwnerId
from pds.intake import moving, service
from pds.intake import plan as planning
from pds.intake.errors import IntakeError
from pds.intake.moving import MovingPlan
from pds.intake.plan import ImportPlan
from pds.vault.service import Vault
from providers.formats.archive import is_archive
from providers.formats.detect import Limits
from providers.formats.reading import Options
from providers.issues import Issue, Severity
from providers.records import Outcome

_MOST_LINES = 20
_FAILED = 1


class Bank(service.Writes, Protocol):
    """What the command needs of the bank."""

    @property
    def clock(self) -> Clock:
        """The moment."""
        ...

    def read(self) -> AbstractContextManager[Snapshot]:
        """Open a read-only snapshot."""
        ...


@dataclass(frozen=True, slots=True)
class ImportDesk:
    """What the command line hands to `import_command` as the context's object.

    Attributes:
        bank: where to write.
        vault: its vault.
        find_owner: the person behind a login; NotFound if there is none.
        archive_limits: how large an archive may be.
    """

    bank: Bank
    vault: Vault
    find_owner: Callable[[Snapshot, str], OwnerId]
    archive_limits: Limits = field(default_factory=Limits)


@click.command("import")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--login", required=True, help="Login of the person whose data it is.")
@click.option("--dry-run", is_flag=True, help="Read and report; store nothing.")
@click.option(
    "--drop-member",
    "drop_members",
    multiple=True,
    metavar="NAME",
    help="Unknown member that this source leaves in resources, such as _id.",
)
@click.option("--all-issues", is_flag=True, help="Print every issue, also notes.")
@click.pass_context
def import_command(
    context: click.Context,
    *,
    files: Sequence[Path],
    login: str,
    dry_run: bool,
    drop_members: Sequence[str],
    all_issues: bool,
) -> None:
    """Deposit FILES (FHIR JSON, NDJSON, receipts, JP PINT, archives) for a person.

    A bad record is rejected by name and the rest is stored; a file that was there
    already stores nothing twice. Ends with status 1 when a file gave nothing.
    """
    desk: ImportDesk = context.obj
    with desk.bank.read() as snap:
        owner = desk.find_owner(snap, login)
    options = Options(drop_unknown_members=frozenset(drop_members))
    refused = 0
    for path in files:
        try:
            report = _import(desk, owner, path, options, dry_run=dry_run)
        except IntakeError as error:
            refused += 1
            click.echo(f"{path.name}: refused ({error.code})")
            report = [(issue, issue.path) for issue in error.issues]
        _print_issues(report, all_issues=all_issues)
    if refused:
        context.exit(_FAILED)


def _import(
    desk: ImportDesk, owner: OwnerId, path: Path, options: Options, *, dry_run: bool
) -> list[tuple[Issue, str]]:
    """Import one file and say what became of it; return its issues with places."""
    data = path.read_bytes()
    moved = _moved(desk, data, options)
    if moved is not None:
        plan = moved.plan
    else:
        plan = planning.read(data, "", now=desk.bank.clock.now(), options=options)
    if dry_run:
        counts = {outcome: plan.count(outcome) for outcome in Outcome}
        click.echo(f"{path.name}: {_words(counts)} (nothing stored)")
        return list(_issues_of(plan))
    if moved is not None:
        done = moving.run(desk.vault, desk.bank, owner, moved)
    else:
        done = service.run(desk.vault, desk.bank, owner, plan)
    counts = {
        Outcome.ACCEPTED: done.accepted,
        Outcome.DUPLICATE: done.duplicate,
        Outcome.REJECTED: done.rejected,
        Outcome.CONTEXT: done.context,
    }
    click.echo(f"{path.name}: {_words(counts)} (import {done.import_id})")
    return list(_issues_of(plan))


def _moved(desk: ImportDesk, data: bytes, options: Options) -> MovingPlan | None:
    """Return the plan of an archive of another bank; None for any other file."""
    if not is_archive(data):
        return None
    options = replace(options, limits=desk.archive_limits)
    return moving.read(data, now=desk.bank.clock.now(), options=options)


def _words(counts: dict[Outcome, int]) -> str:
    return ", ".join(f"{count} {outcome.value}" for outcome, count in counts.items())


def _issues_of(plan: ImportPlan) -> Iterator[tuple[Issue, str]]:
    for item in plan.items:
        for issue in item.issues:
            yield issue, " ".join(filter(None, (item.path, issue.path)))


def _print_issues(report: list[tuple[Issue, str]], *, all_issues: bool) -> None:
    shown = [
        (issue, place)
        for issue, place in report
        if all_issues or issue.severity is not Severity.INFO
    ]
    limit = len(shown) if all_issues else _MOST_LINES
    for issue, place in shown[:limit]:
        click.echo(f"  {issue.severity} {issue.code} {place}: {issue.message}")
    if len(shown) > limit:
        click.echo(f"  … and {len(shown) - limit} more; see --all-issues")
