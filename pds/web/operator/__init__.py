"""The operator's pages: recipients, their papers, their software. No personal data."""

from flask import Blueprint

blueprint = Blueprint("operator", __name__, url_prefix="/operator")

# The views register themselves on the blueprint above, so they come after it.
from pds.web.operator import (  # noqa: E402 - see above
    attestations,
    board,
    clients,
    contract_signing,
    contracts,
    countries,
    criteria,
    data_sets,
    facts,
    mandate,
    offers,
    outbox,
    papers,
    processors,
    recipients,
    vetting,
)

__all__ = [
    "attestations",
    "blueprint",
    "board",
    "clients",
    "contract_signing",
    "contracts",
    "countries",
    "criteria",
    "data_sets",
    "facts",
    "mandate",
    "offers",
    "outbox",
    "papers",
    "processors",
    "recipients",
    "vetting",
]
