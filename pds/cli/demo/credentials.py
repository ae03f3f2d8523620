"""The logins and client keys of the demo world, in one file of mode 0600.

Passwords are random, never built in. The file is written only for an issuer whose
host is localhost, so that a public service cannot start with accounts that are known
to whoever reads a folder.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pds.core.errors import Forbidden, NotFound
from pds.core.ids import Ids

FILE_NAME = "demo-credentials.json"
_FILE_MODE = 0o600
_FOLDER_MODE = 0o700
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that are not mistaken for each other when typed."""

_PASSWORD_LENGTH = 16


@dataclass(frozen=True)
class Login:
    """One account of the demo world."""

    key: str
    role: str
    name: str
    login: str
    password: str


@dataclass(frozen=True)
class Client:
    """One recipient's OAuth client; `private_key` is PEM that only it would hold."""

    key: str
    recipient_id: str
    client_id: str
    redirect_uri: str
    offer_id: str
    private_key: str


@dataclass(frozen=True)
class Credentials:
    """Everything that somebody needs to act as anybody in the demo world."""

    issuer: str
    logins: tuple[Login, ...]
    clients: tuple[Client, ...]

    def login(self, key: str) -> Login:
        """Return the login with that key; KeyError when there is none."""
        return {each.key: each for each in self.logins}[key]

    def client(self, key: str) -> Client:
        """Return the client with that key; KeyError when there is none."""
        return {each.key: each for each in self.clients}[key]


def path_in(key_dir: Path) -> Path:
    """Return where the file lies: in a folder of its own beside the keys."""
    return key_dir.parent / "demo" / FILE_NAME


def require_local(issuer: str) -> None:
    """Refuse any issuer whose host is not localhost.

    Raises:
        Forbidden: `demo.public-issuer`.
    """
    if urlsplit(issuer).hostname != "localhost":
        raise Forbidden("demo.public-issuer", "The demo world needs a local issuer.")


def new_password(ids: Ids) -> str:
    """Return a random password of four groups, about 79 bits."""
    letters = [_LETTERS[b % len(_LETTERS)] for b in _unbiased(ids)]
    groups = [letters[i : i + 4] for i in range(0, _PASSWORD_LENGTH, 4)]
    return "-".join("".join(group) for group in groups)


def write(path: Path, credentials: Credentials) -> None:
    """Write the file so that only this account can ever read it.

    Raises:
        Forbidden: the issuer is not local.
    """
    require_local(credentials.issuer)
    path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(path, flags, _FILE_MODE), "w", encoding="utf-8") as file:
        json.dump(asdict(credentials), file, ensure_ascii=False, indent=2)


def read(path: Path) -> Credentials:
    """Read the file.

    Raises:
        NotFound: `demo.no-credentials`, when no demo world was made here.
        Forbidden: the issuer is not local, or others may read the file.
    """
    if not path.exists():
        raise NotFound("demo.no-credentials", "There is no demo world here.")
    if path.stat().st_mode & 0o077:
        raise Forbidden("demo.readable-by-others", "The file must have mode 0600.")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    require_local(found["issuer"])
    return Credentials(
        issuer=found["issuer"],
        logins=tuple(Login(**each) for each in found["logins"]),
        clients=tuple(Client(**each) for each in found["clients"]),
    )


def _unbiased(ids: Ids) -> list[int]:
    limit = 256 - 256 % len(_LETTERS)
    found: list[int] = []
    while len(found) < _PASSWORD_LENGTH:
        found += [byte for byte in ids.secret(32) if byte < limit]
    return found[:_PASSWORD_LENGTH]
