"""Reasons of a judgement in plain words of both languages (D-06).

`WORDS` speak to the person and stand in the record, so they change only with the rule
version. `FOR_AUDITOR` speak of the person. A recipient is told neither: it would learn
that there is an instruction.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from consent.judgement import JudgementReason as R

WORDS: Final[Mapping[R, Mapping[str, str]]] = MappingProxyType(
    {
        R.NEVER: {
            "ja": "あなたは「渡さない」と指示しています。",
            "en": "You said “never”.",
        },
        R.NOT_PERMITTED: {
            "ja": "契約、認証、審査会の決定、上限のどれかが欠けています。",
            "en": "A contract, certificate, board decision or ceiling forbids it.",
        },
        R.MANDATE_NONE: {
            "ja": "あなたは情報銀行に判断を任せていません。",
            "en": "You have not entrusted decisions to the bank.",
        },
        R.MANDATE_OUTDATED: {
            "ja": "新しい規約をまだ受け入れていません。",
            "en": "You have not accepted the new terms yet.",
        },
        R.TERMS_UNDECIDED: {
            "ja": "今の規約には、データ倫理審査会の有効な決定がありません。",
            "en": "The terms have no decision of the ethics board in force.",
        },
        R.AGE_UNKNOWN: {
            "ja": "あなたの年齢がわかりません。",
            "en": "Your age is not known.",
        },
        R.UNDER_AGE: {
            "ja": "まだ一人で決められる年齢ではありません。",
            "en": "You are not old enough to decide alone.",
        },
        R.AGENT: {
            "ja": "あなたの代わりに決める人がいます。",
            "en": "Somebody may decide for you.",
        },
        R.SPECIAL_CARE: {
            "ja": "特に配慮が必要なデータは、必ずあなたに聞きます。",
            "en": "Data that needs special care is always put before you.",
        },
        R.SIGNIFICANT: {
            "ja": "生活に大きく影響する目的は、必ずあなたに聞きます。",
            "en": "A purpose that greatly affects your life is always put before you.",
        },
        R.LOCATION: {
            "ja": "居場所のデータは、必ずあなたに聞きます。",
            "en": "Your whereabouts are always put before you.",
        },
        R.MAY_IMPLY: {
            "ja": "買い物の中身から病気や信条がわかることがあるため、必ず聞きます。",
            "en": "Single purchases may tell of illness or belief, so you are asked.",
        },
        R.ABROAD: {
            "ja": "外国への提供は、必ずあなたに聞きます。",
            "en": "Giving data abroad is always put before you.",
        },
        R.PROCESSOR_ABROAD: {
            "ja": "相手の委託先が外国でデータを扱うため、必ずあなたに聞きます。",
            "en": "A processor of the recipient handles it abroad, so you are asked.",
        },
        R.ONWARD: {
            "ja": "相手がほかにも渡す提案は、必ずあなたに聞きます。",
            "en": "What is passed on to others is always put before you.",
        },
        R.ANSWERED: {
            "ja": "この提案には、あなたがすでに答えています。",
            "en": "You have answered this offer already.",
        },
        R.INSTRUCTED: {
            "ja": "あなたは「その都度聞く」と指示しています。",
            "en": "You said “ask me”.",
        },
        R.NOT_ALLOWED: {
            "ja": "任せる指示に当てはまらないデータがあります。",
            "en": "Some of the data is in no instruction to allow.",
        },
        R.BOUND_SENSITIVITY: {
            "ja": "指示で許したより慎重さが必要なデータです。",
            "en": "The data needs more care than you allowed.",
        },
        R.BOUND_DETAIL: {
            "ja": "指示で許したよりくわしいデータです。",
            "en": "It is more detailed than you allowed.",
        },
        R.BOUND_WINDOW: {
            "ja": "指示で許したより古いデータまで含みます。",
            "en": "It reaches further back than you allowed.",
        },
        R.BOUND_RETENTION: {
            "ja": "相手の保存期間が、指示で許したより長くなります。",
            "en": "It would be kept longer than you allowed.",
        },
        R.BOUND_VALIDITY: {
            "ja": "渡す期間が、指示で許したより長くなります。",
            "en": "It would be given longer than you allowed.",
        },
        R.BOUND_FORM: {
            "ja": "指示で許していない渡し方です。",
            "en": "It would be given in a form that you did not allow.",
        },
        R.BOUND_COUNTRY: {
            "ja": "指示で許していない国です。",
            "en": "It would be handled in a country that you did not allow.",
        },
        R.ALLOWED: {
            "ja": "あなたの指示の範囲に、すべて入っています。",
            "en": "All of it lies within your instructions.",
        },
    }
)
"""What each reason means to the person."""

FOR_AUDITOR: Final[Mapping[R, Mapping[str, str]]] = MappingProxyType(
    {
        R.NEVER: {
            "ja": "本人は「渡さない」と指示しています。",
            "en": "The person said “never”.",
        },
        R.NOT_PERMITTED: {
            "ja": "契約、認証、審査会の決定、上限のどれかが欠けています。",
            "en": "A contract, certificate, board decision or ceiling forbids it.",
        },
        R.MANDATE_NONE: {
            "ja": "本人は情報銀行に判断を任せていません。",
            "en": "The person has not entrusted decisions to the bank.",
        },
        R.MANDATE_OUTDATED: {
            "ja": "本人は新しい規約をまだ受け入れていません。",
            "en": "The person has not accepted the new terms yet.",
        },
        R.TERMS_UNDECIDED: {
            "ja": "今の規約には、データ倫理審査会の有効な決定がありません。",
            "en": "The terms have no decision of the ethics board in force.",
        },
        R.AGE_UNKNOWN: {
            "ja": "本人の年齢がわかりません。",
            "en": "The person's age is not known.",
        },
        R.UNDER_AGE: {
            "ja": "本人は、まだ一人で決められる年齢ではありません。",
            "en": "The person is not old enough to decide alone.",
        },
        R.AGENT: {
            "ja": "本人の代わりに決める人がいます。",
            "en": "Somebody may decide for the person.",
        },
        R.SPECIAL_CARE: {
            "ja": "特に配慮が必要なデータは、必ず本人に聞きます。",
            "en": "Data that needs special care is always put before the person.",
        },
        R.SIGNIFICANT: {
            "ja": "生活に大きく影響する目的は、必ず本人に聞きます。",
            "en": "A purpose that greatly affects a life is put before the person.",
        },
        R.LOCATION: {
            "ja": "居場所のデータは、必ず本人に聞きます。",
            "en": "Whereabouts are always put before the person.",
        },
        R.MAY_IMPLY: {
            "ja": "買い物の中身から病気や信条がわかりうるため、必ず本人に聞きます。",
            "en": "Purchases may tell of illness or belief, so the person is asked.",
        },
        R.ABROAD: {
            "ja": "外国への提供は、必ず本人に聞きます。",
            "en": "Giving data abroad is always put before the person.",
        },
        R.PROCESSOR_ABROAD: {
            "ja": "相手の委託先が外国でデータを扱うため、必ず本人に聞きます。",
            "en": "A processor handles it abroad, so the person is asked.",
        },
        R.ONWARD: {
            "ja": "相手がほかにも渡す提案は、必ず本人に聞きます。",
            "en": "What is passed on to others is always put before the person.",
        },
        R.ANSWERED: {
            "ja": "この提案には、本人がすでに答えています。",
            "en": "The person has answered this offer already.",
        },
        R.INSTRUCTED: {
            "ja": "本人は「その都度聞く」と指示しています。",
            "en": "The person said “ask me”.",
        },
        R.NOT_ALLOWED: {
            "ja": "任せる指示に当てはまらないデータがあります。",
            "en": "Some of the data is in no instruction to allow.",
        },
        R.BOUND_SENSITIVITY: {
            "ja": "本人が許したより慎重さが必要なデータです。",
            "en": "The data needs more care than the person allowed.",
        },
        R.BOUND_DETAIL: {
            "ja": "本人が許したよりくわしいデータです。",
            "en": "It is more detailed than the person allowed.",
        },
        R.BOUND_WINDOW: {
            "ja": "本人が許したより古いデータまで含みます。",
            "en": "It reaches further back than the person allowed.",
        },
        R.BOUND_RETENTION: {
            "ja": "相手の保存期間が、本人が許したより長くなります。",
            "en": "It would be kept longer than the person allowed.",
        },
        R.BOUND_VALIDITY: {
            "ja": "渡す期間が、本人が許したより長くなります。",
            "en": "It would be given longer than the person allowed.",
        },
        R.BOUND_FORM: {
            "ja": "本人が許していない渡し方です。",
            "en": "It would be given in a form that the person did not allow.",
        },
        R.BOUND_COUNTRY: {
            "ja": "本人が許していない国です。",
            "en": "It would be handled in a country that the person did not allow.",
        },
        R.ALLOWED: {
            "ja": "本人の指示の範囲に、すべて入っています。",
            "en": "All of it lies within the person's instructions.",
        },
    }
)
"""What each reason means to an auditor, who knows the person by a pseudonym."""
