"""Finds SoftHSM 2; the command says what to install when it is missing."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "INFOBANK_TEST_SOFTHSM"
_NAMES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
_ADVICE = (
    "make e2e needs SoftHSM 2. On Debian or Ubuntu:\n"
    "    apt-get install softhsm2\n"
    f"or name its library in {VARIABLE}."
)


def module() -> Path:
    """Return the library.

    Raises:
        FileNotFoundError: there is none; the message says what to install.
    """
    named = os.environ.get(VARIABLE)
    for name in (named,) if named else _NAMES:
        if Path(name).exists() and shutil.which("softhsm2-util"):
            return Path(name).resolve()
    raise FileNotFoundError(_ADVICE)


@contextmanager
def store(folder: Path) -> Iterator[None]:
    """Keep tokens in a folder, here and in the processes that are started meanwhile."""
    tokens = folder / "tokens"
    tokens.mkdir()
    config = folder / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(config)
    try:
        yield
    finally:
        os.environ.pop("SOFTHSM2_CONF")
        if before is not None:
            os.environ["SOFTHSM2_CONF"] = before


def make_token(label: str, pin: str) -> None:
    """Make a token with a PIN of its user."""
    subprocess.run(
        [
            *("softhsm2-util", "--init-token", "--free", "--label", label),
            *("--so-pin", "0000", "--pin", pin),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    try:
        module()
    except FileNotFoundError as error:
        sys.exit(str(error))
