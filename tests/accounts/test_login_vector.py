import json
from pathlib import Path

from pds.accounts import logins

VECTOR = Path(__file__).parents[1] / "vectors" / "envelope" / "login-index.json"


def test_the_login_index_is_the_one_that_is_written_down() -> None:
    case = json.loads(VECTOR.read_text("utf-8"))
    assert logins.normal(case["login"]) == case["normalised"]
    index = logins.index(bytes.fromhex(case["pepper"]), case["login"])
    assert index.hex() == case["index"]
