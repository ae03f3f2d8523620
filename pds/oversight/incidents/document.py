"""The report of an incident for the authority, as text and as JSON (A-17).

Form: docs/formats/incidents.md. The text is in Japanese, since the authority reads
it; its headings are the words of the rule.
"""

import json
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from pds.core.clock import TOKYO
from pds.oversight.incidents import facts
from pds.oversight.incidents.contents import IncidentContent
from pds.oversight.incidents.incident import Incident
from pds.oversight.incidents.judging import (
    DUTY_RULES,
    GROUND_RULES,
    IncidentReport,
    terms,
)
from pds.oversight.incidents.persons import PersonList
from pds.oversight.incidents.steps import IncidentStep, Step

VERSION: Final = 1
"""Version of the JSON form."""
_C = IncidentContent
_NAMES: Final = MappingProxyType(
    {
        _C.OUTLINE: "概要",
        _C.ITEMS: "漏えい等が発生し、又は発生したおそれがある個人データの項目",
        _C.PERSONS: "本人の数",
        _C.CAUSE: "原因",
        _C.SECONDARY: "二次被害又はそのおそれの有無及びその内容",
        _C.TO_PERSONS: "本人への対応の実施状況",
        _C.PUBLICATION: "公表の実施状況",
        _C.PREVENTION: "再発防止のための措置",
        _C.OTHER: "その他参考となる事項",
    }
)
_EXERCISE: Final = "【訓練】これは訓練の記録です。実際の事故ではありません。"


def as_json(found: Incident, lists: list[PersonList]) -> bytes:
    """Return the whole incident as JSON, with an end of line."""
    written = found.last(IncidentStep.WRITTEN)
    said: dict[str, Any] = {
        "v": VERSION,
        "incident_id": str(found.incident_id),
        "is_exercise": found.is_exercise,
        "title": found.title,
        "state": found.state.value,
        "recipient_id": found.recipient_id,
        "knew_at": _time(found.knew_at),
        "facts": facts.written(found.facts),
        **_judged(found),
        "terms": [
            {
                "report": each.report.value,
                "due_at": _time(each.due_at),
                "made_at": _made(found, each.report),
                "rules": list(each.rule_ids),
            }
            for each in terms(found.facts, found.knew_at)
        ],
        "contents_version": None if written is None else written.no,
        "contents": {each.value: found.contents.get(each.value, "") for each in _C},
        "persons": [_counts(each) for each in lists],
        "steps": [_step(each) for each in found.steps],
    }
    return json.dumps(said, ensure_ascii=False, indent=1).encode() + b"\n"


def _judged(found: Incident) -> dict[str, Any]:
    """Return why it has to be reported, and what has to be done."""
    return {
        "grounds": [
            {"ground": each.value, "rules": list(GROUND_RULES[each])}
            for each in found.judgement.grounds
        ],
        "duties": [
            {
                "duty": each.value,
                "is_open": each in found.open_duties,
                "rules": list(DUTY_RULES[each]),
            }
            for each in found.judgement.duties
        ],
    }


def as_text(found: Incident) -> str:
    """Return the nine contents as the authority asks for them, in Japanese."""
    lines = [_EXERCISE, ""] if found.is_exercise else []
    lines += [
        "漏えい等報告(個人情報の保護に関する法律第26条第1項)",
        f"件名: {found.title}",
        f"知った日時: {_tokyo(found.knew_at)}",
        f"番号: {found.incident_id}",
    ]
    for no, each in enumerate(_C, start=1):
        lines += [
            "",
            f"{no}. {_NAMES[each]}",
            found.contents.get(each.value) or "調査中",
        ]
    return "\n".join([*lines, ""])


def _step(each: Step) -> dict[str, Any]:
    return {"no": each.no, "step": each.step.value, "at": _time(each.at)}


def _counts(each: PersonList) -> dict[str, Any]:
    return {
        "list_id": str(each.list_id),
        "state": each.state.value,
        "persons": each.persons,
        "unresolved": each.unresolved,
        "told": each.told,
        "gone": each.gone,
    }


def _made(found: Incident, report: IncidentReport) -> str | None:
    step = found.reports.get(report)
    return None if step is None else _time(step.at)


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


def _tokyo(moment: datetime) -> str:
    return moment.astimezone(TOKYO).strftime("%Y-%m-%d %H:%M")
