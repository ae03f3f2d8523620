"""`infobank audit reconcile`: what recipients received, against what was logged."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click

from audit import census_walk
from audit.errors import VerificationError
from audit.note import parse_vkey
from pds.cli.census import said as census_said
from pds.cli.opening import opened_bank
from pds.core.clock import TOKYO
from pds.oversight import reconciliation, sent_receipts
from pds.oversight.receipt_finding import Found, Mismatch
from pds.oversight.reconciliation import Period, Reconciliation

_WORDS = {
    Mismatch.UNREADABLE: "the receipt cannot be read",
    Mismatch.FORGED: "the receipt does not hold",
    Mismatch.NOT_IN_LOG: "the log has no such entry",
    Mismatch.DIFFERS: "the recipient received something else",
    Mismatch.DUPLICATE: "the receipt came twice",
    Mismatch.NO_RECEIPT: "the recipient sent no receipt of this release",
    Mismatch.FINDING_GONE: "the log tells of a finding that is not kept any more",
    Mismatch.FETCH_WITHOUT_ENTRY: "a counted fetch has no entry",
    Mismatch.ENTRY_WITHOUT_FETCH: "a release was never counted as a fetch",
    Mismatch.REFUSAL_WITHOUT_ENTRY: "counted refusals have no entry",
    Mismatch.ENTRY_WITHOUT_WINDOW: "nothing counts what follows a fresh refusal",
    Mismatch.COUNT_WITHOUT_FIRST: "a count of refusals has no first refusal",
}
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("reconcile")
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--complete", help="Recipient that sent all receipts of the period.")
@click.option("--from", "start", type=_DAY, help="First day of the period (Japan).")
@click.option("--until", "end", type=_DAY, help="Day after its last day.")
@click.option("--vkey", "vkeys", multiple=True, help="Key of an earlier log.")
@click.pass_context
def reconcile_command(
    context: click.Context,
    files: tuple[Path, ...],
    complete: str | None,
    start: datetime | None,
    end: datetime | None,
    vkeys: tuple[str, ...],
) -> None:
    """Compare disclosures, entries, details and the receipts in FILES, both ways.

    FILES are `.tlog-proof` files, `.jsonl` files, or folders of them. Receipts that
    recipients sent back over the API are gone over too. Ends with 0 if nothing
    differs, 1 with every difference, 2 for wrong usage.
    """
    periods = _periods(complete, start, end)
    try:
        known = [parse_vkey(each) for each in vkeys]
    except VerificationError as error:
        raise click.UsageError(str(error)) from None
    with opened_bank() as bank, bank.read() as snap:
        outcome = reconciliation.reconcile(
            snap,
            bank.keys,
            [bank.signer.verifier, *known],
            sent_receipts.read(files),
            periods,
        )
        census = census_walk.take(snap, bank.keys)
    for line in (*census_said(census), *said(outcome)):
        click.echo(line)
    context.exit(0 if census.holds and not outcome.found else 1)


def said(outcome: Reconciliation) -> Iterator[str]:
    """Yield the outcome in words."""
    yield (
        f"{outcome.receipts} receipts of files and {outcome.sent_back} that were"
        f" sent back, against {outcome.entries} disclosures."
    )
    if outcome.sealed:
        yield f"not checkable in full: {outcome.sealed} subjects"
    for each in outcome.found:
        yield f"WRONG: {_place(each)}{_WORDS[each.mismatch]} ({each.mismatch.value})"
    yield f"FAILED: {len(outcome.found)}" if outcome.found else "RECONCILED"


def _place(each: Found) -> str:
    where = [each.receipt] if each.receipt else []
    if each.index is not None:
        where.append(f"index {each.index}")
    if each.why:
        where.append(each.why)
    return "".join(f"{part}: " for part in where)


def _periods(
    complete: str | None, start: datetime | None, end: datetime | None
) -> list[Period]:
    if complete is None and start is None and end is None:
        return []
    if complete is None or start is None or end is None:
        raise click.UsageError("--complete, --from and --until belong together.")
    first, last = (each.replace(tzinfo=TOKYO) for each in (start, end))
    return [Period(complete, first, last)]
