"""Looking without a copy: one link, one page, one entry; nothing else under it."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from consent.terms import ProvisionForm
from pds.core.errors import Unavailable
from pds.disclosure import view_links
from tests.disclosure.world import SECRET_WORD, STEPS
from tests.oauth.jose import Signer

PATH = "/api/v1/views"
VIEW_ONLY = {"form": ProvisionForm.VIEW_ONLY, "retention_days": 0}
VIEWER = "田中 みどり"


def ask(party, viewer=VIEWER, *, token=None, signer=None, raw=None, **wish):
    world, token = party.world, token or party.token
    uri = world.bank.settings.issuer + PATH
    proof = party.proof(token=token, signer=signer, htm="POST", htu=uri)
    headers = {"Authorization": f"DPoP {token}", "DPoP": proof}
    body = json.dumps({"viewer": viewer, **wish}).encode() if raw is None else raw
    with world.app.test_client() as client:
        return client.post(
            PATH, data=body, headers=headers, content_type="application/json"
        )


def look(world, url, language="en"):
    """Open a link in a browser of its own, as a viewer does."""
    path = url.removeprefix(world.bank.settings.issuer)
    with world.app.test_client() as client:
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        page = client.get(path)
        assert page.status_code == 200
        marked = page.text.partition('name="csrf_token" value="')[2]
        return client.post(path, data={"csrf_token": marked.partition('"')[0]})


def linked(party, **wish):
    answer = ask(party, **wish)
    assert answer.status_code == 201, answer.text
    return answer.json["url"]


def test_a_named_viewer_sees_the_page_once(world):
    party = world.consented(**VIEW_ONLY)
    made = ask(party)

    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    assert 0 < made.json["expires_in"] <= view_links.LIFE.total_seconds()
    assert party.seen() == []

    page = look(world, made.json["url"])
    again = look(world, made.json["url"])

    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Infobank-Receipt" in page.headers
    assert "<script" not in page.text
    assert again.status_code == 404
    assert party.seen() == [("disclosure:released", "", 3)]


def test_the_watermark_and_the_entry_name_viewer_time_and_pairwise_id(world):
    party = world.consented(**VIEW_ONLY)
    page = look(world, linked(party))

    [happening] = party.history()
    fields = happening.entry.detail.fields
    told = json.loads(fields["object"])
    assert told["viewer"] == VIEWER
    assert happening.entry.leaf["form"] == "view-only"
    assert page.text.count(VIEWER) == 2
    assert page.text.count(fields["pairwise_sub"]) == 2
    assert page.text.count("2026") or page.text.count("202")


def test_a_page_has_few_records_and_says_so(world):
    party = world.consented(records=30, **VIEW_ONLY)
    page = look(world, linked(party))

    assert page.text.count("<tr>") == view_links.MOST_RECORDS + 1
    assert "Only the newest are shown" in page.text
    assert party.seen() == [("disclosure:released", "", view_links.MOST_RECORDS)]


def test_days_and_categories_narrow_what_is_shown(world):
    party = world.consented(**VIEW_ONLY)
    today = world.clock.now().date()
    before = str(today - timedelta(days=30))
    url = linked(party, category=["health.vital.weight"], until=before)

    assert "There is no data of this kind" in look(world, url).text
    assert ask(party, category=[STEPS + ".none"]).status_code == 403


def test_no_copy_leaves_by_the_api(world):
    party = world.consented(**VIEW_ONLY)
    for answer in (party.get(), party.stream()):
        assert answer.status_code == 403
        assert answer.json["reasons"] == ["consent.form-outside"]
        assert SECRET_WORD not in answer.text


def test_a_consent_to_copies_may_be_looked_at_as_well(world):
    party = world.consented()
    assert look(world, linked(party)).status_code == 200


def test_of_many_who_open_a_link_at_once_one_sees_it(world):
    party = world.consented(**VIEW_ONLY)
    url = linked(party)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _n: look(world, url).status_code, range(8)))

    assert sorted(found) == [200] + [404] * 7
    assert party.seen() == [("disclosure:released", "", 3)]


def test_a_link_opens_nothing_after_a_withdrawal(world):
    party = world.consented(**VIEW_ONLY)
    url = linked(party)
    party.withdraw()
    page = look(world, url)

    assert page.status_code == 403
    assert "Nothing is shown" in page.text
    assert SECRET_WORD not in page.text
    [(kind, reasons, _count)] = party.seen()
    assert kind == "disclosure:denied"
    assert "consent.withdrawn" in reasons.split()


def test_a_link_opens_nothing_after_its_time(world):
    party = world.consented(**VIEW_ONLY)
    url = linked(party)
    world.clock.advance(view_links.LIFE)

    assert look(world, url).status_code == 404
    assert party.seen() == []
    assert world.do(view_links.sweep) >= 1


def test_another_clients_key_makes_no_link(world):
    party = world.consented(**VIEW_ONLY)
    assert ask(party, signer=Signer()).status_code == 401
    assert ask(party, token="A" * 43).status_code == 401


def test_links_that_wait_are_bounded(world):
    party = world.consented(**VIEW_ONLY)
    answers = [ask(party).status_code for _n in range(view_links.MOST_WAITING + 1)]
    assert answers == [201] * view_links.MOST_WAITING + [409]


def test_views_count_as_fetches(world):
    party = world.consented(max_per_day=1, **VIEW_ONLY)
    first, second = linked(party), linked(party)

    assert look(world, first).status_code == 200
    assert look(world, second).status_code == 403
    assert ask(party).status_code == 429


@pytest.mark.parametrize("viewer", ["", " ", "a" * 61, "a\nb", "a\u202eb", "\x00"])
def test_a_viewer_needs_a_name_that_can_be_seen(world, viewer):
    party = world.consented(**VIEW_ONLY)
    assert ask(party, viewer).status_code == 422


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"{}", b'{"viewer": 1}', b'{"viewer": "x", "limit": "5"}',
     b'{"viewer": "x", "category": "health"}', b'{"viewer": "x", "from": "1.1.26"}',
     b"[" * 9000, b" " * 20_000],
)  # fmt: skip
def test_a_malformed_wish_is_refused(world, raw):
    party = world.consented(**VIEW_ONLY)
    assert ask(party, raw=raw).status_code == 422


@pytest.mark.parametrize("text", ["x", "A" * 43, "é" * 43])
def test_what_is_no_link_opens_nothing(world, text):
    assert look(world, f"/view/{text}").status_code == 404


def test_erasure_takes_links_along(lone):
    party = lone.consented(**VIEW_ONLY)
    url = linked(party)

    def forget(work):
        view_links.forget(work, party.owner)

    lone.do(forget)
    assert look(lone, url).status_code == 404


def test_the_sealed_half_follows_the_vector():
    path = Path(__file__).parents[1] / "vectors" / "disclosure" / "view.json"
    vector = json.loads(path.read_text("utf-8"))
    content = vector["content"].encode()
    found = view_links.read(content)
    asked = found["question"]

    assert found["thumbprint"].hex() == vector["fields"]["jkt"]
    assert found["viewer"] == vector["fields"]["viewer"]
    assert list(asked.categories) == vector["fields"]["categories"]
    assert str(asked.first_day) == vector["fields"]["from"]
    assert view_links.write(**found) == content
    with pytest.raises(Unavailable):
        view_links.read(content.replace(b'"v":1', b'"v":2'))
