"""`infobank audit witness`: cosigns a log from a machine that is not the bank's."""

import logging
import signal
from pathlib import Path
from socket import gethostname
from types import FrameType

import click

from audit.errors import VerificationError
from audit.note import VerifierKey, parse_vkey
from audit.witness.keys import open_folder
from audit.witness.server import WitnessServer
from audit.witness.witness import Witness
from pds.core.clock import SystemClock


@click.command("witness")
@click.option(
    "--log",
    "logs",
    required=True,
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the verifier key of a log; may be repeated.",
)
@click.option(
    "--state",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for its key and its memory; never restore it from a backup.",
)
@click.option("--ml-dsa", is_flag=True, help="Also cosign with a key of ML-DSA-44.")
@click.option("--name", default=None, help="Name of the witness, as a host and path.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8100, show_default=True, type=click.IntRange(0, 65535))
def witness_command(
    logs: tuple[Path, ...],
    folder: Path,
    name: str | None,
    host: str,
    port: int,
    *,
    ml_dsa: bool,
) -> None:
    """Cosign checkpoints of a log as long as it only grows.

    Needs no database of the bank. Makes its key at the first start and prints the
    verifier key, which the bank and every verifier put into their policy.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        keys = [log_key(each) for each in logs]
        name = name or f"{gethostname()}/witness"
        state, cosigners = open_folder(folder, name, ml_dsa=ml_dsa)
    except VerificationError as error:
        raise click.ClickException(str(error)) from None
    witness = Witness(keys, cosigners, state, SystemClock())
    server = WitnessServer((host, port), witness)
    for cosigner in cosigners:
        click.echo(cosigner.vkey)
    click.echo(f"listening on http://{host}:{server.server_address[1]}")
    signal.signal(signal.SIGTERM, _stop)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        click.echo("stopped")
    finally:
        server.server_close()
        state.close()


def log_key(path: Path) -> VerifierKey:
    """Read the verifier key of a log from a file, its first line.

    Raises:
        VerificationError: it is not one.
    """
    # Further lines are keys that sign besides, and not on every checkpoint.
    first, *_others = path.read_text().strip().split("\n")
    return parse_vkey(first)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
