"""Finds the browser; the command says what to install when there is none."""

import os
import shutil
import sys

VARIABLE = "INFOBANK_TEST_CHROMIUM"
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ADVICE = (
    "make e2e needs a Chromium. On Debian or Ubuntu:\n"
    "    apt-get install chromium fonts-noto-cjk\n"
    f"or name the program of any other Chromium in {VARIABLE}."
)


def find() -> str:
    """Return the program.

    Raises:
        FileNotFoundError: there is none; the message says what to install.
    """
    named = os.environ.get(VARIABLE)
    for name in (named,) if named else _NAMES:
        found = shutil.which(name)
        if found:
            return found
    raise FileNotFoundError(_ADVICE)


def options() -> list[str]:
    """Return the arguments it needs here; its sandbox does not run as root.

    Its own language decides in which order a day is typed, so it is always the same.
    """
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return ["--disable-gpu", "--disable-dev-shm-usage", "--lang=en-US", *as_root]


if __name__ == "__main__":
    try:
        find()
    except FileNotFoundError as error:
        sys.exit(str(error))
