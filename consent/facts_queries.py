"""The prepared statements behind `facts_store` and `recipient_facts`."""

from sqlalchemy import (
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from audit.tables import person_state
from consent.board_tables import board_item
from consent.instruction_tables import instruction_set
from consent.mandate_tables import mandate_current
from consent.promise_tables import duty
from consent.tables import (
    board_subject,
    consent_current,
    consent_event,
    consent_use,
    offer,
    processor,
    recipient,
    recipient_certificate,
    recipient_contract,
)
from consent.vetting.tables import recipient_country
from pds.core.database import Prepared
from pds.core.vocabulary.countries import HOME
from pds.keys.classes import KeyState
from pds.keys.tables import owner_key

_used = and_(
    consent_use.c.owner_id == bindparam("owner"),
    consent_use.c.consent_id == bindparam("consent"),
)
CONSENT = Prepared(
    select(
        consent_current.c.version,
        consent_current.c.terms_version,
        consent_current.c.generation,
        consent_current.c.state,
        consent_current.c.recipient_id,
        consent_current.c.expires_at,
        consent_event.c.envelope,
        select(consent_use.c.n)
        .where(_used, consent_use.c.day == bindparam("on_day"))
        .scalar_subquery(),
        exists().where(_used),
        instruction_set.c.version,
        instruction_set.c.generation,
        instruction_set.c.envelope,
    )
    .join(
        consent_event,
        and_(
            consent_event.c.owner_id == consent_current.c.owner_id,
            consent_event.c.consent_id == consent_current.c.consent_id,
            consent_event.c.version == consent_current.c.terms_version,
        ),
    )
    .outerjoin(
        instruction_set, instruction_set.c.owner_id == consent_current.c.owner_id
    )
    .where(
        consent_current.c.owner_id == bindparam("owner"),
        consent_current.c.consent_id == bindparam("consent"),
    )
)
"""The consent with the event that said its terms, today's fetches, and the sealed
instructions of the person."""
RECIPIENT = Prepared(
    select(
        recipient.c.standing,
        recipient.c.recipient_class,
        recipient.c.class_no,
        recipient.c.mode,
        recipient.c.cleared_until,
        recipient.c.country,
        processor.c.country,
        processor.c.categories,
        exists().where(
            duty.c.recipient_id == bindparam("recipient"),
            duty.c.state == literal_column("'overdue'"),
        ),
    )
    .select_from(
        recipient.outerjoin(
            processor,
            and_(
                processor.c.recipient_id == recipient.c.recipient_id,
                processor.c.country != literal_column(f"'{HOME}'"),
                processor.c.ended_at.is_(None),
            ),
        )
    )
    .where(recipient.c.recipient_id == bindparam("recipient"))
    .order_by(processor.c.processor_id)
)
"""Where the recipient stands, its class, mode and country, until when criteria hold,
a processor in force abroad (a row for each, or one without), and whether any duty of it
is overdue."""
CONTRACT = Prepared(
    select(recipient_contract)
    .where(
        recipient_contract.c.contract_id == bindparam("contract"),
        recipient_contract.c.recipient_id == bindparam("recipient"),
        recipient_contract.c.state.in_(
            (literal_column("'in-force'"), literal_column("'ended'"))
        ),
    )
    .order_by(recipient_contract.c.version.desc())
)
"""The contract, newest version first; unsigned versions do not count."""
OFFER = Prepared(
    select(offer.c.version, offer.c.state)
    .where(
        offer.c.offer_id == bindparam("offer"),
        offer.c.recipient_id == bindparam("recipient"),
    )
    .order_by(offer.c.version.desc())
)
"""The offer, newest version first."""
CERTIFICATES = Prepared(
    select(
        recipient_certificate.c.kind,
        recipient_certificate.c.valid_until,
        recipient_certificate.c.processor_id,
        processor.c.categories,
    )
    .outerjoin(
        processor,
        and_(
            processor.c.recipient_id == recipient_certificate.c.recipient_id,
            processor.c.processor_id == recipient_certificate.c.processor_id,
        ),
    )
    .where(recipient_certificate.c.recipient_id == bindparam("recipient"))
)
"""The certificates of the recipient and of its processors, with what they handle."""
COUNTRY = Prepared(
    select(recipient_country.c.valid_until)
    .where(
        recipient_country.c.recipient_id == bindparam("recipient"),
        recipient_country.c.country == bindparam("country"),
    )
    .order_by(recipient_country.c.no.desc())
)
"""Until when facts about a foreign country count, newest first."""
SUBJECTS = 8
"""Of how many things at most a decision is read: one of each kind of `OF_PROVISION`,
and three lists of the vocabulary (`consent.fences.subjects`)."""
_subjects = or_(
    *(
        and_(
            board_subject.c.kind == bindparam(f"kind_{n}"),
            board_subject.c.subject_id == bindparam(f"id_{n}"),
        )
        for n in range(SUBJECTS)
    )
)
BOARD = Prepared(
    select(
        board_subject.c.kind,
        board_subject.c.subject_id,
        board_subject.c.decision_id,
        board_subject.c.subject_version,
        board_subject.c.result,
        board_subject.c.valid_until,
    ).where(_subjects)
)
"""The last decisions on recipient, contract, offer, question, purpose and lists."""
MANDATE = Prepared(
    select(
        board_subject.c.decision_id,
        board_subject.c.subject_version,
        board_subject.c.result,
        board_subject.c.valid_until,
    )
    .join(
        mandate_current,
        and_(
            board_subject.c.kind == bindparam("kind"),
            board_subject.c.subject_id == cast(mandate_current.c.terms_version, Text),
        ),
    )
    .where(mandate_current.c.owner_id == bindparam("owner"))
)
"""The last decision on the terms of the person's mandate."""
SCREENS = Prepared(
    select(
        board_subject.c.decision_id,
        board_subject.c.subject_version,
        board_subject.c.result,
        board_subject.c.valid_until,
    )
    .select_from(
        board_item.outerjoin(
            board_subject,
            and_(
                board_subject.c.kind == board_item.c.kind,
                board_subject.c.subject_id == board_item.c.subject_id,
            ),
        )
    )
    .where(board_item.c.kind == bindparam("kind"), board_item.c.is_live)
    .order_by(board_item.c.name)
)
"""The last decision on each screen that is live, or no values."""
FENCE_COLUMNS = (
    select(person_state.c.fence)
    .where(person_state.c.owner_id == bindparam("owner"))
    .scalar_subquery(),
    select(recipient.c.fence)
    .where(recipient.c.recipient_id == bindparam("recipient"))
    .scalar_subquery(),
    select(func.max(recipient_contract.c.fence))
    .where(recipient_contract.c.contract_id == bindparam("contract"))
    .scalar_subquery(),
    select(func.max(offer.c.fence))
    .where(offer.c.offer_id == bindparam("offer"))
    .scalar_subquery(),
    select(func.sum(board_subject.c.fence)).where(_subjects).scalar_subquery(),
)
"""One for each member of `Fences`, None where there is no row."""
FENCES = Prepared(select(*FENCE_COLUMNS))
"""The change counters of all of them, in one row."""
_newer = owner_key.alias("newer")
DESTROYED = Prepared(
    select(owner_key.c["class"]).where(
        owner_key.c.owner_id == bindparam("owner"),
        owner_key.c["class"] >= bindparam("first_family"),
        owner_key.c.state == literal_column(str(KeyState.DESTROYED.value)),
        ~exists().where(
            _newer.c.owner_id == owner_key.c.owner_id,
            _newer.c["class"] == owner_key.c["class"],
            _newer.c.generation > owner_key.c.generation,
        ),
    )
)
"""Classes of data whose last key was destroyed."""
