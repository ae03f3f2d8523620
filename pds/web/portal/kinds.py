"""The charts that there are: which records each opens and which measures it draws."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import lazy_gettext as _l

from pds.web.portal.series import Step

_CHECKUP: Final = "health.checkup"


@dataclass(frozen=True, slots=True)
class ChartKind:
    """One kind of chart.

    Attributes:
        words: its name.
        categories: whose records it opens.
        measures: what it draws, in this order; empty for what no other kind draws.
        is_sum: whether numbers of one period are added up and not averaged.
        is_joint: whether its measures share one picture.
        finest: the finest step of its rows.
    """

    words: Any
    categories: tuple[str, ...]
    measures: tuple[str, ...]
    is_sum: bool = False
    is_joint: bool = False
    finest: Step = Step.EACH


KINDS: Final[Mapping[str, ChartKind]] = {
    "blood-pressure": ChartKind(
        _l("Blood pressure"),
        ("health.vital.blood-pressure", _CHECKUP),
        ("bp_systolic", "bp_diastolic"),
        is_joint=True,
    ),
    "heart-rate": ChartKind(
        _l("Heart rate"), ("health.vital.heart-rate",), ("heart_rate",)
    ),
    "temperature": ChartKind(
        _l("Body temperature"), ("health.vital.temperature",), ("body_temperature",)
    ),
    "oxygen": ChartKind(_l("Blood oxygen"), ("health.vital.oxygen",), ("spo2",)),
    "weight": ChartKind(
        _l("Weight and BMI"),
        (
            "health.vital.weight",
            "health.vital.bmi",
            "health.vital.waist",
            _CHECKUP,
        ),
        ("body_weight", "bmi", "body_fat_pct", "waist"),
    ),
    "lab": ChartKind(_l("Laboratory results"), ("health.lab", _CHECKUP), ()),
    "steps": ChartKind(
        _l("Steps"),
        ("health.activity.steps",),
        ("steps",),
        is_sum=True,
        finest=Step.DAY,
    ),
    "sleep": ChartKind(
        _l("Sleep"), ("health.sleep",), ("sleep_duration",), finest=Step.DAY
    ),
}
"""Charts of measurements by their name in an address; spending stands apart."""

_ELSEWHERE: Final = frozenset(
    {"body_height", *(m for kind in KINDS.values() for m in kind.measures)}
)


def is_drawn(kind: ChartKind, measure: str) -> bool:
    """Say whether a kind of chart draws a measure."""
    return measure in kind.measures if kind.measures else measure not in _ELSEWHERE


PERIODS: Final[Mapping[str, tuple[int, Any]]] = {
    "3m": (91, _l("3 months")),
    "1y": (365, _l("1 year")),
    "2y": (730, _l("2 years")),
    "all": (0, _l("All the time")),
}
"""Periods by their name in an address: days that they reach back, and words."""

STEPS: Final[Mapping[Step, Any]] = {
    Step.EACH: _l("Each one"),
    Step.DAY: _l("By day"),
    Step.WEEK: _l("By week"),
    Step.MONTH: _l("By month"),
}
"""Words for what a row stands for."""
