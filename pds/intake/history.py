"""What another bank recorded of a person, read from the archive that was taken in."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from pds.core.clock import from_millis
from pds.core.database import Snapshot
from pds.core.errors import NotFound
from pds.core.ids import OwnerId
from pds.intake.moving import MEDIA_TYPES, SENT
from pds.vault.errors import VaultNotFound
from pds.vault.service import Vault
from providers.formats.archive_files import Files
from providers.issues import FileRefused

_MOST: Final = 64 << 20
_INSTRUCTIONS: Final = "instructions/set.json"
_JUDGEMENTS: Final = "judgements/judgements.ndjson"
_LAST_MOMENT: Final = 1 << 43
_AXES: Final = ("recipient_classes", "recipients", "purposes", "categories")


@dataclass(frozen=True, slots=True)
class FormerHistory:
    """The history in one archive; the archive was checked when it was taken in.

    Attributes:
        issuer: the bank that made it.
        log_vkeys: keys of its log, as the archive names them.
        consents: what the consent receipts say, in the order of their ids.
        disclosures: rows of its record of provision, newest first.
        mandates: the last event of each mandate.
        instructions: the standing instructions as they stood; nothing follows from
            them here.
        judgements: what that bank judged in the person's place, newest first.
        is_sent: whether that bank sent it, on its person's order.
    """

    issuer: str
    log_vkeys: Sequence[str]
    consents: Sequence[Mapping[str, Any]]
    disclosures: Sequence[Mapping[str, Any]]
    mandates: Sequence[Mapping[str, Any]]
    instructions: Sequence[Mapping[str, Any]]
    judgements: Sequence[Mapping[str, Any]]
    files: Files
    is_sent: bool

    def proof(self, leaf_id: UUID) -> bytes:
        """Return a proof of the other bank's log.

        Raises:
            NotFound: `rights.no-entry`; the archive holds no such proof.
        """
        path = f"disclosures/proofs/{leaf_id}.tlog-proof"
        if path not in self.files.listed:
            raise NotFound("rights.no-entry", "There is no such proof.")
        return self.files.read(path)


def read(
    snap: Snapshot, vault: Vault, owner: OwnerId, import_id: UUID
) -> FormerHistory | None:
    """Return the history in an import; None if the import is no archive.

    Raises:
        EnvelopeError: the archive does not open.
    """
    try:
        original = vault.read_raw(snap, owner, import_id)
    except VaultNotFound:
        return None
    if original.media_type not in MEDIA_TYPES:
        return None
    try:
        return _read(Files(original.content), original.media_type == SENT)
    except (
        FileRefused,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
    ):
        return None


def _read(files: Files, is_sent: bool) -> FormerHistory:
    bank = json.loads(files.read("bank.json"))
    record = json.loads(files.read("disclosures/record.json", _MOST))
    return FormerHistory(
        issuer=str(bank["issuer"]),
        log_vkeys=[str(each) for each in bank["log_vkeys"]],
        consents=_last_events(files, "consents"),
        disclosures=[_row(each) for each in record["disclosures"]],
        mandates=_last_events(files, "mandates"),
        instructions=_instructions(files),
        judgements=_judgements(files),
        files=files,
        is_sent=is_sent,
    )


def _last_events(files: Files, folder: str) -> list[Mapping[str, Any]]:
    paths = [
        path
        for path in sorted(files.listed)
        if path.startswith(f"{folder}/") and path.endswith("/events.ndjson")
    ]
    return [each for path in paths if (each := _last(files.read(path)))]


def _instructions(files: Files) -> list[Mapping[str, Any]]:
    """Return the instructions; archives of before do not have them."""
    if _INSTRUCTIONS not in files.listed:
        return []
    return [
        {**_plain(each), **{name: _texts(each[name]) for name in _AXES}}
        for each in json.loads(files.read(_INSTRUCTIONS))["instructions"]
    ]


def _judgements(files: Files) -> list[Mapping[str, Any]]:
    if _JUDGEMENTS not in files.listed:
        return []
    lines = files.read(_JUDGEMENTS, _MOST).splitlines()
    return [_judgement(json.loads(line)) for line in reversed(lines)]


def _texts(said: Any) -> str:
    return ", ".join(each for each in said if isinstance(each, str))


def _judgement(said: Mapping[str, Any]) -> Mapping[str, Any]:
    made_at = said["made_at"]
    if type(made_at) is not int or not 0 <= made_at < _LAST_MOMENT:
        raise ValueError("This is no moment of a judgement.")
    return {**_plain(said), "made_at": from_millis(made_at)}


def _last(lines: bytes) -> Mapping[str, Any]:
    """Return where a consent or a mandate stood: its last event, with the last terms.

    Empty where nothing was said of it.
    """
    events = [json.loads(line) for line in lines.splitlines()]
    if not events:
        return {}
    provisions = [_plain(each["provision"]) for each in events if "provision" in each]
    return {**_plain(events[-1]), "provision": provisions[-1] if provisions else {}}


def _row(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a row of the record of provision; a strange id leads to no proof."""
    try:
        leaf_id = UUID(said["leaf_id"])
    except (ValueError, KeyError, AttributeError, TypeError):
        leaf_id = None
    return {**_plain(said), "leaf_id": leaf_id}


def _plain(said: Mapping[str, Any]) -> dict[str, str | int]:
    """Return the members that a page can show; who wrote the rest is not known."""
    return {name: each for name, each in said.items() if isinstance(each, str | int)}
