"""Paragraphs that only some notices have: abroad, decisions, special care; pure.

The texts belong to the template of the notice (`consent.notice_words`): whoever changes
one raises its version.
"""

from collections.abc import Mapping
from typing import Final

from consent import confirmations, wording
from consent.confirmations import PARAGRAPHS, Confirmation
from consent.country_facts import CountryFacts, Ground
from consent.recipients import RecipientProfile
from consent.terms import DataProvision
from pds.core.vocabulary import countries, purposes

_GROUNDS: Final[Mapping[str, Mapping[Ground, str]]] = {
    "ja": {
        Ground.CONSENT: (
            "この国への提供についてのあなたの同意"
            "（個人情報の保護に関する法律 第28条第1項）"
        ),
        Ground.DESIGNATED: (
            "日本と同等の水準の国としての指定（同法 第28条第1項）と、あなたの同意"
        ),
        Ground.EQUIVALENT: (
            "日本の法律と同等の措置（同法 第28条第1項、第3項）と、あなたの同意。"
            "措置のくわしい内容は、いつでも問い合わせできます"
        ),
    },
    "en": {
        Ground.CONSENT: (
            "your consent to giving data to this country (Act on the Protection of "
            "Personal Information, article 28(1))"
        ),
        Ground.DESIGNATED: (
            "the country is designated as equal to Japan (article 28(1) of the Act), "
            "and your consent"
        ),
        Ground.EQUIVALENT: (
            "measures equal to those of the law (article 28(1) and (3) of the Act), "
            "and your consent; ask at any time for the measures in detail"
        ),
    },
}
_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "ja": {
        "country_name": "{country}",
        "country_check": "{bank}が{day}に確かめました。根拠：{ground}。",
        "decision": (
            "あなたについての評価や決定に使われ、結果はあなたに大きく影響します。"
            "しくみ：{logic}"
        ),
        "human_contact": ("結果の理由を人が説明し、見直します。{recipient}：{contact}"),
        "special_care": (
            "病歴や検査の結果などの「要配慮個人情報」が含まれます。体の状態だけで"
            "なく、血のつながった家族のことまで推測されることがあります。意味の"
            "わからないものは渡さないでおき、医師や{bank}に聞いてから決められます。"
        ),
        "unknown": "まだ確かめていません。確かめるまで、この国には何も渡りません。",
    },
    "en": {
        "country_name": "{country}",
        "country_check": "{bank} checked this on {day}. Ground: {ground}.",
        "decision": (
            "The data is used to judge you or to decide about you, and the result "
            "affects you strongly. How it works: {logic}"
        ),
        "human_contact": (
            "A human explains the reasons and looks at the result again. "
            "{recipient}: {contact}"
        ),
        "special_care": (
            "Some of this is special-care data, such as illnesses and results of "
            "tests. It may tell of your body, and even of your blood relatives. You "
            "can leave out what you do not understand, and ask a doctor or {bank} "
            "before you decide."
        ),
        "unknown": "Not checked yet. Until it is, nothing goes to this country.",
    },
}


def texts(
    terms: DataProvision,
    recipient: RecipientProfile,
    bank: str,
    country: CountryFacts | None,
    language: str,
) -> dict[str, str]:
    """Return the paragraphs by id that these terms need, none that they do not.

    Args:
        terms: what is asked for.
        recipient: who asks.
        bank: name of the bank in this language.
        country: what is known of the foreign country, if anything counts now.
        language: `ja` or `en`.
    """
    needed = confirmations.needed(terms)
    filled = {
        "bank": bank,
        "recipient": {"ja": recipient.name_ja, "en": recipient.name_en}[language],
        "contact": recipient.contact,
        "country": countries.name(terms.country, language),
        "logic": purposes.get(terms.purpose).logic.get(language, ""),
    }
    found = {
        name: _TEXTS[language][name].format_map(filled)
        for each in needed
        for name in PARAGRAPHS[each]
        if name in _TEXTS[language] and name != "country_check"
    }
    if Confirmation.CROSS_BORDER in needed:
        found |= _of_country(country, bank, language)
    return found


def _of_country(
    country: CountryFacts | None, bank: str, language: str
) -> dict[str, str]:
    texts = _TEXTS[language]
    if country is None:
        names = ("country_system", "country_measures", "country_check")
        return dict.fromkeys(names, texts["unknown"])
    return {
        "country_system": getattr(country, f"system_{language}"),
        "country_measures": getattr(country, f"measures_{language}"),
        "country_check": texts["country_check"].format(
            bank=bank,
            day=wording.day(country.checked_on, language),
            ground=_GROUNDS[language][country.ground],
        ),
    }
