"""Says how detailed the data is that goes; pure."""

from consent.terms import DataProvision
from pds.core.vocabulary import DetailLevel, categories, elements, questions

_DETAIL = {
    DetailLevel.RECORD: (
        "一件ごとの記録を渡します。",
        "Each record is given.",
    ),
    DetailLevel.DAY: (
        (
            "一日ごとにまとめた値（件数、合計または平均・最小・最大）だけを、"
            "その日が終わってから渡します。時刻、記録の番号、店や品の名前、"
            "自由に書いた文は渡しません。"
        ),
        (
            "Only values summed up by day are given (how many, and the sum or the "
            "mean, least and greatest), once the day is over. No times, record "
            "numbers, names of shops or goods, or free text."
        ),
    ),
    DetailLevel.MONTH: (
        (
            "一か月ごとにまとめた値（件数、合計または平均・最小・最大）だけを、"
            "その月が終わってから渡します。日付、時刻、記録の番号、店や品の名前、"
            "自由に書いた文は渡しません。"
        ),
        (
            "Only values summed up by month are given (how many, and the sum or the "
            "mean, least and greatest), once the month is over. No days, times, "
            "record numbers, names of shops or goods, or free text."
        ),
    ),
}


def say(terms: DataProvision) -> tuple[str, str]:
    """Say the level of detail in Japanese and in English."""
    if terms.question is None:
        return _DETAIL[terms.detail]
    words = questions.get(terms.question).words
    return (
        (
            "次の質問に「はい」「いいえ」「わからない」のどれかだけを答えます："
            f"「{words.ja.name}」{words.ja.explanation}"
        ),
        (
            "Only yes, no or unknown is given to: "
            f"“{words.en.name}” {words.en.explanation}"
        ),
    )


def say_left_out(terms: DataProvision) -> tuple[str, str]:
    """Say what a record is given without; the same list leaves it out."""
    if terms.detail is not DetailLevel.RECORD:
        return "記録そのものは渡しません。", "The records themselves are not given."
    chosen = [each.id for each in categories.expand(terms.categories)]
    left_out = elements.groups_left_out(terms.purpose, chosen)
    if not left_out:
        return "記録から除くものはありません。", "Nothing is left out of a record."
    return (
        f"記録から次のものを除きます：{'、'.join(g.words.ja.name for g in left_out)}。",
        f"Left out of each record: {', '.join(g.words.en.name for g in left_out)}.",
    )
