"""The mandatory questions of every decision of the ethics board (G-06, D-10)."""

from collections.abc import Mapping

from pds.core.vocabulary.words import Words, read_words

QUESTIONS: Mapping[str, Words] = {
    name: read_words(
        {
            "ja": {"name": ja, "explanation": why_ja},
            "en": {"name": en, "explanation": why_en},
        }
    )
    for name, ja, why_ja, en, why_en in (
        (
            "disadvantage",
            "本人の不利益になる使い方はないか",
            "差別、値上げ、断られることなどにつながらないかを確かめます。",
            "Is any use to the person's disadvantage?",
            "Look for discrimination, higher prices, refusals and the like.",
        ),
        (
            "control",
            "本人が自分で決めて止められるか",
            "選ぶ、狭める、止めるための手段がそろっているかを確かめます。",
            "Can the person decide and stop it?",
            "Look for the means to choose, to narrow and to stop.",
        ),
        (
            "necessity",
            "目的に必要な項目だけか",
            "項目、期間、回数、保存期間が目的に見合うかを確かめます。",
            "Is only what the purpose needs asked for?",
            "Weigh items, window, frequency and retention against the purpose.",
        ),
        (
            "benefit",
            "便益は本当にあり、選択をゆがめないか",
            "便益が実在し、大きすぎて断れなくなっていないかを確かめます。",
            "Is the benefit real and not too tempting?",
            "It must exist, and not be so large that nobody could refuse.",
        ),
        (
            "defaults",
            "最初から選ばれているものはないか",
            "断ることが同じように簡単かを確かめます。",
            "Is nothing chosen beforehand?",
            "Refusing must be as easy as agreeing.",
        ),
        (
            "vulnerable",
            "配慮が必要な人に無理はないか",
            "未成年、高齢の方、病気の方などへの影響を確かめます。",
            "Is it fair to people who need care?",
            "Think of minors, the old, the ill and others.",
        ),
    )
}
"""The mandatory questions of every decision, by their stable id (G-06)."""
