"""`python -m pds.cli.bench.serve TARGET`: a server process with the usual settings."""

import os
import sys

from pds.cli.server import server
from pds.core.settings import Settings

if __name__ == "__main__":
    server(Settings.from_environment(os.environ), sys.argv[1]).serve()
