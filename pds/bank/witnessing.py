"""Shows each published checkpoint to the witnesses of the policy (C2SP tlog-witness).

Runs in a thread of its own, never while a request waits. Whatever a witness answers or
leaves out stops nothing: it is written down, and asked again at the next turn.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from pathlib import Path

import structlog

from audit import cosignatures, store
from audit.checkpoint import parse_number
from audit.errors import VerificationError
from audit.note import VerifierKey, open_note, split_note
from audit.store import Published
from audit.verifier.policy import parse_policy
from audit.witness.decision import Refusal
from audit.witness.request import write_submission
from pds.bank.bank import Bank
from pds.bank.posting import Answer, post
from pds.core.clock import from_millis
from pds.core.errors import BankError
from pds.core.logging import describe

log = structlog.get_logger()

_AT_ONCE = 8
_WORDS_WITH_ADDRESS = 4
_OK = 200


class WitnessFailed(Exception):  # noqa: N818 - what happened, as it is logged
    """A witness did not cosign; the message says how it answered."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A witness that can be asked.

    Attributes:
        name: in the policy.
        key: of its cosignatures.
        address: submission prefix, without a final slash.
    """

    name: str
    key: VerifierKey
    address: str


def contacts(path: Path) -> list[Contact]:
    """Return the witnesses of a policy file that have an address.

    Raises:
        VerificationError: the policy is malformed.
        OSError: it cannot be read.
    """
    text = path.read_text(encoding="utf-8")
    witnesses = parse_policy(text).witnesses
    lines = [line.split() for line in text.splitlines()]
    return [
        Contact(words[1], witnesses[words[1]], words[3].rstrip("/"))
        for words in lines
        if words[:1] == ["witness"] and len(words) == _WORDS_WITH_ADDRESS
    ]


def numbers(bank: Bank) -> dict[str, dict[str, float]]:
    """Return how each witness stands, by the name of the number and of the witness.

    Raises:
        VerificationError: the policy is malformed.
        OSError: it cannot be read.
    """
    policy = bank.settings.witness_policy
    known = [] if policy is None else contacts(policy)
    with bank.read() as view:
        newest = {
            each.name: found
            for each in known
            if (found := cosignatures.newest_of(view.connection, each.key))
        }
    return {
        "cosigned_entries": {name: each.size for name, each in newest.items()},
        "last_cosigned_timestamp_seconds": {
            name: each.at.timestamp() for name, each in newest.items()
        },
        "last_failure_timestamp_seconds": {
            each.name: bank.witness_failures[each.name].timestamp()
            for each in known
            if each.name in bank.witness_failures
        },
    }


def ask_witnesses(bank: Bank) -> None:
    """Have the newest published checkpoint cosigned by whoever has not done so yet."""
    policy = bank.settings.witness_policy
    if policy is None:
        return
    with ThreadPoolExecutor(_AT_ONCE, "witness") as pool:
        list(pool.map(partial(_ask, bank), contacts(policy)))


def _ask(bank: Bank, contact: Contact) -> None:
    try:
        _submit(bank, contact)
    except (
        OSError,
        ValueError,
        HTTPException,
        BankError,
        VerificationError,
        WitnessFailed,
    ) as error:
        bank.witness_failures[contact.name] = bank.clock.now()
        log.warning("witness failed", kind=contact.name, **describe(error))


def _submit(bank: Bank, contact: Contact) -> None:
    with bank.read() as view:
        published = store.latest_checkpoint(view.connection)
        known = cosignatures.newest_of(view.connection, contact.key)
    if published is None or (known is not None and known.size >= published.size):
        return
    answer = _send(bank, contact, published, 0 if known is None else known.size)
    if answer.status == Refusal.CONFLICT:
        seen = _seen(answer)
        if seen > published.size:
            raise WitnessFailed("The witness has seen more entries than there are.")
        answer = _send(bank, contact, published, seen)
    if answer.status != _OK:
        raise WitnessFailed(f"The witness answered {answer.status}.")
    _keep(bank, contact.key, published, answer.body.decode())


def _seen(answer: Answer) -> int:
    try:
        return parse_number(answer.body.decode().removesuffix("\n"))
    except (UnicodeDecodeError, VerificationError):
        raise WitnessFailed("The witness has seen another tree of this size.") from None


def _send(bank: Bank, contact: Contact, published: Published, old: int) -> Answer:
    proof: list[bytes] = []
    if old:
        with bank.read() as view:
            proof = store.consistency_proof(view.connection, old, published.size)
    body = write_submission(old, proof, published.note)
    return post(f"{contact.address}/add-checkpoint", body, bank.clock)


def _keep(bank: Bank, key: VerifierKey, published: Published, lines: str) -> None:
    line, time = _line_of(key, split_note(published.note)[0], lines)
    at = from_millis(time * 1000)
    bank.unit_of_work(
        lambda work: cosignatures.keep(work.connection, published.size, key, line, at)
    )


def _line_of(key: VerifierKey, text: str, lines: str) -> tuple[str, int]:
    """Return the line that verifies under the key, and its time; ignore all others.

    Raises:
        VerificationError: none does.
    """
    for line in lines.splitlines(keepends=True):
        try:
            found = open_note(f"{text}\n{line}", [key]).signatures[0]
        except VerificationError:
            continue
        if found.time is not None:
            return line, found.time
    raise VerificationError("The witness gave no cosignature of its key.")
