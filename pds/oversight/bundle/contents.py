"""What section 17 of the guidelines asks for, and where a bundle has it or has not."""

from typing import Final

KEPT, PARTLY, ELSEWHERE, NOT_KEPT = "kept", "partly", "elsewhere", "not-kept"

_NO = "not kept by this product yet"

SECTION_17: Final[tuple[tuple[str, str, tuple[str, ...], str], ...]] = (
    (
        "Criteria matrix with live status",
        KEPT,
        ("criteria.ndjson", "contents.json", "state.json"),
        "each criterion with its status, evidence and document's hash",
    ),
    (
        "Policies, terms, notices, contracts by date",
        PARTLY,
        (
            "registers/notices.ndjson",
            "registers/contracts.ndjson",
            "registers/offers.ndjson",
        ),
        f"the bank's own policies and terms: {_NO}",
    ),
    ("Departures from the model terms", NOT_KEPT, (), _NO),
    (
        "Board register, minutes, decisions against live items",
        KEPT,
        (
            "registers/board-members.ndjson",
            "registers/board-conflicts.ndjson",
            "registers/board-decisions.ndjson",
            "registers/board-proposals.ndjson",
            "registers/board-ballots.ndjson",
            "registers/board-conditions.ndjson",
            "registers/board-subjects.ndjson",
        ),
        "votes with their reasons are the minutes",
    ),
    (
        "Random sample of consents",
        ELSEWHERE,
        (),
        "drawn at /auditor/sample, because each person sees each look",
    ),
    (
        "Random sample of provisions",
        ELSEWHERE,
        (),
        "drawn at /auditor/sample, because each person sees each look",
    ),
    (
        "Withdrawals of the period",
        PARTLY,
        ("figures.json",),
        f"follow-up by recipients: {_NO}",
    ),
    ("Requests of persons with times and refusals", NOT_KEPT, (), _NO),
    (
        "File of each recipient",
        PARTLY,
        (
            "registers/recipients.ndjson",
            "registers/certificates.ndjson",
            "registers/recipient-attestations.ndjson",
            "registers/processors.ndjson",
        ),
        f"audits and deletions of recipients: {_NO}",
    ),
    (
        "Access log with its proof, and who may look",
        PARTLY,
        ("log", "looks.ndjson", "accounts.ndjson", "unmaskings.ndjson", "checks"),
        f"sign-offs of reviews: {_NO}",
    ),
    (
        "Incidents and drills",
        KEPT,
        (
            "registers/incidents.ndjson",
            "registers/incident-steps.ndjson",
            "registers/incident-lists.ndjson",
        ),
        "exercises are marked; texts and reports are read at /auditor/incidents",
    ),
    ("Complaints", NOT_KEPT, (), _NO),
    (
        "Attempts that the gates stopped",
        PARTLY,
        ("figures.json",),
        "refusals by month and recipient; reasons stand in the sealed details",
    ),
    ("Ledger of benefits", NOT_KEPT, (), _NO),
    (
        "Retention and deletion",
        PARTLY,
        ("keys.json", "checks/census.json"),
        f"keys by class, state and day, held against the log; other runs: {_NO}",
    ),
    (
        "Register of changes and notices to the certifier",
        PARTLY,
        ("changes.ndjson",),
        f"notices to the certifier: {_NO}",
    ),
)
"""Title, how far it is kept, files, and what is missing, in the section's order."""


def contents() -> list[dict[str, object]]:
    """Return the table of contents of every bundle."""
    return [
        {"no": no, "title": title, "status": status, "files": list(names), "note": note}
        for no, (title, status, names, note) in enumerate(SECTION_17, start=1)
    ]
