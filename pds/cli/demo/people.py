"""Three invented people whose lives make believable records."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Body:
    """What a person's body does on average.

    Units: mmHg, kg, cm, beats per minute, degrees Celsius and percent. A `..._year`
    value is the drift over one year, so that two years show a trend.
    """

    systolic: float
    diastolic: float
    systolic_year: float
    winter_systolic: float
    weight: float
    weight_year: float
    height: float
    waist: float
    pulse: float
    temperature: float
    oxygen: float


@dataclass(frozen=True)
class Habits:
    """How a person lives and how faithfully they measure.

    Shares are between 0 and 1 and mean the chance on one day; steps are per day and
    sleep is in hours.
    """

    pressure_morning: float
    pressure_evening: float
    weighs: float
    takes_temperature: float
    takes_oxygen: float
    steps_weekday: int
    steps_weekend: int
    exercises: float
    sleep: float
    wakes_at: int


@dataclass(frozen=True)
class Persona:
    """One invented person."""

    key: str
    login: str
    name: str
    kana: str
    gender: str
    born: date
    story: str
    body: Body
    habits: Habits
    shops: tuple[str, ...]
    shopping_per_week: float
    household: int


KAZUKO = Persona(
    key="kazuko",
    login="kazuko",
    name="佐藤 和子",
    kana="サトウ カズコ",
    gender="female",
    born=date(1952, 3, 14),
    story="74, lives alone, treated for high blood pressure",
    body=Body(
        systolic=141,
        diastolic=83,
        systolic_year=-4.5,
        winter_systolic=6,
        weight=54.2,
        weight_year=-0.6,
        height=151.4,
        waist=82.5,
        pulse=72,
        temperature=36.3,
        oxygen=96.8,
    ),
    habits=Habits(
        pressure_morning=0.93,
        pressure_evening=0.71,
        weighs=0.55,
        takes_temperature=0.35,
        takes_oxygen=0.4,
        steps_weekday=4300,
        steps_weekend=3900,
        exercises=0.12,
        sleep=6.6,
        wakes_at=5,
    ),
    shops=("market", "pharmacy", "bakery", "catalogue"),
    shopping_per_week=3.1,
    household=1,
)

KENICHI = Persona(
    key="kenichi",
    login="kenichi",
    name="田中 健一",
    kana="タナカ ケンイチ",
    gender="male",
    born=date(1983, 8, 2),
    story="43, works in an office, two children at primary school",
    body=Body(
        systolic=127,
        diastolic=81,
        systolic_year=2.2,
        winter_systolic=3.5,
        weight=76.8,
        weight_year=1.4,
        height=171.8,
        waist=87.0,
        pulse=76,
        temperature=36.5,
        oxygen=97.6,
    ),
    habits=Habits(
        pressure_morning=0.3,
        pressure_evening=0.12,
        weighs=0.42,
        takes_temperature=0.1,
        takes_oxygen=0.06,
        steps_weekday=7100,
        steps_weekend=5600,
        exercises=0.09,
        sleep=5.9,
        wakes_at=6,
    ),
    shops=("market", "convenience", "catalogue", "pharmacy", "home", "diner"),
    shopping_per_week=4.6,
    household=4,
)

MISAKI = Persona(
    key="misaki",
    login="misaki",
    name="鈴木 美咲",
    kana="スズキ ミサキ",
    gender="female",
    born=date(1997, 11, 8),
    story="29, designer, runs and trains for a marathon in March",
    body=Body(
        systolic=108,
        diastolic=66,
        systolic_year=-0.4,
        winter_systolic=2,
        weight=51.3,
        weight_year=-0.9,
        height=162.5,
        waist=66.0,
        pulse=56,
        temperature=36.4,
        oxygen=98.2,
    ),
    habits=Habits(
        pressure_morning=0.07,
        pressure_evening=0.0,
        weighs=0.66,
        takes_temperature=0.72,
        takes_oxygen=0.15,
        steps_weekday=10400,
        steps_weekend=15800,
        exercises=0.52,
        sleep=7.2,
        wakes_at=6,
    ),
    shops=("convenience", "market", "sports", "bakery", "pharmacy"),
    shopping_per_week=3.9,
    household=1,
)

PERSONAS = (KAZUKO, KENICHI, MISAKI)
