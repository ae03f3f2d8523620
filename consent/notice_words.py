"""Headings and fixed texts of consent notices, template version 5.

The order is the order of reading: who and why first, then what and how long, then the
person's own rights. Changing any text is a new template version, because the hash of a
notice must always mean the same words.
"""

from collections.abc import Mapping

HEADINGS: Mapping[str, Mapping[str, str]] = {
    "ja": {
        "controller": "データを受け取る相手",
        "purpose": "利用目的",
        "decision": "あなたについての決定",
        "human_contact": "人による説明と見直し",
        "benefit": "あなたへの便益",
        "data": "渡すデータ",
        "special_care": "特に気をつけてほしいデータ",
        "detail": "くわしさ",
        "left_out": "記録から除くもの",
        "period": "データの期間",
        "collection": "データの集め方",
        "use": "渡し方",
        "frequency": "回数と期限",
        "location": "取り扱う国",
        "country_name": "外国の名前",
        "country_system": "その国の個人情報保護の制度",
        "country_measures": "相手が講じる保護の措置",
        "country_check": "確かめた日と根拠",
        "retention": "相手の保存期間",
        "onward": "さらに渡す相手",
        "withdrawal": "同意をやめたあと",
        "risks": "知っておいてほしいこと",
        "participation": "あなたにできること",
        "choices": "あとで確かめる場所",
        "inquiry": "問い合わせ・苦情",
        "basis": "渡す根拠",
        "criteria": "情報銀行の確認",
        "terms": "相手の規約",
        "presentation": "この説明について",
    },
    "en": {
        "controller": "Who receives the data",
        "purpose": "What it is used for",
        "decision": "Decisions about you",
        "human_contact": "A human who explains",
        "benefit": "What you get",
        "data": "Data that is given",
        "special_care": "Data that needs special care",
        "detail": "How detailed",
        "left_out": "What is left out",
        "period": "Period of the data",
        "collection": "Where the data comes from",
        "use": "How it is given",
        "frequency": "How often and until when",
        "location": "Country",
        "country_name": "Name of the foreign country",
        "country_system": "How that country protects personal data",
        "country_measures": "What they do to protect the data",
        "country_check": "When and why this was checked",
        "retention": "How long they keep it",
        "onward": "Passing it on",
        "withdrawal": "After you withdraw",
        "risks": "What you should know",
        "participation": "What you can do",
        "choices": "Where to look again",
        "inquiry": "Questions and complaints",
        "basis": "Why it may be given",
        "criteria": "What the bank has checked",
        "terms": "Their terms",
        "presentation": "About this notice",
    },
}
"""Headings by language and id, in the order of reading; those of
`consent.confirmations.PARAGRAPHS` stand only where they are needed."""

PROCESSORS: Mapping[str, tuple[str, str, str]] = {
    "ja": (
        "相手の委託先",
        (
            "相手は、次の会社に取り扱いを委託し、監督します。"
            "委託先が扱うことも、相手への提供に含まれます。"
        ),
        "{name}（{number}{country}）：{task}。扱うデータ：{data}。",
    ),
    "en": (
        "Who handles it for them",
        (
            "They let the following handle the data and supervise it. What these "
            "handle is given to the recipient all the same."
        ),
        " {name} ({number}{country}): {task}. Data: {data}.",
    ),
}
"""Heading, beginning, and one sentence for each processor, by language (R-05)."""
NUMBERS: Mapping[str, str] = {
    "ja": "法人番号 {number}、",
    "en": "corporate number {number}, ",
}
"""How a corporate number is said, where there is one."""

TEXTS: Mapping[str, Mapping[str, str]] = {
    "ja": {
        "controller": (
            "{recipient}（法人番号 {number}、{address}、代表者 {representative}）"
        ),
        "collection": (
            "あなたが{bank}に預けたデータから、相手が求めるたびに、"
            "この同意の範囲だけを渡します。"
        ),
        "risks": (
            "渡したデータは相手の手元に残ることがあります。"
            "下の「同意をやめたあと」と「相手の保存期間」を確かめてください。"
        ),
        "participation": (
            "渡す項目、期間、回数、期限は、あなたが狭めることができます。"
            "断っても不利になることはありません。同意したあとも、"
            "理由なしにいつでもやめられ、その後は何も渡しません。"
        ),
        "choices": (
            "{url} の「同意」でこの説明と内容を、「提供の記録」で実際に渡した"
            "データを、いつでも確かめられます。"
        ),
        "inquiry": "{bank}：{bank_contact}　{recipient}：{contact}",
        "basis": (
            "あなたの同意（個人情報の保護に関する法律 第27条第1項）。"
            "何もしないことは同意になりません。"
        ),
        "criteria": (
            "{bank}は、相手との契約、相手の認証、データ倫理審査会の決定を確かめ、"
            "どれかが欠けたら渡すのを止めます。"
        ),
        "presentation": (
            "この説明は日本語と英語で同じ内容です。同意すると、この説明と"
            "あなたの答えの写しを受け取れます。"
        ),
    },
    "en": {
        "controller": (
            "{recipient} (corporate number {number}, {address}, represented by "
            "{representative})"
        ),
        "collection": (
            "From the data that you deposited with {bank}. Each time they ask, only "
            "what this consent covers is given."
        ),
        "risks": (
            "Data that was given may stay with them. Look at “After you withdraw” and "
            "“How long they keep it”."
        ),
        "participation": (
            "You can narrow the data, the period, how often and until when. Refusing "
            "has no disadvantage. After a yes you can withdraw at any time without a "
            "reason, and nothing more is given."
        ),
        "choices": (
            "At {url}, “Consents” shows this notice and your answer, and "
            "“Disclosures” shows what was really given."
        ),
        "inquiry": "{bank}: {bank_contact} / {recipient}: {contact}",
        "basis": (
            "Your consent (Act on the Protection of Personal Information, article "
            "27(1)). Doing nothing is not consent."
        ),
        "criteria": (
            "{bank} checks the contract with them, their certificate and the decision "
            "of its ethics board, and gives nothing when one of them is missing."
        ),
        "presentation": (
            "This notice says the same in Japanese and in English. After a yes you "
            "can take a copy of it and of your answer."
        ),
    },
}
"""Texts that do not come from the terms, by language and id."""
