"""Tables of recipients, contracts, board decisions, offers and consents.

Tables about a person lead with the owner; `subject_route` and the organisations'
tables lead with their own keys. `fence` grows with every change of a row, so that a
decision made before the change does not commit after it.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from pds.core.database import Moment, Uuid, metadata

recipient = Table(
    "recipient",
    metadata,
    Column("recipient_id", Text, primary_key=True),
    Column("name_ja", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("representative", Text, nullable=False),
    Column("corporate_number", Text, nullable=False, unique=True),
    Column("country", Text, nullable=False),
    Column("contact", Text, nullable=False),
    Column("standing", Text, nullable=False),
    Column("recipient_class", Text, nullable=False, server_default="other"),
    Column("class_no", Integer, nullable=False, server_default="1"),
    Column("mode", Text, nullable=False, server_default="full"),
    Column("mode_reason", Text, nullable=False, server_default=""),
    Column("cleared_until", Moment),
    Column("attest_by", Moment),
    Column("fence", BigInteger, nullable=False),
    Column("applied_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
"""Organisations that may be given data, each with its standing."""

recipient_contract = Table(
    "recipient_contract",
    metadata,
    Column("contract_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("recipient_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("purposes", Text, nullable=False),
    Column("categories", Text, nullable=False),
    Column("countries", Text, nullable=False),
    Column("valid_from", Moment, nullable=False),
    Column("valid_until", Moment, nullable=False),
    Column("retention_days", Integer, nullable=False),
    Column("may_reprovide", Boolean, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("signed_at", Moment, nullable=False),
)
"""Provision contracts; the highest version of an id is the one that counts."""
Index(
    "ix_recipient_contract_recipient_id",
    recipient_contract.c.recipient_id,
    recipient_contract.c.contract_id,
    recipient_contract.c.version,
)

contract_document = Table(
    "contract_document",
    metadata,
    Column("contract_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("recipient_id", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("made_at", Moment, nullable=False),
)
"""What each version of a contract says, as canonical bytes with their SHA-256."""

contract_signature = Table(
    "contract_signature",
    metadata,
    Column("contract_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("party", Text, primary_key=True),
    Column("form", Text, nullable=False),
    Column("signer", Text, nullable=False),
    Column("statement", Text, nullable=False),
    Column("paper_id", Uuid),
    Column("signed_at", Moment, nullable=False),
)
"""One signature of each party under each version; rows are only added."""

recipient_certificate = Table(
    "recipient_certificate",
    metadata,
    Column("recipient_id", Text, primary_key=True),
    Column("certificate_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("valid_until", Moment, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("processor_id", Uuid),
)
"""Certificates such as P-mark and ISMS, each to its expiry; a processor's names it."""

processor = Table(
    "processor",
    metadata,
    Column("recipient_id", Text, primary_key=True),
    Column("processor_id", Uuid, primary_key=True),
    Column("name_ja", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("corporate_number", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("task_ja", Text, nullable=False),
    Column("task_en", Text, nullable=False),
    Column("categories", Text, nullable=False),
    Column("contract_day", Text, nullable=False),
    Column("checked_day", Text, nullable=False),
    Column("entered_at", Moment, nullable=False),
    Column("ended_at", Moment),
)
"""Who handles data for a recipient, or for the bank, whose rows name nobody."""

board_decision = Table(
    "board_decision",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("subject_id", Text, primary_key=True),
    Column("decision_id", Uuid, primary_key=True),
    Column("subject_version", Integer, nullable=False),
    Column("result", Text, nullable=False),
    Column("conditions", Text, nullable=False),
    Column("answers", Text, nullable=False),
    Column("dissent", Text, nullable=False),
    Column("valid_until", Moment, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("summary_ja", Text, nullable=False, server_default=""),
    Column("summary_en", Text, nullable=False, server_default=""),
    Column("review_at", Moment),
    Column("present", Text, nullable=False, server_default="[]"),
    Column("continues", Text, nullable=False, server_default=""),
    Column("continues_because", Text, nullable=False, server_default=""),
)
"""Every decision of the ethics board; rows are only added."""

board_subject = Table(
    "board_subject",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("subject_id", Text, primary_key=True),
    Column("decision_id", Uuid, nullable=False),
    Column("subject_version", Integer, nullable=False),
    Column("result", Text, nullable=False),
    Column("valid_until", Moment, nullable=False),
    Column("fence", BigInteger, nullable=False),
)
"""The last decision on each thing."""

offer = Table(
    "offer",
    metadata,
    Column("offer_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("recipient_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("title_ja", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("template", LargeBinary, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("made_at", Moment, nullable=False),
)
"""Proposals of recipients; the highest version of an id is the one that counts."""
Index("ix_offer_state", offer.c.state, offer.c.offer_id)
Index("ix_offer_recipient_id", offer.c.recipient_id, offer.c.offer_id, offer.c.version)

consent_event = Table(
    "consent_event",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("consent_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("event", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("act", Text, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
)
"""What happened to each consent; rows are only added. `act` says whose act it was;
terms, evidence and the leaf id are sealed."""

consent_current = Table(
    "consent_current",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("consent_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("terms_version", Integer, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("recipient_id", Text, nullable=False),
    Column("sensitivity", Integer, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
"""The fold of the events, kept for quick reading; a test builds it anew."""
_open = consent_current.c.state.in_(("requested", "deferred", "given", "paused"))
Index(
    "ix_consent_current_expires_at",
    consent_current.c.expires_at,
    sqlite_where=_open,
    postgresql_where=_open,
)
Index(
    "ix_consent_current_recipient_id",
    consent_current.c.recipient_id,
    consent_current.c.state,
    consent_current.c.owner_id,
)

consent_notice = Table(
    "consent_notice",
    metadata,
    Column("hash", LargeBinary(32), primary_key=True),
    Column("template", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("made_at", Moment, nullable=False),
)
"""Notices as shown, by the SHA-256 of their canonical bytes; they name no person."""

pairwise = Table(
    "pairwise",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("recipient_id", Text, primary_key=True),
    Column("pairwise", LargeBinary(16), nullable=False),
    Column("made_at", Moment, nullable=False),
)
"""The name by which one recipient knows a person; erasure deletes it."""

subject_route = Table(
    "subject_route",
    metadata,
    Column("recipient_id", Text, primary_key=True),
    Column("pairwise", LargeBinary(16), primary_key=True),
    Column("owner_id", Uuid, nullable=False),
)
"""From a pairwise name back to the person."""

consent_use = Table(
    "consent_use",
    metadata,
    Column("owner_id", Uuid, primary_key=True),
    Column("consent_id", Uuid, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("n", Integer, nullable=False),
    Column("told_at", Moment),
)
"""Fetches counted per day of Asia/Tokyo, for frequency limits; `told_at` is when the
person was told of the first of the day."""
_is_untold = consent_use.c.told_at.is_(None)
Index(
    "ix_consent_use_untold",
    consent_use.c.day,
    sqlite_where=_is_untold,
    postgresql_where=_is_untold,
)
