"""The form of a certificate, of a recipient or of a processor (R-02, R-04)."""

from collections.abc import Callable
from uuid import UUID

from flask_babel import gettext as _

from consent import certificates
from consent.criteria import accepted_certificates
from pds.core.clock import end_of
from pds.core.database import Snapshot
from pds.core.errors import Invalid
from pds.core.ids import RecipientId
from pds.web.context import bank
from pds.web.forms import Form
from pds.web.languages import named
from pds.web.reasons import public_words
from pds.web.sessions import actor


def kinds() -> list[tuple[str, str]]:
    """Return id and name of each kind that is accepted."""
    return [(kind, named(words)) for kind, words in accepted_certificates.ALL.items()]


def record(
    form: Form,
    recipient_of: Callable[[Snapshot], RecipientId | None],
    processor_id: UUID | None = None,
) -> bool:
    """Record what the form says; say whether it could be, else the form tells why.

    Args:
        form: what was sent.
        recipient_of: finds the recipient concerned; None if it is the bank itself.
        processor_id: the processor that holds it, if it is not the recipient.
    """
    who = actor()
    kind = form.choice(
        "kind", list(accepted_certificates.ALL), needed=_("Choose the kind.")
    )
    number = form.text("number", needed=_("Enter the number of the certificate."))
    last = form.day("valid_until", needed=_("Enter a day such as 2027-03-31."))
    if not form.is_good or last is None:
        return False
    try:
        bank().unit_of_work(
            lambda work: certificates.add(
                work,
                recipient_of(work),
                kind=kind,
                number=number,
                valid_until=end_of(last),
                actor=who,
                processor_id=processor_id,
            )
        )
    except Invalid as error:
        form.fail(error.code.partition(".")[2], public_words(error))
        return False
    return True
