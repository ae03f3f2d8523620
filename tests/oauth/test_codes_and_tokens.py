from dataclasses import replace
from datetime import timedelta

import pytest

from consent import recipients
from consent.facts import Standing
from consent.oauth import (
    clients,
    exchange,
    grants,
    lifetimes,
    replay,
    requests,
    tables,
    tokens,
)
from consent.oauth.clients import ClientState
from consent.oauth.exchange import Issued, Refusal, Refused
from consent.oauth.grants import GrantState
from consent.oauth.sweep import erase_owner, sweep
from consent.oauth.tokens import TokenKind
from tests.consent.world import PROFILE

TABLES = (
    tables.request,
    tables.code,
    tables.grant,
    tables.token,
    tables.token_route,
    tables.replay,
)


@pytest.fixture
def request_made(work, pushed, client):
    return requests.consume(work, pushed, client.client_id)


@pytest.fixture
def code_text(work, grant, request_made):
    return exchange.issue_code(work, grant, request_made)


@pytest.fixture
def found(work, code_text, client):
    return exchange.find_code(work, code_text, client.client_id)


def mark(name, work):
    return replay.assertion_mark("c", name, work.now + timedelta(minutes=5))


def redeem(work, found, name="first"):
    return exchange.redeem(work, found, [mark(name, work)])


def test_a_code_gives_tokens_bound_to_its_key_and_grant(work, found, grant):
    issued = redeem(work, found)

    access = tokens.present(work, issued.access_token)
    again = tokens.present(work, issued.refresh_token)
    assert (access.kind, access.jkt) == (TokenKind.ACCESS, b"k" * 32)
    assert (again.kind, again.jkt) == (TokenKind.REFRESH, None)
    assert access.expires_at == work.now + lifetimes.ACCESS_TOKEN
    assert again.expires_at == grant.expires_at
    assert issued.expires_in == 300
    assert access.consent_id == grant.consent_id
    assert access.is_alive(work.now)
    assert not access.is_alive(access.expires_at)


def test_no_stored_column_holds_a_secret(work, found, code_text, pushed):
    issued = redeem(work, found)

    secrets = (issued.access_token, issued.refresh_token, code_text, pushed[-43:])
    for table in TABLES:
        for row in work.connection.execute(table.select()):
            shown = repr(tuple(row))
            assert not any(secret in shown for secret in secrets)


def test_a_code_used_again_is_refused_and_ends_the_grant(work, found, fence):
    issued = redeem(work, found)

    again = redeem(work, found, "second")

    assert again == Refused(Refusal.CODE)
    assert not tokens.present(work, issued.access_token).is_alive(work.now)
    assert not tokens.present(work, issued.refresh_token).is_alive(work.now)
    assert work.log.actions() == ["grant.code-reused"]
    assert fence() == 1


def test_a_third_use_records_nothing_more(work, found):
    for name in ("one", "two", "three"):
        redeem(work, found, name)

    assert work.log.actions() == ["grant.code-reused"]


def test_a_used_code_is_remembered_after_it_expired(work, found, later):
    redeem(work, found)

    again = redeem(later(hours=1), found, "second")

    assert again == Refused(Refusal.CODE)
    assert work.log.actions() == ["grant.code-reused"]


def test_an_expired_code_is_refused_and_ends_nothing(work, found, later, grant):
    refused = redeem(later(seconds=60), found)

    assert refused == Refused(Refusal.CODE)
    assert grants.find(work, grant.owner, grant.grant_id).state is GrantState.ACTIVE


def test_a_replayed_assertion_gives_nothing_and_leaves_the_code(work, found):
    replay.spend(work, mark("used", work))

    assert redeem(work, found, "used") == Refused(Refusal.ASSERTION)
    assert isinstance(redeem(work, found, "fresh"), Issued)


def test_a_replayed_proof_is_told_apart(work, found):
    proof = replay.proof_mark(b"k" * 32, "j", work.now)
    replay.spend(work, proof)

    refused = exchange.redeem(work, found, [mark("fresh", work), proof])

    assert refused == Refused(Refusal.PROOF)
    assert not replay.spend(work, mark("fresh", work))


def test_another_clients_code_is_not_found(work, code_text):
    assert exchange.find_code(work, code_text, "other-app") is None
    assert exchange.find_code(work, "x", "hikari-app") is None


def test_a_code_of_an_ended_grant_gives_nothing(work, found, grant):
    grants.end(work, grant.owner, grant.grant_id)

    assert redeem(work, found) == Refused(Refusal.GRANT)


def test_a_suspended_client_gets_nothing_and_its_tokens_rest(work, found, client):
    issued = redeem(work, found)
    clients.set_state(work, client.client_id, ClientState.SUSPENDED)
    state = tokens.present(work, issued.refresh_token)

    refused = exchange.refresh(work, state, b"n" * 32, [mark("later", work)])

    assert refused == Refused(Refusal.GRANT)
    assert not tokens.present(work, issued.access_token).is_alive(work.now)
    clients.set_state(work, client.client_id, ClientState.ACTIVE)
    assert tokens.present(work, issued.access_token).is_alive(work.now)


def test_a_suspended_recipient_gets_no_token_until_it_is_lifted(work, found, client):
    named = replace(PROFILE, recipient_id=client.recipient_id)
    recipients.register(work, named, actor="o")
    issued = redeem(work, found)
    state = tokens.present(work, issued.refresh_token)
    for standing in (Standing.SUSPENDED, Standing.ENDED):
        recipients.set_standing(work, client.recipient_id, standing)
        marks = [mark(standing.value, work)]
        refused = exchange.refresh(work, state, b"n" * 32, marks)
        assert refused == Refused(Refusal.GRANT)
    recipients.set_standing(work, client.recipient_id, Standing.APPROVED)
    again = exchange.refresh(work, state, b"n" * 32, [mark("lifted", work)])
    assert again.access_token


def test_a_consent_for_one_fetch_has_no_refresh_token(work, found, grant):
    work.connection.execute(tables.grant.update().values(is_recurring=False))

    issued = redeem(work, found)

    assert issued.refresh_token is None


def test_a_refresh_token_stays_and_may_bind_another_key(work, found, later):
    issued = redeem(work, found)
    state = tokens.present(work, issued.refresh_token)
    tomorrow = later(days=1)

    first = exchange.refresh(tomorrow, state, b"n" * 32, [mark("r1", tomorrow)])
    second = exchange.refresh(tomorrow, state, b"o" * 32, [mark("r2", tomorrow)])

    assert first.refresh_token is second.refresh_token is None
    assert tokens.present(work, first.access_token).jkt == b"n" * 32
    assert tokens.present(work, second.access_token).is_alive(tomorrow.now)


def test_a_refresh_with_a_replayed_mark_gives_nothing(work, found):
    issued = redeem(work, found, "once")
    state = tokens.present(work, issued.refresh_token)

    assert exchange.refresh(work, state, b"n" * 32, [mark("once", work)]) == Refused(
        Refusal.ASSERTION
    )


def test_no_token_outlives_the_consent(work, found, grant, later):
    last_minute = replace(work, now=grant.expires_at - timedelta(seconds=60))
    issued = redeem(work, found)
    state = tokens.present(work, issued.refresh_token)

    late = exchange.refresh(last_minute, state, b"n" * 32, [mark("r", last_minute)])
    over = replace(work, now=grant.expires_at)

    assert late.expires_in == 60
    assert exchange.refresh(over, state, b"n" * 32, []) == Refused(Refusal.GRANT)


def test_returning_an_access_token_ends_it_alone(work, found, fence):
    issued = redeem(work, found)
    state = tokens.present(work, issued.access_token)

    assert exchange.return_token(work, state, [mark("r", work)]) is None
    assert exchange.return_token(work, state, [mark("s", work)]) is None

    assert not tokens.present(work, issued.access_token).is_alive(work.now)
    assert tokens.present(work, issued.refresh_token).is_alive(work.now)
    assert fence() == 1


def test_returning_a_refresh_token_ends_the_grant(work, found, grant):
    issued = redeem(work, found)
    state = tokens.present(work, issued.refresh_token)

    refused = exchange.return_token(work, state, [mark("first", work)])
    exchange.return_token(work, state, [mark("r", work)])

    assert refused == Refused(Refusal.ASSERTION)
    assert not tokens.present(work, issued.access_token).is_alive(work.now)
    assert work.log.actions() == ["grant.returned"]


def test_the_end_of_a_consent_kills_every_token(work, found, grant, fence):
    issued = redeem(work, found)

    assert grants.end_of_consent(work, grant.owner, grant.consent_id) == 1
    assert grants.end_of_consent(work, grant.owner, grant.consent_id) == 0

    assert not tokens.present(work, issued.access_token).is_alive(work.now)
    assert [
        g.state for g in grants.of_consent(work, grant.owner, grant.consent_id)
    ] == [GrantState.ENDED]
    assert fence() == 1


def test_sweeping_takes_what_is_over_and_leaves_the_rest(work, found, later, pushed):
    issued = redeem(work, found)

    assert sweep(work) == 0
    removed = sweep(later(hours=1))

    # One mark, one pushed request, one access token; the used code is remembered.
    assert removed == 3
    assert tokens.present(work, issued.access_token) is None
    assert tokens.present(work, issued.refresh_token) is not None
    assert sweep(later(days=2)) == 1
    assert work.connection.execute(tables.code.select()).all() == []


def test_erasing_a_person_leaves_no_row_of_theirs(work, found, owner):
    redeem(work, found)

    erase_owner(work, owner)

    for table in TABLES:
        if "owner_id" in table.c:
            assert work.connection.execute(table.select()).all() == []


def test_a_route_without_its_token_is_no_token(work, found):
    issued = redeem(work, found)
    work.connection.execute(tables.token.delete())

    assert tokens.present(work, issued.access_token) is None
    assert tokens.present(work, "A" * 43) is None
    assert tokens.present(work, "short") is None
