"""`infobank audit timestamp`: have the newest checkpoint time-stamped now."""

import click

from pds.bank.timestamping import TimestampFailed, stamp
from pds.cli.opening import opened_bank


@click.command("timestamp")
def timestamp_command() -> None:
    """Ask the authority for a time stamp on the newest published checkpoint.

    Without waiting until the next one is due. Says what is kept; complains with one
    sentence if nothing came that can be believed.
    """
    try:
        with opened_bank() as bank:
            found = stamp(bank)
    except TimestampFailed as error:
        raise click.ClickException(str(error)) from None
    moment = found.at.isoformat(timespec="seconds")
    click.echo(f"{found.size} entries existed at {moment}, says {found.authority}")
