"""The demo's passwords are random, private, and only ever local."""

import random

import pytest

from pds.cli.demo import credentials
from pds.cli.demo.credentials import Client, Credentials, Login
from pds.core.errors import Forbidden, NotFound


class SeededIds:
    """Gives random bytes that a seed repeats."""

    def __init__(self):
        self._random = random.Random(7)

    def new(self):
        raise AssertionError

    def secret(self, size=32):
        return self._random.randbytes(size)


def example(issuer="http://localhost:8000"):
    return Credentials(
        issuer=issuer,
        logins=(Login("kazuko", "person", "佐藤 和子", "kazuko@example.jp", "x-y"),),
        clients=(Client("coach", "r", "c", "http://localhost/cb", "o", "pem"),),
    )


def test_what_is_written_is_read_back(tmp_path):
    path = credentials.path_in(tmp_path / "keys")

    credentials.write(path, example())
    credentials.write(path, example())

    assert credentials.read(path) == example()
    assert credentials.read(path).login("kazuko").password == "x-y"
    assert credentials.read(path).client("coach").private_key == "pem"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "issuer",
    [
        "https://bank.example.jp",
        "http://127.0.0.1:8000",
        "http://localhost.example.jp",
        "http://localhost@example.jp",
    ],
)
def test_a_public_issuer_is_refused(tmp_path, issuer):
    path = tmp_path / "file.json"

    with pytest.raises(Forbidden, match="local issuer"):
        credentials.write(path, example(issuer))

    assert not path.exists()


def test_a_file_of_a_public_issuer_is_not_used(tmp_path):
    path = tmp_path / "file.json"
    credentials.write(path, example())
    path.write_text(path.read_text().replace("localhost:8000", "bank.example.jp"))

    with pytest.raises(Forbidden):
        credentials.read(path)


def test_a_file_that_others_can_read_is_not_used(tmp_path):
    path = tmp_path / "file.json"
    credentials.write(path, example())
    path.chmod(0o644)

    with pytest.raises(Forbidden, match="0600"):
        credentials.read(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(NotFound):
        credentials.read(tmp_path / "file.json")


def test_passwords_use_readable_letters_evenly():
    ids = SeededIds()

    words = [credentials.new_password(ids) for _ in range(31)]

    assert all(len(word) == 19 for word in words)
    letters = "".join(words).replace("-", "")
    assert set(letters) == set("abcdefghjkmnpqrstuvwxyz23456789")
