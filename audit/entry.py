"""What a service says to the log, and everything of it that can be computed early."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from uuid import UUID

from audit import commitment
from audit.canonical import canonical
from audit.leaf import DETAIL_FIELDS, MAX_SIZE, EventType, bucket, is_name
from audit.pseudonyms import Pseudonyms
from pds.core.errors import Invalid
from pds.core.ids import BANK, Ids, OwnerId

_OF_THE_RECORDER = frozenset(
    {"owner", "pseudonym", "gen", "i", "n", "consent_id", "consent_version"}
)
_FIXED_SIZE = 64 + 32 + 16
"""Bytes of com, sub and the longest t, which are known only in the transaction."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One act, as the service that does it describes it.

    Attributes:
        type: what kind of act.
        subject: the person whose handle and audit key it uses; the bank for acts
            that concern no person.
        recipient: stable id of the recipient organisation.
        source: stable id of the data source.
        purpose: id of the purpose.
        categories: category ids, in any order.
        count: exact number of records; the leaf shows its bucket, the detail itself.
        form: provision form.
        ref: id of an earlier leaf that this one completes.
        consent: consent id and version, hidden in the leaf behind a commitment.
        detail: further fields of the closed list, all text. `reasons` holds
            space-separated codes: reasons of a denial, or the action of an event.
            `object` names what the act is about: a key's class, generation and
            commitment, a digest, the id of a contract.
    """

    type: EventType
    subject: OwnerId = BANK
    recipient: str | None = None
    source: str | None = None
    purpose: str | None = None
    categories: tuple[str, ...] = ()
    count: int | None = None
    form: str | None = None
    ref: UUID | None = None
    consent: tuple[UUID, int] | None = None
    detail: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class PreparedEntry:
    """An entry with id, salts and field commitments; lacks only gen, i and time.

    Attributes:
        leaf_parts: bytes of the leaf before com, between com and sub, between sub and
            t, and after t.
        m_parts: bytes of the detail map before and after the members gen and i.
        detail_parts: bytes of the sealed detail before and after these members.
        fields: every field of the detail but gen and i.
        salts: the salt of every field, those of gen and i included.
    """

    id: UUID
    id_text: str
    subject: OwnerId
    leaf_parts: tuple[bytes, bytes, bytes, bytes]
    m_parts: tuple[bytes, bytes]
    detail_parts: tuple[bytes, bytes]
    fields: Mapping[str, str]
    opening: bytes
    salt_root: bytes
    salts: Mapping[str, bytes]


def prepare(
    entry: Entry,
    ids: Ids,
    pseudonyms: Pseudonyms | None,
    leaf_id: UUID | None = None,
) -> PreparedEntry:
    """Compute all that needs no transaction.

    Args:
        entry: the act.
        ids: maker of ids and secrets.
        pseudonyms: names the person for auditors; the bank itself has no such name.
        leaf_id: id of the leaf, where it was promised before; else a new one.

    Raises:
        Invalid: a field outside the closed list, a malformed id, or a leaf that
            would exceed 4 KB.
    """
    _check(entry)
    secret = ids.secret(2 * commitment.OPENING_SIZE)
    opening = secret[: commitment.OPENING_SIZE]
    salt_root = secret[commitment.OPENING_SIZE :]
    leaf_id = leaf_id or ids.new()
    id_text = str(leaf_id)
    fields = _all_fields(entry, pseudonyms)
    parts = _leaf_parts(entry, id_text, salt_root)
    if sum(map(len, parts)) + _FIXED_SIZE > MAX_SIZE:
        raise Invalid("log.entry-too-large", "The leaf would exceed 4 KB.")
    salts = {name: commitment.salt(salt_root, name) for name in (*fields, "gen", "i")}
    return PreparedEntry(
        leaf_id,
        id_text,
        entry.subject,
        parts,
        _m_parts(fields, salts),
        _detail_parts(fields, opening, salt_root),
        fields,
        opening,
        salt_root,
        salts,
    )


def _check(entry: Entry) -> None:
    names = (entry.recipient, entry.source, entry.purpose, entry.form)
    if not all(
        is_name(name) for name in (*names, *entry.categories) if name is not None
    ):
        raise Invalid("log.entry-name", "An id in the entry is malformed.")
    if entry.detail.keys() - DETAIL_FIELDS or entry.detail.keys() & _OF_THE_RECORDER:
        raise Invalid("log.entry-field", "A detail field is not open to callers.")
    if not all(_is_text(value) for value in entry.detail.values()):
        raise Invalid("log.entry-field", "A detail field is not text.")
    if entry.count is not None and entry.count < 0:
        raise Invalid("log.entry-count", "A count is negative.")


def _is_text(value: object) -> bool:
    # Half of a surrogate pair is a str to Python and nothing to UTF-8.
    if not isinstance(value, str):
        return False
    return value.isascii() or not any("\ud800" <= each <= "\udfff" for each in value)


def _all_fields(entry: Entry, pseudonyms: Pseudonyms | None) -> dict[str, str]:
    fields = {**entry.detail, "owner": str(entry.subject)}
    if pseudonyms is not None and entry.subject != BANK:
        fields["pseudonym"] = pseudonyms.of(entry.subject)
    if entry.count is not None:
        fields["n"] = str(entry.count)
    if entry.consent is not None:
        fields["consent_id"] = str(entry.consent[0])
        fields["consent_version"] = str(entry.consent[1])
    return fields


def _leaf_parts(
    entry: Entry, leaf_id: str, salt_root: bytes
) -> tuple[bytes, bytes, bytes, bytes]:
    # Written out by hand, in the order of the sorted keys: ids need no escaping.
    categories = ",".join(f'"{name}"' for name in sorted(set(entry.categories)))
    before = f'{{"cats":[{categories}],"com":"' if categories else '{"com":"'
    middle = ['"']
    if entry.consent is not None:
        opening = commitment.consent_opening(salt_root)
        consent_id, version = str(entry.consent[0]), entry.consent[1]
        con = commitment.consent_commitment(opening, consent_id, version)
        middle.append(f',"con":"{con.hex()}"')
    _add(middle, "form", entry.form)
    _add(middle, "id", leaf_id)
    if entry.count is not None:
        middle.append(f',"n":{bucket(entry.count)}')
    _add(middle, "pur", entry.purpose)
    _add(middle, "rcp", entry.recipient)
    _add(middle, "ref", None if entry.ref is None else str(entry.ref))
    _add(middle, "src", entry.source)
    middle.append(',"sub":"')
    after = f',"typ":"{entry.type.value}","v":1}}'
    return before.encode(), "".join(middle).encode(), b'","t":', after.encode()


def _add(parts: list[str], name: str, value: str | None) -> None:
    if value is not None:
        parts.append(f',"{name}":"{value}"')


def _m_parts(
    fields: Mapping[str, str], salts: Mapping[str, bytes]
) -> tuple[bytes, bytes]:
    hexes = {
        name: commitment.field_commitment(salts[name], name, value).hex()
        for name, value in fields.items()
    }
    before, after = _around_gen(hexes)
    return b"{" + before, after + b"}"


def _detail_parts(
    fields: Mapping[str, str], opening: bytes, salt_root: bytes
) -> tuple[bytes, bytes]:
    before, after = _around_gen(fields)
    rest = canonical({"o": opening.hex(), "s": salt_root.hex(), "v": 1})
    return b'{"f":{' + before, after + b"}," + rest[1:]


def _around_gen(members: Mapping[str, str]) -> tuple[bytes, bytes]:
    # No field sorts between gen and i, so that their two members fit in one gap.
    before = {name: value for name, value in members.items() if name < "gen"}
    after = {name: value for name, value in members.items() if name > "gen"}
    head = canonical(before)[1:-1]
    tail = canonical(after)[1:-1]
    return head + b"," if head else b"", b"," + tail if tail else b""
