"""What the engine decides on: plain values, read elsewhere, compared here; pure.

A fact that is absent is None or empty and always denies. `fence` numbers grow with
every change of the row that they belong to; equal fences mean that nothing changed
between the decision and the commit.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from consent.counterpart import PastClass
from consent.country_facts import CountryState, HandledAbroad
from consent.fence_counters import NO_FENCES, Fences
from consent.instructions import StandingInstruction
from consent.modes import RecipientMode
from consent.profile import PROFILE_2_2, CertificationProfile
from consent.states import ConsentState
from consent.terms import DataProvision, ProvisionForm
from consent.texts import TextFacts
from pds.core.vocabulary import DetailLevel, recipient_classes
from pds.core.vocabulary.countries import HOME


class Standing(StrEnum):
    """Where a recipient stands with the bank."""

    APPLIED = "applied"
    APPROVED = "approved"
    SUSPENDED = "suspended"
    ENDED = "ended"


class ContractState(StrEnum):
    """Where a provision contract stands."""

    DRAFT = "draft"
    OFFERED = "offered"
    IN_FORCE = "in-force"
    DROPPED = "dropped"
    ENDED = "ended"


class OfferState(StrEnum):
    """Where an offer stands."""

    DRAFT = "draft"
    LIVE = "live"
    ENDED = "ended"


class BoardSubjectKind(StrEnum):
    """What the ethics board decides on (G-05)."""

    RECIPIENT = "recipient"
    CONTRACT = "contract"
    OFFER = "offer"
    DATA_SET = "data-set"
    PURPOSE = "purpose"
    SCREEN = "screen"
    SCORING_RULE = "scoring-rule"
    RANKING_RULE = "ranking-rule"
    DEFAULT = "default"
    MANDATE_TERMS = "mandate-terms"
    QUESTION = "question"
    VOCABULARY = "vocabulary"
    PROFILE = "profile"
    MEMBER = "member"
    BOARD_RULE = "board-rule"


OF_PROVISION = (
    BoardSubjectKind.RECIPIENT,
    BoardSubjectKind.CONTRACT,
    BoardSubjectKind.OFFER,
    BoardSubjectKind.QUESTION,
    BoardSubjectKind.PURPOSE,
    BoardSubjectKind.VOCABULARY,
)
"""What provision to a recipient rests on, each where there is one."""

OF_THE_BOARD = frozenset({BoardSubjectKind.MEMBER, BoardSubjectKind.BOARD_RULE})
"""What the board decides about itself: no provision rests on it."""


class BoardResult(StrEnum):
    """What the ethics board decided."""

    APPROVED = "approved"
    APPROVED_WITH_CONDITIONS = "approved-with-conditions"
    REJECTED = "rejected"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureRequest:
    """What a recipient asks for now; None leaves a matter to the consent.

    Attributes:
        recipient_id: the organisation whose client was authenticated.
        categories: ids or prefixes asked for.
        detail: level of detail asked for.
        first_day: first day of data, Asia/Tokyo, inclusive.
        last_day: last day of data, inclusive.
        form: copy or view only.
        continues: the request carries an unbroken cursor of an earlier fetch, which
            was counted then.
    """

    recipient_id: str
    categories: tuple[str, ...] | None = None
    detail: DetailLevel | None = None
    first_day: date | None = None
    last_day: date | None = None
    form: ProvisionForm = ProvisionForm.COPY
    continues: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentFacts:
    """The consent as it stands.

    Attributes:
        given_at: moment of the last yes (given, amended or renewed).
        expires_at: first moment at which it no longer holds.
        vocabulary: version of the categories that its words were spoken under.
        offer_version: version of the offer that it answers; 0 for none.
        uses_today: fetches counted on this day of Asia/Tokyo.
        was_used: whether any fetch was ever counted.
    """

    consent_id: UUID
    version: int
    state: ConsentState
    recipient_id: str
    terms: DataProvision
    given_at: datetime
    expires_at: datetime
    vocabulary: int = 1
    offer_version: int = 0
    uses_today: int = 0
    was_used: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantFacts:
    """The authorisation behind the request; `consent.oauth` fills it in."""

    grant_id: str
    consent_id: UUID
    recipient_id: str
    is_active: bool
    client_is_active: bool
    token_is_active: bool
    token_expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientFacts:
    """The organisation that asks.

    Attributes:
        class_no: number of its class, in which the board decides on it.
        past_classes: the classes that it was of before.
        mode: how far it may handle data itself.
        country: ISO 3166-1 alpha-2 code of where it is established.
        handled_abroad: its processors in force in other countries than the bank's.
        cleared_until: first moment at which a mandatory criterion no longer holds;
            None if one does not hold now.
        is_in_default: whether a duty of it is overdue.
    """

    recipient_id: str
    standing: Standing
    recipient_class: str = recipient_classes.OTHER
    class_no: int = 1
    past_classes: tuple[PastClass, ...] = ()
    mode: RecipientMode = RecipientMode.FULL
    country: str = HOME
    handled_abroad: tuple[HandledAbroad, ...] = ()
    cleared_until: datetime | None = None
    is_in_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFacts:
    """The contract under which the recipient may be given data (R-01)."""

    contract_id: UUID
    version: int
    state: ContractState
    purposes: frozenset[str]
    categories: tuple[str, ...]
    countries: frozenset[str]
    valid_from: datetime
    valid_until: datetime
    retention_days: int
    may_reprovide: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """A certificate such as P-mark or ISMS (R-02).

    Attributes:
        processor_id: the processor that holds it; None is the recipient itself.
        categories: ids or prefixes of what that processor handles for the recipient.
    """

    kind: str
    valid_until: datetime
    processor_id: UUID | None = None
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardFacts:
    """The last board decision about one thing that needs one (G-05).

    Attributes:
        version: version of the thing that is live now.
        decision_id: the decision; None if there never was one.
        decided_version: version that was decided on.
        bridged_until: until when a consent of before goes on although there never was
            a decision (`consent.text_transition`); None for nothing of the kind.
    """

    kind: BoardSubjectKind
    version: int
    decision_id: UUID | None = None
    decided_version: int = 0
    result: BoardResult | None = None
    valid_until: datetime | None = None
    bridged_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFacts:
    """The offer that the consent answers."""

    offer_id: UUID
    version: int
    state: OfferState


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """Whether the person could decide (V-01 to V-04).

    Attributes:
        adult_from: the day on which the age of decision is reached; None if unknown.
        agent_until: end of the authority of the agent who acted; None if the person
            acted without one.
    """

    adult_from: date | None
    agent_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFacts:
    """Which keys still exist.

    Attributes:
        consent_is_open: the key of the consent evidence opens.
        destroyed_classes: key classes of data whose last key was destroyed.
    """

    consent_is_open: bool
    destroyed_classes: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that a decision rests on, read from one snapshot."""

    consent: ConsentFacts | None = None
    grant: GrantFacts | None = None
    recipient: RecipientFacts | None = None
    contract: ContractFacts | None = None
    certificates: tuple[CertificateFacts, ...] = ()
    board: tuple[BoardFacts, ...] = ()
    text: TextFacts | None = None
    offer: OfferFacts | None = None
    country: CountryState | None = None
    person: PersonFacts | None = None
    keys: KeyFacts | None = None
    instructions: tuple[StandingInstruction, ...] = ()
    profile: CertificationProfile = PROFILE_2_2
    fences: Fences = NO_FENCES
