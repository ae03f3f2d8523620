"""What the demo world's operator says about itself in public; all is invented."""

from typing import Final

from audit.work import Work
from pds.oversight import operator_facts
from pds.oversight.operator_facts import Fact

_ACTOR: Final = "operator:demo"
_MARKS: Final = {"ja": "(見本)", "en": " (example)"}

_SAID: Final = {
    Fact.NAME: ("みほん情報銀行株式会社", "Mihon Information Bank Inc."),
    Fact.ADDRESS: (
        "愛知県名古屋市中区架空町1-1",
        "1-1 Kaku-cho, Naka-ku, Nagoya, Aichi",
    ),
    Fact.REPRESENTATIVE: ("代表取締役 見本 太郎", "Taro Mihon, president"),
    Fact.PURPOSES: (
        (
            "お預かりして、ご本人にお見せするため。\n"
            "ご本人が同意した相手に、同意した分だけ渡すため。"
        ),
        (
            "To keep data and to show it to its person.\n"
            "To give it to whom the person agreed to, as far as agreed."
        ),
    ),
    Fact.PROCEDURES: (
        (
            "ログインして「あなたの権利」から、または窓口に書面で申し出る。\n"
            "窓口ではご本人の確認書類が要ります。"
        ),
        (
            "Log in and go to “Your rights”, or write to the desk.\n"
            "At the desk you need a document that shows who you are."
        ),
    ),
    Fact.FEES: ("無料", "Free of charge"),
    Fact.COMPLAINT_DESK: (
        "みほん情報銀行 相談窓口\n平日9時から17時まで",
        "Desk of Mihon Information Bank\nWeekdays from 9:00 to 17:00",
    ),
    Fact.CERTIFICATION_BODY: (
        "架空の認定団体。この銀行は認定を受けていません。",
        "An invented body. This bank is not certified.",
    ),
    Fact.SAFETY_MEASURES: (
        (
            "記録は人と種類ごとの鍵で暗号化する。\n"
            "操作はすべて、消せない記録に残る。\n"
            "担当者は毎年教育を受ける。"
        ),
        (
            "Records are encrypted with keys of each person and kind.\n"
            "Every act stands in a log from which nothing can be removed.\n"
            "The staff are trained every year."
        ),
    ),
    Fact.STAFF_ACCESS: (
        "窓口の担当者2人が、申し出とその書類だけを見る。",
        "Two people of the desk see requests and their papers, nothing else.",
    ),
}
"""In Japanese and in English."""


def say(work: Work) -> None:
    """Publish all facts; each says that it is an example."""
    facts = {
        fact: {"ja": ja + _MARKS["ja"], "en": en + _MARKS["en"]}
        for fact, (ja, en) in _SAID.items()
    }
    operator_facts.enter(work, facts, actor=_ACTOR)
