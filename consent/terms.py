"""What a consent covers: one object that is asked for, read, enforced and receipted.

`DataProvision` is the authorization detail of `docs/formats/consent.md`. The engine
enforces it, `consent.wording` says it in words, and both read every field from here,
so that they cannot drift apart. Values of these types always obey the rules that hold
between fields; reading them from JSON is the business of `consent.rar`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from pds.core.errors import Invalid
from pds.core.vocabulary import DetailLevel
from pds.core.vocabulary.words import is_prefix


class InvalidTerms(Invalid):
    """The terms break a rule of the format.

    Attributes:
        path: where, as a member path such as `window.from`; it names members of the
            format and never repeats what was sent.
    """

    def __init__(self, path: str, rule: str) -> None:
        super().__init__("consent.invalid-terms", f"{path}: {rule}")
        self.path = path


class AccessMode(StrEnum):
    """Whether the recipient may fetch one time or again and again."""

    ONCE = "once"
    RECURRING = "recurring"


class ProvisionForm(StrEnum):
    """Whether the recipient gets a copy or may only look."""

    COPY = "copy"
    VIEW_ONLY = "view-only"


class Afterwards(StrEnum):
    """What the recipient does with data that it already has, after withdrawal (N-07).

    Ordered from least to most protective; `delete` includes stopping use at once.
    """

    NONE = "none"
    STOP_USE = "stop-use"
    DELETE = "delete"


_PROTECTION = {Afterwards.NONE: 0, Afterwards.STOP_USE: 1, Afterwards.DELETE: 2}


class BenefitKind(StrEnum):
    """What the person gets back (N-08)."""

    MONEY = "money"
    POINTS = "points"
    COUPON = "coupon"
    SERVICE = "service"
    INSIGHT = "insight"
    PUBLIC_GOOD = "public-good"


@dataclass(frozen=True, slots=True)
class Window:
    """The days of the data that may be given, both inclusive, in Asia/Tokyo.

    Without a last day the window grows with the calendar.
    """

    first: date
    last: date | None = None

    def __post_init__(self) -> None:
        if self.last is not None and self.last < self.first:
            raise InvalidTerms("window.until", "lies before window.from")

    def is_within(self, other: "Window") -> bool:
        """Say whether every day of this window is a day of the other."""
        if self.first < other.first:
            return False
        if other.last is None:
            return True
        return self.last is not None and self.last <= other.last


@dataclass(frozen=True, slots=True)
class Access:
    """How often and until when the recipient may fetch.

    Attributes:
        mode: once, or recurring.
        until: first moment at which no fetch is allowed any more, whole seconds, UTC.
        max_per_day: most fetches in one day of Asia/Tokyo; None leaves it to the
            ceiling of the purpose. Only for recurring access.
    """

    mode: AccessMode
    until: datetime
    max_per_day: int | None = None

    def __post_init__(self) -> None:
        if self.mode is AccessMode.ONCE and self.max_per_day is not None:
            raise InvalidTerms("access.max_per_day", "has no meaning for one fetch")

    def is_within(self, other: "Access") -> bool:
        """Say whether this allows no fetch that the other forbids."""
        if self.until > other.until:
            return False
        if self.mode is AccessMode.ONCE:
            return True
        if other.mode is AccessMode.ONCE:
            return False
        if other.max_per_day is None:
            return True
        return self.max_per_day is not None and self.max_per_day <= other.max_per_day


@dataclass(frozen=True, slots=True)
class AfterWithdrawal:
    """The recipient's duty for data already given; days only for deletion."""

    action: Afterwards
    within_days: int | None = None

    def __post_init__(self) -> None:
        if (self.action is Afterwards.DELETE) is (self.within_days is None):
            raise InvalidTerms(
                "after_withdrawal.within_days", "belongs to deletion and only to it"
            )

    def is_within(self, other: "AfterWithdrawal") -> bool:
        """Say whether this protects the person at least as much as the other."""
        if self.within_days is not None and other.within_days is not None:
            return self.within_days <= other.within_days
        return _PROTECTION[self.action] >= _PROTECTION[other.action]


@dataclass(frozen=True, slots=True)
class TermsDocument:
    """The recipient's own terms: where they can be read, and their SHA-256 in hex."""

    uri: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Benefit:
    """What the person gets back, said in Japanese and in English."""

    kind: BenefitKind
    ja: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataProvision:
    """The terms on which one recipient may have data for one purpose.

    Attributes:
        purpose: id of the vocabulary.
        categories: ids or prefixes of the vocabulary, sorted; none covers another.
        detail: how much of each record is shown.
        window: the days of the data.
        access: how often and until when.
        form: copy or view only; what is only viewed is kept for no day.
        retention_days: days that the recipient may keep a copy, from each fetch.
        after_withdrawal: duty for data already given.
        country: ISO 3166-1 alpha-2 code of the country where it is handled.
        terms: the recipient's own terms document.
        onward: ids of organisations to which it may be passed on; empty as a rule.
        offer_id: the offer that this is an instance of.
        question: id of the reviewed question, for detail `answer` and only then.
        benefit: what the person gets back.

    Raises:
        InvalidTerms: a rule between fields is broken.
    """

    purpose: str
    categories: tuple[str, ...]
    detail: DetailLevel
    window: Window
    access: Access
    form: ProvisionForm
    retention_days: int
    after_withdrawal: AfterWithdrawal
    country: str
    terms: TermsDocument
    onward: tuple[str, ...] = ()
    offer_id: UUID | None = None
    question: str | None = None
    benefit: Benefit | None = None

    def __post_init__(self) -> None:
        _check_categories(self.categories)
        if self.onward != tuple(sorted(set(self.onward))):
            raise InvalidTerms("onward", "is sorted and names each organisation once")
        if (self.detail is DetailLevel.ANSWER) is (self.question is None):
            raise InvalidTerms("question", "belongs to detail answer and only to it")
        if self.form is ProvisionForm.VIEW_ONLY and self.retention_days != 0:
            raise InvalidTerms("retention_days", "is 0 where data is only viewed")

    def covers(self, category: str) -> bool:
        """Say whether a category id, or everything below a prefix, is included."""
        return any(is_prefix(prefix, category) for prefix in self.categories)

    def is_within(self, other: "DataProvision") -> bool:
        """Say whether these terms allow nothing that the other terms do not.

        It is a partial order: reflexive, transitive, antisymmetric.
        """
        return self._same_matter(other) and self._no_wider(other)

    def narrow(self, other: "DataProvision") -> "DataProvision":
        """Return the other terms if they lie within these.

        Raises:
            Invalid: `consent.not-narrower`; a person may narrow anything, and only
                narrow (D-03).
        """
        if not other.is_within(self):
            raise Invalid("consent.not-narrower", "The choice is wider than the offer.")
        return other

    def _same_matter(self, other: "DataProvision") -> bool:
        """Purpose, place, papers and return are not the person's to change."""
        return (
            self.purpose,
            self.question,
            self.country,
            self.terms,
            self.offer_id,
            self.benefit,
        ) == (
            other.purpose,
            other.question,
            other.country,
            other.terms,
            other.offer_id,
            other.benefit,
        )

    def _no_wider(self, other: "DataProvision") -> bool:
        return (
            all(other.covers(category) for category in self.categories)
            and self.detail.is_within(other.detail)
            and self.window.is_within(other.window)
            and self.access.is_within(other.access)
            and (self.form is ProvisionForm.VIEW_ONLY or self.form is other.form)
            and self.retention_days <= other.retention_days
            and self.after_withdrawal.is_within(other.after_withdrawal)
            and set(self.onward) <= set(other.onward)
        )


def _check_categories(categories: tuple[str, ...]) -> None:
    if not categories or list(categories) != sorted(categories):
        raise InvalidTerms("categories", "is a sorted list of at least one id")
    # A prefix sorts directly before what it covers or with only covered ids between,
    # except that "-" sorts before "."; so every pair is compared.
    if any(
        is_prefix(one, other)
        for position, one in enumerate(categories)
        for other in categories[position + 1 :]
    ):
        raise InvalidTerms("categories", "names something twice")
