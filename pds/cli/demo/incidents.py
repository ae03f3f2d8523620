"""What went wrong in the demo world: a lost disk long dealt with, and an exercise.

Two of the staff act, as on the pages; the services are called directly, because the
demo world is there before anybody has logged in.
"""

from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from audit.work import Work
from pds.bank.bank import Bank
from pds.bank.incidents import find_persons, tell_persons
from pds.oversight.incidents import acts, notices, persons, register
from pds.oversight.incidents.contents import IncidentContent
from pds.oversight.incidents.facts import Facts, IncidentPlace
from pds.oversight.incidents.incident import Incident
from pds.oversight.incidents.judging import IncidentReport
from pds.oversight.incidents.notices import Draft
from pds.oversight.incidents.question import IncidentReach, Question
from pds.oversight.incidents.register import Wish
from pds.oversight.incidents.steps import IncidentStep

_FIRST: Final = "operator:operator"
_SECOND: Final = "operator:operator-second"
_C = IncidentContent
_LOST: Final = {
    _C.OUTLINE.value: "バックアップのディスク1台が、運搬中に所在不明になりました。",
    _C.ITEMS.value: "暗号化された記録。鍵は別の場所にあり、漏れていません。",
    _C.PERSONS.value: "3人",
    _C.CAUSE.value: "運搬会社の取り違え",
    _C.SECONDARY.value: "ありません。暗号化により読むことはできません。",
    _C.TO_PERSONS.value: "掲示で知らせました。",
    _C.PUBLICATION.value: "掲示しました。",
    _C.PREVENTION.value: "運搬をやめ、回線で写すことにしました。",
    _C.OTHER.value: "ディスクは2日後に見つかり、開けられた跡はありませんでした。",
}
_ANNOUNCED: Final = Draft(
    ja=(
        "暗号化されたバックアップのディスク1台が、運搬中に2日間、所在不明になりました。"
        "鍵は別の場所にあり、中身を読まれたおそれはありません。ディスクは見つかりました。"
    ),
    en=(
        "A disk with an encrypted backup could not be found for two days while it was"
        " carried. The keys were elsewhere, so nobody could read it. It was found."
    ),
)
_TRAINED: Final = Draft(
    ja="訓練です。不正なアクセスがあったと想定しています。",
    en="This is an exercise: somebody is supposed to have broken in.",
)


def rehearse(bank: Bank) -> None:
    """Enter both, as far as each of them is."""
    bank.unit_of_work(_lose_a_disk)
    number, list_id = bank.unit_of_work(_begin_exercise)
    find_persons(bank)
    bank.unit_of_work(partial(_tell, number=number, list_id=list_id))
    tell_persons(bank)


def _lose_a_disk(work: Work) -> None:
    known = Facts(
        place=IncidentPlace.OWN,
        persons=3,
        has_special_care=True,
        is_protected=True,
        is_certified=register.is_certified(work),
    )
    wish = Wish(
        title="運搬中のディスクの所在不明",
        knew_at=work.now - timedelta(days=2),
        facts=known,
        outline="運搬会社から連絡がありました。",
    )
    number = register.enter(work, wish, actor=_FIRST)
    acts.contain(work, number, "ディスクが見つかりました。", actor=_FIRST)
    written = acts.write(work, number, _LOST, actor=_FIRST)
    acts.report(
        work,
        number,
        IncidentReport.CERTIFIER,
        "メール",
        seen=written.steps[-1].no,
        actor=_SECOND,
    )
    drafted = notices.draft(work, number, _ANNOUNCED, actor=_FIRST)
    notices.publish(work, number, seen=_drafted(drafted), actor=_SECOND)
    acts.ask_close(work, number, "すべて終わりました。", actor=_FIRST)
    acts.close(work, number, actor=_SECOND)


def _begin_exercise(work: Work) -> tuple[UUID, UUID]:
    known = Facts(
        place=IncidentPlace.OWN, persons=4, has_special_care=True, is_wrongful=True
    )
    wish = Wish(
        title="不正アクセスの訓練",
        knew_at=work.now - timedelta(days=3),
        facts=known,
        outline="年に一度の訓練です。",
        is_exercise=True,
    )
    number = register.enter(work, wish, actor=_FIRST)
    acts.write(work, number, {_C.OUTLINE.value: "不正アクセスの想定"}, actor=_FIRST)
    question = Question(reach=IncidentReach.ANY)
    list_id = persons.ask(work, number, question, actor=_FIRST)
    notices.draft(work, number, _TRAINED, actor=_FIRST)
    return number, list_id


def _tell(work: Work, number: UUID, list_id: UUID) -> None:
    found = register.get(work, work.keys, number)
    notices.tell(work, number, list_id, seen=_drafted(found), actor=_SECOND)


def _drafted(found: Incident) -> int:
    drafted = found.last(IncidentStep.DRAFTED)
    if drafted is None:
        raise AssertionError("The draft was written a moment ago.")
    return drafted.no
