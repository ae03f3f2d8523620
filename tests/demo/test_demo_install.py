"""The demo world is made once, survives interruptions, and is never public."""

from dataclasses import replace

import pytest

from consent import recipients
from pds.accounts import logins, service
from pds.bank.bank import open_bank
from pds.cli.demo import credentials, install
from pds.core.errors import Conflict, Forbidden
from tests.demo.worlds import establish, path_in
from tests.fakes import FrozenClock
from tests.prepared import settings_in


@pytest.fixture
def path(tmp_path):
    return path_in(tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def established(request, prepared, tmp_path):
    """A bank with the world, and what the first start returned."""
    with prepared.copy(establish, request.param, tmp_path) as (url, found):
        bank = open_bank(settings_in(tmp_path, url), FrozenClock())
        yield bank, found
        bank.close()


def test_the_world_is_made_once(established, path):
    bank, first = established
    second = install.establish_world(bank, path)

    assert second == first
    assert all(each.offer_id for each in first.clients)
    with bank.read() as snap:
        assert len(recipients.every(snap)) == 6


def test_every_role_can_log_in(established):
    bank, found = established

    roles = {each.role for each in found.logins}
    pepper = bank.secret(logins.PEPPER)
    with bank.read() as snap:
        for each in found.logins:
            account = service.find_by_login(snap, pepper, each.login)
            assert account.role.value == each.role
            assert account.is_active
    assert roles == {"person", "operator", "board", "auditor", "recipient"}


def test_an_interrupted_start_goes_on_with_its_file(bank, path, monkeypatch):
    def fail(*_args):
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(install.standing, "establish", fail)
        with pytest.raises(RuntimeError):
            install.establish_world(bank, path)
    begun = credentials.read(path)

    found = install.establish_world(bank, path)

    assert found.logins == begun.logins
    assert all(each.offer_id for each in found.clients)


def test_a_start_that_was_interrupted_after_the_commit_goes_on(established, path):
    bank, found = established
    begun = tuple(replace(each, offer_id="") for each in found.clients)
    credentials.write(path, replace(found, clients=begun))

    assert install.establish_world(bank, path) == found


def test_a_world_without_its_file_says_so(established, path):
    bank, _found = established
    path.unlink()

    with pytest.raises(Conflict, match="is gone"):
        install.establish_world(bank, path)


def test_a_public_bank_gets_no_demo_world(bank, path):
    bank.settings = replace(bank.settings, issuer="https://bank.example.jp")

    with pytest.raises(Forbidden):
        install.establish_world(bank, path)

    assert not path.exists()
