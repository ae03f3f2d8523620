"""Says terms in words, in Japanese and in English; pure.

One sentence for each term, written from the same object that the engine enforces, so
that the person reads exactly what will be done. Two terms that differ in anything that
is enforced never read alike; a property test holds that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from consent import detail_words
from consent.terms import (
    AccessMode,
    Afterwards,
    BenefitKind,
    DataProvision,
    ProvisionForm,
)
from pds.core.clock import TOKYO
from pds.core.vocabulary import (
    DetailLevel,
    categories,
    countries,
    purposes,
    questions,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One term in words.

    Attributes:
        term: the member of the terms that it speaks of; `left_out` follows from
            purpose, categories and detail.
        heading: a few words that say what it is about.
        text: the sentence.
    """

    term: str
    heading: str
    text: str


_HEADINGS: Mapping[str, tuple[str, str]] = {
    "purpose": ("利用目的", "What it is used for"),
    "categories": ("渡すデータ", "Data that is given"),
    "detail": ("くわしさ", "How detailed"),
    "left_out": ("記録から除くもの", "What is left out"),
    "window": ("データの期間", "Period of the data"),
    "access": ("回数と期限", "How often and until when"),
    "form": ("渡し方", "How it is given"),
    "retention_days": ("相手の保存期間", "How long they keep it"),
    "after_withdrawal": ("同意をやめたあと", "After you withdraw"),
    "onward": ("さらに渡す相手", "Passing it on"),
    "country": ("取り扱う国", "Country"),
    "benefit": ("あなたへの便益", "What you get"),
    "terms": ("相手の規約", "Their terms"),
}

_FORM = {
    ProvisionForm.COPY: (
        "データの写しを渡します。",
        "A copy of the data is given.",
    ),
    ProvisionForm.VIEW_ONLY: (
        "画面で見せるだけで、写しは渡しません。画面の撮影までは防げません。",
        "It is only shown on a screen; no copy. A photograph cannot be prevented.",
    ),
}
_AFTER = {
    Afterwards.NONE: (
        "すでに渡したデータは、相手が持ち続けて使うことがあります。",
        "They may keep and use the data that they already have.",
    ),
    Afterwards.STOP_USE: (
        "すでに渡したデータの利用を、相手はすぐにやめます。",
        "They stop using the data that they already have at once.",
    ),
}
_BENEFIT = {
    BenefitKind.MONEY: ("お金", "Money"),
    BenefitKind.POINTS: ("ポイント", "Points"),
    BenefitKind.COUPON: ("クーポン", "Coupon"),
    BenefitKind.SERVICE: ("サービス", "Service"),
    BenefitKind.INSIGHT: ("気づき・助言", "Insight"),
    BenefitKind.PUBLIC_GOOD: ("社会への貢献", "Public good"),
}
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def sentences(terms: DataProvision, language: str) -> tuple[Sentence, ...]:
    """Say every term, in the order in which a person wants to know.

    Args:
        terms: what is asked for or was agreed.
        language: `ja` or `en`; anything else is a KeyError.
    """
    column = {"ja": 0, "en": 1}[language]
    return tuple(
        Sentence(term, _HEADINGS[term][column], say(terms)[column])
        for term, say in _SAY.items()
    )


def day(which: date, language: str) -> str:
    """Say a day, in `ja` or `en`."""
    return {"ja": _day_ja, "en": _day_en}[language](which)


def _purpose(terms: DataProvision) -> tuple[str, str]:
    words = purposes.get(terms.purpose).words
    return (
        f"{words.ja.name}：{words.ja.explanation}",
        f"{words.en.name}: {words.en.explanation}",
    )


def _categories(terms: DataProvision) -> tuple[str, str]:
    words = [categories.words(prefix) for prefix in terms.categories]
    return (
        "、".join(word.ja.name for word in words),
        ", ".join(word.en.name for word in words),
    )


def _window(terms: DataProvision) -> tuple[str, str]:
    first, last = terms.window.first, terms.window.last
    if terms.question is not None:
        days = questions.get(terms.question).days
        return (
            f"答えるたびに、その前の日までの{days}日間を見ます（{_day_ja(first)}以降）。",
            (
                f"Each answer looks at the {days} days before it (since "
                f"{_day_en(first)})."
            ),
        )
    if last is None:
        return (
            f"{_day_ja(first)}以降のデータ。これから増える分も含みます。",
            f"Data since {_day_en(first)}, including what is still to come.",
        )
    return (
        f"{_day_ja(first)}から{_day_ja(last)}までのデータ。",
        f"Data from {_day_en(first)} to {_day_en(last)}.",
    )


def _access(terms: DataProvision) -> tuple[str, str]:
    access = terms.access
    until_ja, until_en = _moment_ja(access.until), _moment_en(access.until)
    if access.mode is AccessMode.ONCE:
        return (
            f"{until_ja}までに、一回だけ。",
            f"One time only, before {until_en}.",
        )
    if terms.detail is DetailLevel.ANSWER:
        return (
            f"{until_ja}まで、くり返し。一日に1回までです。",
            f"Again and again until {until_en}, up to 1 a day.",
        )
    if access.max_per_day is None:
        return (
            f"{until_ja}まで、くり返し。一日の回数は目的ごとの上限までです。",
            (
                f"Again and again until {until_en}, as often in a day as the limit of "
                "the purpose allows."
            ),
        )
    return (
        f"{until_ja}まで、くり返し。一日に{access.max_per_day}回までです。",
        f"Again and again until {until_en}, up to {access.max_per_day} a day.",
    )


def _form(terms: DataProvision) -> tuple[str, str]:
    return _FORM[terms.form]


def _retention(terms: DataProvision) -> tuple[str, str]:
    if terms.retention_days == 0:
        return (
            "相手はデータを保存しません。",
            "They do not keep the data.",
        )
    return (
        f"相手は受け取ってから{terms.retention_days}日以内に消します。",
        f"They erase it within {terms.retention_days} days of receiving it.",
    )


def _after(terms: DataProvision) -> tuple[str, str]:
    after = terms.after_withdrawal
    if after.within_days is None:
        return _AFTER[after.action]
    return (
        (
            "すでに渡したデータの利用を相手はすぐにやめ、"
            f"{after.within_days}日以内に消します。"
        ),
        (
            "They stop using the data that they already have at once and erase it "
            f"within {after.within_days} days."
        ),
    )


def _onward(terms: DataProvision) -> tuple[str, str]:
    if not terms.onward:
        return (
            "相手がほかに渡すことは禁じられています。",
            "They are not allowed to pass it on.",
        )
    return (
        f"相手は次のところに渡すことがあります：{'、'.join(terms.onward)}",
        f"They may pass it on to: {', '.join(terms.onward)}",
    )


def _country(terms: DataProvision) -> tuple[str, str]:
    if terms.country == countries.HOME:
        return ("データは日本で取り扱います。", "The data is handled in Japan.")
    return (
        f"データは外国（{countries.name(terms.country, 'ja')}）で取り扱います。",
        (
            "The data is handled in a foreign country "
            f"({countries.name(terms.country, 'en')})."
        ),
    )


def _benefit(terms: DataProvision) -> tuple[str, str]:
    if terms.benefit is None:
        return (
            "あなたが受け取るものはありません。",
            "You get nothing in return.",
        )
    kind_ja, kind_en = _BENEFIT[terms.benefit.kind]
    return f"{kind_ja}：{terms.benefit.ja}", f"{kind_en}: {terms.benefit.en}"


def _terms(terms: DataProvision) -> tuple[str, str]:
    text = f"{terms.terms.uri} (SHA-256 {terms.terms.sha256})"
    return text, text


_SAY: Mapping[str, Callable[[DataProvision], tuple[str, str]]] = {
    "purpose": _purpose,
    "categories": _categories,
    "detail": detail_words.say,
    "left_out": detail_words.say_left_out,
    "window": _window,
    "access": _access,
    "form": _form,
    "retention_days": _retention,
    "after_withdrawal": _after,
    "onward": _onward,
    "country": _country,
    "benefit": _benefit,
    "terms": _terms,
}


def _day_ja(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _day_en(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _clock(moment: datetime) -> str:
    return moment.strftime("%H:%M:%S" if moment.second else "%H:%M")


def _moment_ja(moment: datetime) -> str:
    local = moment.astimezone(TOKYO)
    return f"{_day_ja(local.date())} {_clock(local)}"


def _moment_en(moment: datetime) -> str:
    local = moment.astimezone(TOKYO)
    return f"{_day_en(local.date())}, {_clock(local)} (Japan time)"
