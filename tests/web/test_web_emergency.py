"""The emergency card and the review of its uses, by pages."""

import re

from pds.core.ids import RecipientId
from pds.disclosure.break_glass import reviews

ALLERGY = "health.allergy"


def test_a_person_switches_the_card_on_and_off(person):
    form = person.get("/emergency").form_to("/emergency")
    assert person.post(form, 422).faults == []
    page = person.post(form, 200, categories=ALLERGY)
    assert re.search(r"<code class=\"code-shown\">[\w-]{43}</code>", page.response.text)
    shown = person.get("/emergency")
    person.post(shown.form_to("/emergency/off"))
    assert "switched off" in person.get("/emergency").text


def test_staff_review_a_use_and_the_person_sees_it(
    bank, hanako, person, operator, recipient
):
    access = bank.ids.new()

    def opened(work):
        reviews.keep(
            work, access, hanako, RecipientId(recipient),
            clinician="Dr. Sato", reason="Unconscious after an accident.", count=3,
        )  # fmt: skip

    bank.unit_of_work(opened)
    page = operator.get("/operator/emergencies")
    assert "Dr. Sato" in page.text
    form = page.form_to(str(access))
    operator.post(form, 422, finding="justified", note="")
    operator.post(form, finding="justified", note="The hospital confirmed it.")
    assert "The hospital confirmed it." in operator.get("/operator/emergencies").text
    assert "Justified" in person.get("/emergency").text
