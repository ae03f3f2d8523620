"""The verifier's policy (C2SP tlog-policy): whose signatures are needed.

Lines `log <vkey>`, `witness <name> <vkey>`, `group <name> <k|any|all> <member>…` and
`quorum <name|none>`, and of our own `timestamp <required|optional>` and
`tsa <sha256 of a certificate>`; empty lines and lines that begin with `#` are skipped.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from audit.errors import VerificationError
from audit.note import Note, SignatureType, VerifierKey, parse_vkey
from audit.verifier.findings import Incomplete

_NONE = "none"
_FINGERPRINT = re.compile("[0-9a-f]{64}")


@dataclass(slots=True)
class Policy:
    """Known keys and the quorum of witnesses.

    Attributes:
        logs: keys of the log.
        witnesses: keys of witnesses by their name in the policy.
        groups: threshold and members of each group.
        quorum: name of the witness or group that must have signed, or None.
        timestamp: whether a time stamp by a third party must be there and checked.
        authorities: SHA-256 of certificates, one of which must be behind a time stamp.
    """

    logs: list[VerifierKey] = field(default_factory=list)
    witnesses: dict[str, VerifierKey] = field(default_factory=dict)
    groups: dict[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    quorum: str | None = None
    timestamp: bool = False
    authorities: list[str] = field(default_factory=list)
    _members: set[str] = field(default_factory=set)
    _public: set[bytes] = field(default_factory=set)

    @property
    def keys(self) -> list[VerifierKey]:
        """Every known key."""
        return [*self.logs, *self.witnesses.values()]

    def has_quorum(self, note: Note) -> bool:
        """Say whether enough witnesses have signed a checkpoint."""
        signed = {each.key for each in note.signatures}
        holding = {name for name, key in self.witnesses.items() if key in signed}
        # A group names only what stands before it, so that one pass is enough.
        for name, (threshold, members) in self.groups.items():
            if len(holding.intersection(members)) >= threshold:
                holding.add(name)
        return self.quorum is None or self.quorum in holding

    def _is_named(self, name: str) -> bool:
        return name in self.witnesses or name in self.groups

    def _add_group(self, name: str, count: str, *members: str) -> None:
        is_new = name != _NONE and not self._is_named(name)
        if not is_new or not members or not all(map(self._is_named, members)):
            raise VerificationError("A group of the policy is malformed.")
        self._check_once(members)
        named = {"any": 1, "all": len(members)}
        threshold = named[count] if count in named else _number(count)
        if not 0 < threshold <= len(members):
            raise VerificationError("A group of the policy can never be satisfied.")
        self.groups[name] = (threshold, members)

    def _check_once(self, members: tuple[str, ...]) -> None:
        # Counted twice, one witness would be two of a quorum.
        before = len(self._members)
        self._members.update(members)
        if len(self._members) < before + len(members):
            raise VerificationError("The policy has a witness or group in two places.")

    def _add_log(self, vkey: str, _url: str = "") -> None:
        self.logs.append(_key(vkey))

    def _add_witness(self, name: str, vkey: str, _url: str = "") -> None:
        if self._is_named(name) or name == _NONE:
            raise VerificationError("A witness of the policy is named twice.")
        key = _key(vkey)
        if key.type is SignatureType.ED25519:
            raise VerificationError("A witness of the policy has a key of a log.")
        if key.public_key in self._public:
            raise VerificationError("Two witnesses of the policy share a key.")
        self._public.add(key.public_key)
        self.witnesses[name] = key

    def _set_timestamp(self, need: str) -> None:
        if need not in {"required", "optional"}:
            raise VerificationError("A time stamp is required or optional.")
        self.timestamp = need == "required"

    def _add_authority(self, fingerprint: str) -> None:
        plain = fingerprint.replace(":", "").lower()
        if not _FINGERPRINT.fullmatch(plain):
            raise VerificationError("An authority is not named by a SHA-256.")
        self.authorities.append(plain)

    def _set_quorum(self, name: str) -> None:
        if name != _NONE and not self._is_named(name):
            raise VerificationError("The quorum of the policy is not defined.")
        self.quorum = None if name == _NONE else name


def parse_policy(text: str) -> Policy:
    """Read a policy.

    Raises:
        VerificationError: a line is malformed, or no log is named.
        Incomplete: a key is of a kind that cannot be checked here.
    """
    policy = Policy()
    acts: dict[str, Callable[..., None]] = {
        "log": policy._add_log,  # noqa: SLF001 - builder of the same module
        "witness": policy._add_witness,  # noqa: SLF001 - the same
        "group": policy._add_group,  # noqa: SLF001 - the same
        "quorum": policy._set_quorum,  # noqa: SLF001 - the same
        "timestamp": policy._set_timestamp,  # noqa: SLF001 - the same
        "tsa": policy._add_authority,  # noqa: SLF001 - the same
    }
    asked = 0
    # Some characters end a line on a screen and none here; else one might hide in a
    # comment what counts.
    for line in text.split("\n"):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        asked += words[0] == "quorum"
        try:
            acts[words[0]](*words[1:])
        except (KeyError, TypeError):
            raise VerificationError("A line of the policy is malformed.") from None
    if not policy.logs:
        raise VerificationError("The policy names no log.")
    if asked > 1 or (policy.witnesses and not asked):
        raise VerificationError("A policy with witnesses has one line of quorum.")
    return policy


def _key(vkey: str) -> VerifierKey:
    try:
        return parse_vkey(vkey)
    except VerificationError as error:
        if "unknown type" in str(error):
            raise Incomplete("The policy names a key of an unknown type.") from None
        raise


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise VerificationError("A group of the policy is malformed.")
    return int(text[:6])
