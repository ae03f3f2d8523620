"""The public entry: operator facts, handling of data, transparency reports."""

from pds.bank.inspection import facts as inspection
from pds.bank.inspection.finding import findings
from pds.bank.transparency import making, register, report
from pds.oversight import operator_facts
from pds.oversight.operator_facts import Fact


def doctor(bank, issuer=None):
    class Other:
        is_local = issuer is None

    with bank.read() as snap:
        found = inspection.checks(snap.connection, Other(), bank.clock)
        return next(iter(findings(found)))


def test_facts_are_entered_shown_and_asked_for(bank, operator, portal):
    stranger = portal()
    assert stranger.get("/about").text.count("Not entered yet") == len(Fact)
    assert doctor(bank).is_good
    lacking = doctor(bank, "https://bank.example")
    assert not lacking.is_good
    assert "complaint-desk" in lacking.said

    page = operator.get("/operator/facts")
    form = page.form_to("/operator/facts")
    half = operator.post(form, 422, fees_ja="無料")
    assert "Fill this in in both languages." in half.text
    first = {
        f"{each.value}_{lang}": f"{each} {lang}"
        for each in Fact
        for lang in ("ja", "en")
    }
    some = {name: text for name, text in first.items() if not name.startswith("fees")}
    operator.post(form, **some)
    assert stranger.get("/about").text.count("Not entered yet") == 1
    operator.post(operator.get("/operator/facts").form_to("/operator/facts"), **first)
    shown = stranger.get("/about").text
    assert "complaint-desk en" in shown
    assert "Not entered yet" not in shown
    assert "safety-measures en" in stranger.get("/about/handling").text
    assert "complaint-desk ja" in portal(language="ja").get("/about").text
    assert doctor(bank, "https://bank.example").is_good
    with bank.read() as snap:
        versions = [each.version for each in operator_facts.every(snap)]
    assert versions == [2, 1]


def test_reports_are_listed_shown_and_taken(bank, portal, consent):
    stranger = portal()
    assert "No month is closed yet." in stranger.get("/about/reports").text
    making.make_reports(bank)
    with bank.read() as snap:
        first = register.missing(snap, snap.now.date())[0]
        body = report.compose(snap, first, 2)
    key = making.signing_key(bank)
    shown = (
        body
        | {"consents": {"given": 12, "withdrawn": "few"}}
        | {"requests": {"disclosure": {"received": 12, "answered": "few"}}}
    )
    bank.unit_of_work(lambda work: register.keep(work, first, shown, key))
    address = f"/about/reports/{first.year}-{first.month}"
    listed = stranger.get("/about/reports")
    assert address in listed.links
    page = stranger.get(address).text
    assert "fewer than 2, or hidden" in page
    taken = stranger.client.get(f"{address}.jwt")
    assert register.read(taken.text, key.public) == shown
    assert stranger.client.get("/about/reports/1999-1").status_code == 404
    assert stranger.client.get("/about/reports/1999-13").status_code == 404
