"""The form of an offer: read into a template, and a template back into the form.

Benefit, its condition and when it comes are asked for one by one and said together, so
that no promise is without them (N-08).
"""

import re
from datetime import datetime, timedelta
from typing import Final

from flask_babel import gettext as _

from consent.offers import OfferTemplate
from consent.terms import (
    Access,
    AccessMode,
    Afterwards,
    AfterWithdrawal,
    Benefit,
    BenefitKind,
    DataProvision,
    ProvisionForm,
    TermsDocument,
    Window,
)
from pds.core.clock import TOKYO
from pds.core.errors import Invalid
from pds.core.vocabulary import DetailLevel, categories, questions
from pds.core.vocabulary.purposes import Purpose
from pds.web.forms import Form

_DAYS: Final = 36_500
_PARTS: Final = ("benefit", "condition", "due")
_JA: Final = re.compile(r"(.*)（条件：(.*)。時期：(.*)）", re.DOTALL)
_EN: Final = re.compile(r"(.*) \(condition: (.*); when: (.*)\)", re.DOTALL)
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")


def askable(purpose: Purpose) -> list[str]:
    """Return the categories that may be asked for a purpose, in vocabulary order."""
    return [each for each in categories.ALL if purpose.ceiling(each)]


def read(form: Form, purpose: Purpose, now: datetime) -> OfferTemplate | None:
    """Read the form; complaints go into it, and None comes back."""
    needed = _("Fill this in.")
    title_ja = form.text("title_ja", needed=needed, longest=100)
    title_en = form.text("title_en", needed=needed, longest=100)
    window = _number(form, "window_days", least=0)
    validity = _number(form, "validity_days", least=1)
    made = _provision(form, purpose, now, window, validity)
    if made is None:
        return None
    return OfferTemplate(
        provision=made,
        window_days=window,
        validity_days=validity,
        title_ja=title_ja,
        title_en=title_en,
    )


def fill(template: OfferTemplate) -> Form:
    """Return the form as it would read into this template."""
    terms, after = template.provision, template.provision.after_withdrawal
    values = {
        "title_ja": template.title_ja,
        "title_en": template.title_en,
        "category": " ".join(each.id for each in categories.expand(terms.categories)),
        "detail": terms.detail.value,
        "question": terms.question or "",
        "window_days": str(template.window_days),
        "validity_days": str(template.validity_days),
        "mode": terms.access.mode.value,
        "max_per_day": str(terms.access.max_per_day or ""),
        "way": terms.form.value,
        "retention_days": str(terms.retention_days),
        "after": after.action.value,
        "within_days": "" if after.within_days is None else str(after.within_days),
        "country": terms.country,
        "terms_uri": terms.terms.uri,
        "terms_sha256": terms.terms.sha256,
    }
    return Form(values | _benefit_values(terms.benefit))


def _provision(
    form: Form, purpose: Purpose, now: datetime, window: int, validity: int
) -> DataProvision | None:
    chosen = form.choices(
        "category", askable(purpose), needed=_("Tick at least one kind of data.")
    )
    detail = form.choice("detail", list(DetailLevel), needed=_("Choose from the list."))
    question = form.text("question")
    if question and question not in questions.ALL:
        form.fail("question", _("Choose from the list."))
    way = form.choice("way", list(ProvisionForm), needed=_("Choose from the list."))
    retention = _number(form, "retention_days", least=0)
    access = _access(form, now + timedelta(days=validity))
    after, benefit = _after(form), _benefit(form)
    country = form.text("country", longest=2).upper()
    if not _COUNTRY.fullmatch(country):
        form.fail("country", _("Enter the two letters of the country."))
    document = _document(form)
    if not form.is_good or after is None or access is None:
        return None
    first = now.astimezone(TOKYO).date() - timedelta(days=window)
    try:
        return DataProvision(
            purpose=purpose.id,
            categories=tuple(sorted(chosen)),
            detail=DetailLevel(detail),
            question=question or None,
            window=Window(first),
            access=access,
            form=ProvisionForm(way),
            retention_days=retention,
            after_withdrawal=after,
            country=country,
            terms=document,
            benefit=benefit,
        )
    except Invalid:
        form.fail("detail", _("Detail, question, form and retention do not fit."))
        return None


def _access(form: Form, until: datetime) -> Access | None:
    mode = form.choice("mode", list(AccessMode), needed=_("Choose from the list."))
    most = None
    if form.text("max_per_day"):
        most = _number(form, "max_per_day", least=1)
    if not form.is_good:
        return None
    try:
        return Access(AccessMode(mode), until.replace(microsecond=0), most)
    except Invalid:
        form.fail("max_per_day", _("A single fetch has no number a day."))
        return None


def _after(form: Form) -> AfterWithdrawal | None:
    action = form.choice("after", list(Afterwards), needed=_("Choose from the list."))
    within = None
    if form.text("within_days"):
        within = _number(form, "within_days", least=0)
    if not form.is_good:
        return None
    try:
        return AfterWithdrawal(Afterwards(action), within)
    except Invalid:
        form.fail("within_days", _("Days belong to erasing, and only to it."))
        return None


def _document(form: Form) -> TermsDocument:
    uri = form.text("terms_uri", needed=_("Fill this in."))
    if uri and not uri.startswith("https://"):
        form.fail("terms_uri", _("Each address must be an exact https address."))
    digest = form.text("terms_sha256", longest=64)
    if not _HASH.fullmatch(digest):
        form.fail("terms_sha256", _("Enter the 64 characters of the SHA-256."))
    return TermsDocument(uri, digest)


def _benefit(form: Form) -> Benefit | None:
    """Read the benefit; all its parts, or none for no benefit at all."""
    kind = form.choice(
        "benefit_kind", ["none", *BenefitKind], needed=_("Choose from the list.")
    )
    if kind in ("", "none"):
        return None
    said = {
        (part, language): form.text(
            f"{part}_{language}", needed=_("Fill this in."), longest=60
        )
        for part in _PARTS
        for language in ("ja", "en")
    }
    what, condition, due = (said[part, "ja"] for part in _PARTS)
    ja = f"{what}（条件：{condition}。時期：{due}）"
    what, condition, due = (said[part, "en"] for part in _PARTS)
    return Benefit(
        BenefitKind(kind), ja, f"{what} (condition: {condition}; when: {due})"
    )


def _benefit_values(benefit: Benefit | None) -> dict[str, str]:
    if benefit is None:
        return {"benefit_kind": "none"}
    values = {"benefit_kind": benefit.kind.value}
    for language, said, shape in (("ja", benefit.ja, _JA), ("en", benefit.en, _EN)):
        found = shape.fullmatch(said)
        parts = found.groups() if found else (said, "", "")
        for part, text in zip(_PARTS, parts, strict=True):
            values[f"{part}_{language}"] = text
    return values


def _number(form: Form, field: str, *, least: int) -> int:
    return form.whole_number(
        field, least=least, most=_DAYS, needed=_("Enter a whole number.")
    )
