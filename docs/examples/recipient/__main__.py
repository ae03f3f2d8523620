"""Start the sample recipient: `python docs/examples/recipient`, or `make recipient`."""

import argparse
import json
import os
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

from genki_coach import Recipient, SigningKey
from genki_coach.serving import server
from genki_coach.web import create_app

KEYS = Path(os.environ.get("INFOBANK_KEY_DIR") or "var/keys")
CREDENTIALS = KEYS.parent / "demo" / "demo-credentials.json"
KEY = "coach"
HOST = "127.0.0.1"


def main(arguments: list[str] | None = None) -> None:
    """Read our registration, listen at the registered address, serve."""
    parser = argparse.ArgumentParser(prog="recipient", description=main.__doc__)
    parser.add_argument(
        "--credentials",
        type=Path,
        default=CREDENTIALS,
        help="the demo world's file; its issuer and our client are read",
    )
    path = parser.parse_args(arguments).credentials
    issuer, client = read(path)
    address = urlsplit(client["redirect_uri"])
    port = address.port or 80
    refuse_taken(port)
    key = SigningKey.from_pem(client["private_key"])

    def recipient() -> Recipient:
        return Recipient(
            issuer, client["client_id"], client["redirect_uri"], client_key=key
        )

    app = create_app(recipient, client["offer_id"])
    serving = server(app, HOST, port)
    print(f"Genki Coach is open at http://{address.netloc}. Stop with Ctrl+C.")
    print(f"It talks to the information bank at {issuer}.", flush=True)
    try:
        serving.serve_forever()
    except KeyboardInterrupt:
        serving.server_close()


def read(path: Path) -> tuple[str, dict[str, str]]:
    """Return the bank's address and our registration with it."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        (client,) = [each for each in found["clients"] if each["key"] == KEY]
        return found["issuer"], client
    except OSError:
        sys.exit(f"recipient: {path} cannot be read. Start the bank first: make run")
    except (ValueError, KeyError, TypeError):
        sys.exit(f"recipient: {path} does not hold the demo world's clients.")


def refuse_taken(port: int) -> None:
    """Say in a sentence that our registered address is not free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            sys.exit(
                f"recipient: nothing can listen at {HOST}:{port}: {error.strerror}."
                " The bank sends people back to exactly this address, so stop what"
                " listens there."
            )


if __name__ == "__main__":
    main()
