"""Parses the sentences of consent terms back into what they claim.

The grammar is strict: a sentence that it does not know whole is an error, so nothing
can be said that no claim stands for.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from consent.terms import AccessMode, Afterwards, BenefitKind, ProvisionForm
from pds.core.clock import TOKYO
from pds.core.vocabulary import (
    DetailLevel,
    categories,
    countries,
    elements,
    purposes,
    questions,
)


@dataclass(frozen=True)
class Claims:
    """What sentences say; every member is compared with what is enforced."""

    purpose: str
    categories: frozenset[str]
    detail: DetailLevel
    question: str | None
    left_out: frozenset[str]
    first_day: date
    last_day: date | None
    looks_back: int | None
    mode: AccessMode
    until: datetime
    max_per_day: int | None
    form: ProvisionForm
    retention_days: int
    after: tuple[Afterwards, int | None]
    onward: tuple[str, ...]
    country: str
    benefit: tuple[BenefitKind, str] | None
    document: tuple[str, str]


_DAY = {
    "ja": r"(\d+)年(\d+)月(\d+)日",
    "en": r"(\d+) ([A-Z][a-z]+) (\d+)",
}
_MONTHS = [
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
]
_JOIN = {"ja": "、", "en": ", "}
_DETAILS = {
    "ja": {
        "一件ごとの記録を渡します。": DetailLevel.RECORD,
        "一日ごとにまとめた値（件数、合計または平均・最小・最大）だけを、"
        "その日が終わってから渡します。時刻、記録の番号、店や品の名前、"
        "自由に書いた文は渡しません。": DetailLevel.DAY,
        "一か月ごとにまとめた値（件数、合計または平均・最小・最大）だけを、"
        "その月が終わってから渡します。日付、時刻、記録の番号、店や品の名前、"
        "自由に書いた文は渡しません。": DetailLevel.MONTH,
    },
    "en": {
        "Each record is given.": DetailLevel.RECORD,
        "Only values summed up by day are given (how many, and the sum or the mean, "
        "least and greatest), once the day is over. No times, record numbers, names "
        "of shops or goods, or free text.": DetailLevel.DAY,
        "Only values summed up by month are given (how many, and the sum or the mean, "
        "least and greatest), once the month is over. No days, times, record numbers, "
        "names of shops or goods, or free text.": DetailLevel.MONTH,
    },
}
_QUESTION = {
    "ja": "次の質問に「はい」「いいえ」「わからない」のどれかだけを答えます："
    "「{0.name}」{0.explanation}",
    "en": "Only yes, no or unknown is given to: “{0.name}” {0.explanation}",
}
_WINDOWS = {
    "ja": (
        r"(?P<first>{day})以降のデータ。これから増える分も含みます。",
        r"(?P<first>{day})から(?P<last>{day})までのデータ。",
        r"答えるたびに、その前の日までの(?P<back>\d+)日間を見ます（(?P<first>{day})以降）。",
    ),
    "en": (
        r"Data since (?P<first>{day}), including what is still to come\.",
        r"Data from (?P<first>{day}) to (?P<last>{day})\.",
        (
            r"Each answer looks at the (?P<back>\d+) days before it "
            r"\(since (?P<first>{day})\)\."
        ),
    ),
}
_ACCESS = {
    "ja": (
        r"(?P<until>{moment})までに、(?P<once>一回だけ)。",
        (
            r"(?P<until>{moment})まで、くり返し。"
            r"(?:一日に(?P<most>\d+)回までです|一日の回数は目的ごとの上限までです)。"
        ),
    ),
    "en": (
        r"(?P<once>One time) only, before (?P<until>{moment})\.",
        (
            r"Again and again until (?P<until>{moment}), "
            r"(?:up to (?P<most>\d+) a day|as often in a day as the limit of the "
            r"purpose allows)\."
        ),
    ),
}
_MOMENT = {
    "ja": r"{day} \d\d:\d\d(?::\d\d)?",
    "en": r"{day}, \d\d:\d\d(?::\d\d)? \(Japan time\)",
}
_FORMS = {
    "データの写しを渡します。": ProvisionForm.COPY,
    "画面で見せるだけで、写しは渡しません。"
    "画面の撮影までは防げません。": ProvisionForm.VIEW_ONLY,
    "A copy of the data is given.": ProvisionForm.COPY,
    "It is only shown on a screen; no copy."
    " A photograph cannot be prevented.": ProvisionForm.VIEW_ONLY,
}
_RETENTION = {
    "ja": r"相手は受け取ってから(\d+)日以内に消します。|相手はデータを保存しません。",
    "en": r"They erase it within (\d+) days of receiving it\."
    r"|They do not keep the data\.",
}
_AFTER = {
    "すでに渡したデータは、相手が持ち続けて使うことがあります。": Afterwards.NONE,
    "すでに渡したデータの利用を、相手はすぐにやめます。": Afterwards.STOP_USE,
    "They may keep and use the data that they already have.": Afterwards.NONE,
    "They stop using the data that they already have at once.": Afterwards.STOP_USE,
}
_DELETE = {
    "ja": r"すでに渡したデータの利用を相手はすぐにやめ、(\d+)日以内に消します。",
    "en": r"They stop using the data that they already have at once and erase it "
    r"within (\d+) days\.",
}
_ONWARD = {
    "ja": r"相手がほかに渡すことは禁じられています。"
    r"|相手は次のところに渡すことがあります：(.+)",
    "en": r"They are not allowed to pass it on\.|They may pass it on to: (.+)",
}
_COUNTRY = {
    "ja": r"データは日本で取り扱います。|データは外国（(.+)）で取り扱います。",
    "en": r"The data is handled in Japan\."
    r"|The data is handled in a foreign country \((.+)\)\.",
}
_BENEFIT = {
    "ja": ("お金", "ポイント", "クーポン", "サービス", "気づき・助言", "社会への貢献"),
    "en": ("Money", "Points", "Coupon", "Service", "Insight", "Public good"),
}
_LEFT_OUT = {
    "ja": (
        "記録そのものは渡しません。",
        "記録から除くものはありません。",
        r"記録から次のものを除きます：(.+)。",
    ),
    "en": (
        "The records themselves are not given.",
        "Nothing is left out of a record.",
        r"Left out of each record: (.+)\.",
    ),
}


def parse(said: dict[str, str], language: str) -> Claims:
    """Return what sentences claim, by the term that each speaks of.

    Raises:
        ValueError, KeyError, AttributeError: a sentence is none of the grammar's.
    """
    detail, question = _detail(said["detail"], language)
    window = _one_of(_WINDOWS[language], said["window"], language)
    access = _one_of(_ACCESS[language], said["access"], language)
    last, back, most = window.get("last"), window.get("back"), access.get("most")
    return Claims(
        purpose=_purpose(said["purpose"], language),
        categories=_categories(said["categories"], language),
        detail=detail,
        question=question,
        left_out=_left_out(said["left_out"], language),
        first_day=_day(window["first"], language),
        last_day=_day(last, language) if last else None,
        looks_back=int(back) if back else None,
        mode=AccessMode.ONCE if access.get("once") else AccessMode.RECURRING,
        until=_moment(access["until"], language),
        max_per_day=int(most) if most else None,
        form=_FORMS[said["form"]],
        retention_days=int(_whole(_RETENTION[language], said["retention_days"]) or 0),
        after=_after(said["after_withdrawal"], language),
        onward=tuple(_listed(_whole(_ONWARD[language], said["onward"]), language)),
        country=_country(_whole(_COUNTRY[language], said["country"]), language),
        benefit=_benefit(said["benefit"], language),
        document=re.fullmatch(
            r"(\S+) \(SHA-256 ([0-9a-f]{64})\)", said["terms"]
        ).groups(),
    )


def _whole(pattern, text):
    found = re.fullmatch(pattern, text, re.DOTALL)
    if found is None:
        raise ValueError(text)
    return found[1]


def _one_of(patterns, text, language):
    day = re.sub(r"\((?!\?)", "(?:", _DAY[language])
    moment = _MOMENT[language].replace("{day}", day)
    for pattern in patterns:
        filled = pattern.replace("{day}", day).replace("{moment}", moment)
        found = re.fullmatch(filled, text)
        if found:
            return found.groupdict()
    raise ValueError(text)


def _day(text, language):
    one, two, three = re.match(_DAY[language], text).groups()
    if language == "ja":
        return date(int(one), int(two), int(three))
    return date(int(three), _MONTHS.index(two) + 1, int(one))


def _moment(text, language):
    parts = [int(each) for each in re.search(r"\d\d:\d\d(:\d\d)?", text)[0].split(":")]
    at = datetime.combine(_day(text, language), datetime.min.time(), TOKYO)
    hour, minute, *second = parts
    at = at.replace(hour=hour, minute=minute, second=second[0] if second else 0)
    return at.astimezone(UTC)


def _by_name(found, language):
    """Return ids by what one language calls them; two of one name are an error."""
    names = {getattr(words, language).name: name for name, words in found.items()}
    if len(names) != len(found):
        raise ValueError("Two things have one name.")
    return names


def _purpose(text, language):
    mark = {"ja": "：", "en": ": "}[language]
    said = {
        f"{words.name}{mark}{words.explanation}": name
        for name, each in purposes.ALL.items()
        for words in [getattr(each.words, language)]
    }
    return said[text]


def _categories(text, language):
    known = {each.id: each.words for each in categories.ALL.values()}
    names = _by_name(known | dict(categories.GROUPS), language)
    found = [names[each] for each in _listed(text, language, names)]
    return frozenset(each.id for each in categories.expand(found))


def _listed(text, language, names=None):
    """Split a list; a name may hold the mark between two names."""
    if text is None:
        return []
    if names is None:
        return text.split(_JOIN[language])
    found, rest = [], text
    while rest:
        name = max((n for n in names if rest.startswith(n)), key=len)
        found.append(name)
        rest = rest[len(name) :]
        if rest:
            if not rest.startswith(_JOIN[language]):
                raise ValueError(text)
            rest = rest[len(_JOIN[language]) :]
    return found


def _detail(text, language):
    if text in _DETAILS[language]:
        return _DETAILS[language][text], None
    said = {
        _QUESTION[language].format(getattr(each.words, language)): each.id
        for each in questions.ALL.values()
    }
    return DetailLevel.ANSWER, said[text]


def _left_out(text, language):
    no_records, nothing, some = _LEFT_OUT[language]
    if text in (no_records, nothing):
        return frozenset({"records"} if text == no_records else set())
    found = _by_name({g.id: g.words for g in elements.ALL.values()}, language)
    return frozenset(found[n] for n in _listed(_whole(some, text), language, found))


def _after(text, language):
    if text in _AFTER:
        return _AFTER[text], None
    return Afterwards.DELETE, int(_whole(_DELETE[language], text))


def _country(name, language):
    if name is None:
        return countries.HOME
    (found,) = [c for c in countries.FOREIGN if countries.name(c, language) == name]
    return found


def _benefit(text, language):
    if text in ("あなたが受け取るものはありません。", "You get nothing in return."):
        return None
    mark = {"ja": "：", "en": ": "}[language]
    kind, text = text.split(mark, 1)
    return list(BenefitKind)[_BENEFIT[language].index(kind)], text
