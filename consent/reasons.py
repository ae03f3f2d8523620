"""Reason codes of the engine: stable text, `<gate>.<slug>`, never renamed."""

from enum import StrEnum


class Reason(StrEnum):
    """Why nothing may be given. Recorded in the log, shown to person and recipient."""

    CONSENT_MISSING = "consent.missing"
    CONSENT_OPEN = "consent.not-decided"
    CONSENT_REFUSED = "consent.refused"
    CONSENT_PAUSED = "consent.paused"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    CONSENT_REVOKED = "consent.revoked"
    CONSENT_EXPIRED = "consent.expired"
    CONSENT_INVALIDATED = "consent.invalidated"
    CONSENT_OTHER_RECIPIENT = "consent.other-recipient"
    CATEGORY_OUTSIDE = "consent.category-outside"
    WINDOW_OUTSIDE = "consent.window-outside"
    DETAIL_OUTSIDE = "consent.detail-outside"
    FORM_OUTSIDE = "consent.form-outside"

    GRANT_MISSING = "grant.missing"
    GRANT_REVOKED = "grant.revoked"
    GRANT_OTHER_CONSENT = "grant.other-consent"
    GRANT_OTHER_RECIPIENT = "grant.other-recipient"
    TOKEN_REVOKED = "token.revoked"  # noqa: S105 - a reason code
    TOKEN_EXPIRED = "token.expired"  # noqa: S105 - a reason code
    CLIENT_SUSPENDED = "client.suspended"

    RECIPIENT_MISSING = "recipient.missing"
    RECIPIENT_NOT_APPROVED = "recipient.not-approved"
    RECIPIENT_SUSPENDED = "recipient.suspended"
    RECIPIENT_ENDED = "recipient.ended"

    CONTRACT_MISSING = "contract.missing"
    CONTRACT_NOT_IN_FORCE = "contract.not-in-force"
    CONTRACT_NOT_YET = "contract.not-yet-valid"
    CONTRACT_EXPIRED = "contract.expired"
    CONTRACT_PURPOSE = "contract.purpose-outside"
    CONTRACT_CATEGORY = "contract.category-outside"
    CONTRACT_RETENTION = "contract.retention-outside"
    CONTRACT_ONWARD = "contract.onward-banned"
    CONTRACT_COUNTRY = "contract.country-outside"

    CERTIFICATE_MISSING = "certificate.missing"
    CERTIFICATE_EXPIRED = "certificate.expired"

    BOARD_MISSING = "board.missing"
    BOARD_REJECTED = "board.rejected"
    BOARD_SUSPENDED = "board.suspended"
    BOARD_EXPIRED = "board.expired"
    BOARD_OTHER_VERSION = "board.other-version"

    OFFER_MISSING = "offer.missing"
    OFFER_NOT_LIVE = "offer.not-live"
    OFFER_OTHER_VERSION = "offer.other-version"

    PURPOSE_UNKNOWN = "ceiling.purpose-unknown"
    CEILING_MISSING = "ceiling.category-without"
    CEILING_VALIDITY = "ceiling.validity"
    CEILING_WINDOW = "ceiling.window"
    CEILING_FREQUENCY = "ceiling.frequency"
    CEILING_RETENTION = "ceiling.retention"
    CEILING_DETAIL = "ceiling.detail"
    USED_UP = "ceiling.used-up"
    TOO_OFTEN = "ceiling.too-often"

    PROFILE_SPECIAL_CARE = "profile.special-care"
    PROFILE_NOT_OWN_BENEFIT = "profile.not-own-benefit"
    PROFILE_PROHIBITED = "profile.prohibited"

    AGE_UNKNOWN = "person.age-unknown"
    UNDER_AGE = "person.under-age"
    AGENT_ENDED = "person.agent-ended"

    CONSENT_KEY_GONE = "key.consent-destroyed"
    DATA_KEY_GONE = "key.data-destroyed"

    # Later ones stand at the end, whatever gate they belong to: the order is fixed.
    PERIOD_CUT = "consent.period-cut"
    RECIPIENT_NOT_CLEARED = "recipient.not-cleared"
    RECIPIENT_VIEW_ONLY = "recipient.view-only"
    RECIPIENT_NON_IDENTIFYING = "recipient.non-identifying"
    INSTRUCTION_NEVER = "instruction.never"
    QUESTION_UNKNOWN = "question.unknown"
    QUESTION_OTHER_DATA = "question.other-data"
    QUESTION_OTHER_DAYS = "question.other-days"
    COUNTRY_UNKNOWN = "country.unknown"
    COUNTRY_EXPIRED = "country.expired"
    COUNTRY_UNSAID = "country.unsaid"
    GLASS_NOT_MEDICAL = "glass.not-medical"
    GLASS_UNREVIEWED = "glass.unreviewed"
    TEXT_UNKNOWN = "text.unknown"
    TEXT_CHANGED = "text.changed"
    TEXT_UNDECIDED = "text.undecided"
    DUTY_OVERDUE = "recipient.duty-overdue"

    @property
    def gate(self) -> str:
        """The gate that the reason belongs to."""
        return self.value.partition(".")[0]
