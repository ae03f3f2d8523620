"""The demo world, or its first recipient alone, as `prepared` fills banks with it."""

from pds.cli.demo import credentials, install, standing
from pds.cli.demo.organisations import COACH, new_key


def establish(bank, folder):
    """Make the world and return its credentials; their file lies in the folder."""
    return install.establish_world(bank, path_in(folder))


def path_in(folder):
    return folder / "demo" / credentials.FILE_NAME


def establish_coach(bank, _folder):
    """Make one recipient, and all that the board decides before; return its offer."""
    side = standing.bank_side(bank)
    return bank.unit_of_work(
        lambda work: standing.establish(work, COACH, new_key(), side)
    )
