"""The demo world as `prepared` fills a bank with it."""

from pds.cli.demo import credentials, install


def establish(bank, folder):
    """Make the world and return its credentials; their file lies in the folder."""
    return install.establish_world(bank, path_in(folder))


def path_in(folder):
    return folder / "demo" / credentials.FILE_NAME
