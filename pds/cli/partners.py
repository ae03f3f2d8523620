"""`infobank partners`: other information banks that are believed here (H-05)."""

import json
from pathlib import Path
from typing import Any

import click

from pds.cli.opening import opened_bank
from pds.crypto import statement
from pds.crypto.statement import StatementKey
from pds.oversight import partners as desk
from providers import partners

_ACTOR = "operator:command-line"
_MEMBERS = {"issuer", "log_vkeys", "statement_keys"}


@click.group("partners")
def partners_group() -> None:
    """Other information banks."""


@partners_group.command("self")
def self_command() -> None:
    """Print what another bank needs to know of this one, for its `partners add`."""
    with opened_bank() as bank:
        key = StatementKey(bank.secret(statement.SECRET_NAME))
        said = {
            "issuer": bank.settings.issuer,
            "log_vkeys": bank.signer.vkeys.split("\n"),
            "statement_keys": [key.public],
        }
    click.echo(json.dumps(said, indent=1))


@partners_group.command("list")
def list_command() -> None:
    """Print every other bank and whether it is believed."""
    with opened_bank() as bank, bank.read() as view:
        for each in partners.every(view):
            click.echo(f"{each.state.value:<8} {each.issuer} {each.name_ja}")


@partners_group.command("add")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name-ja", required=True, help="What persons read in Japanese.")
@click.option("--name-en", required=True, help="The same in English.")
@click.option("--checked", required=True, help="What was checked, such as its mark.")
@click.option("--replace", is_flag=True, help="Its new keys, or after it was ended.")
def add_command(
    *, file: Path, name_ja: str, name_en: str, checked: str, replace: bool
) -> None:
    """Believe the bank that FILE describes, as its `partners self` printed it."""
    said = _read(file)
    with opened_bank() as bank:
        bank.unit_of_work(
            lambda work: desk.enter(
                work,
                issuer=str(said["issuer"]),
                name_ja=name_ja,
                name_en=name_en,
                keys=said["statement_keys"],
                log_vkeys=said["log_vkeys"],
                checked=checked,
                actor=_ACTOR,
                is_local=bank.settings.is_local,
                replaces=replace,
            )
        )
    click.echo(f"{said['issuer']} is believed from now on.")


@partners_group.command("end")
@click.argument("issuer")
def end_command(issuer: str) -> None:
    """Believe the bank at ISSUER no longer."""
    with opened_bank() as bank:
        bank.unit_of_work(lambda work: desk.end(work, issuer, actor=_ACTOR))
    click.echo(f"{issuer} is not believed any more.")


def _read(file: Path) -> dict[str, Any]:
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        said = None
    if not isinstance(said, dict) or not said.keys() >= _MEMBERS:
        raise click.UsageError(f"{file} is not what `partners self` prints.")
    return said
