"""Settings of the key provider: who holds the key-encryption keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pds.core.environment import PREFIX, Reader, SettingsError

FILE, SYSTEMD, PKCS11, TRANSIT = "file", "systemd", "pkcs11", "transit"

_NEEDED = {
    FILE: (),
    SYSTEMD: (),
    PKCS11: ("PKCS11_MODULE", "PKCS11_TOKEN", "PKCS11_PIN_FILE"),
    TRANSIT: ("TRANSIT_URL", "TRANSIT_TOKEN_FILE"),
}
_BELONGS = {
    "CREDENTIALS_DIR": SYSTEMD,
    "PKCS11_MODULE": PKCS11,
    "PKCS11_TOKEN": PKCS11,
    "PKCS11_PIN_FILE": PKCS11,
    "TRANSIT_URL": TRANSIT,
    "TRANSIT_TOKEN_FILE": TRANSIT,
    "TRANSIT_MOUNT": TRANSIT,
    "TRANSIT_KEY": TRANSIT,
    "TRANSIT_SECRETS": TRANSIT,
    "TRANSIT_NAMESPACE": TRANSIT,
    "TRANSIT_CERTIFICATE": TRANSIT,
}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_MARKS = frozenset("-_./")


@dataclass(frozen=True, kw_only=True)
class KeySettings:
    """Who holds the key-encryption keys, and how long they live; no secret is in here.

    Attributes:
        key_provider: `file`, `systemd`, `pkcs11` or `transit`.
        credentials_dir: folder of the credentials that systemd passed.
        pkcs11_module: library of the token's maker.
        pkcs11_token: label of the token.
        pkcs11_pin_file: file with the user's PIN.
        transit_url: address of the key server (Vault or OpenBao).
        transit_token_file: file with a token of the server; read anew when it expires.
        transit_mount: where the server's transit engine is mounted.
        transit_key: name of the key in it.
        transit_secrets: mount and folder of a key-value engine (version 2) that keeps
            the named secrets.
        transit_namespace: the server's namespace; empty for none.
        transit_certificate: PEM file of the certificates to believe the server by.
        erasure_days: days after which no backup holds an erased key any more (C-05).
        backup_days: days for which a backup can be restored at least.
    """

    key_provider: str
    credentials_dir: Path | None
    pkcs11_module: Path | None
    pkcs11_token: str
    pkcs11_pin_file: Path | None
    transit_url: str
    transit_token_file: Path | None
    transit_mount: str
    transit_key: str
    transit_secrets: str
    transit_namespace: str
    transit_certificate: Path | None
    erasure_days: int
    backup_days: int

    @classmethod
    def read(cls, read: Reader, environ: Mapping[str, str], data_dir: Path) -> Self:
        """Read and check them.

        Raises:
            SettingsError: with one sentence for the operator.
        """
        kind = read.text("KEY_PROVIDER", FILE)
        _check_provider(kind, environ)
        credentials = read.text(
            "CREDENTIALS_DIR", environ.get("CREDENTIALS_DIRECTORY", "")
        )
        settings = cls(
            key_provider=kind,
            credentials_dir=Path(credentials).resolve() if credentials else None,
            pkcs11_module=read.file("PKCS11_MODULE"),
            pkcs11_token=read.text("PKCS11_TOKEN", ""),
            pkcs11_pin_file=read.file("PKCS11_PIN_FILE"),
            transit_url=read.text("TRANSIT_URL", "").rstrip("/"),
            transit_token_file=read.file("TRANSIT_TOKEN_FILE"),
            transit_mount=read.text("TRANSIT_MOUNT", "transit"),
            transit_key=read.text("TRANSIT_KEY", "infobank"),
            transit_secrets=read.text("TRANSIT_SECRETS", "secret/infobank"),
            transit_namespace=read.text("TRANSIT_NAMESPACE", ""),
            transit_certificate=read.file("TRANSIT_CERTIFICATE"),
            erasure_days=read.number("ERASURE_DAYS", 30, least=2, most=365),
            backup_days=read.number("BACKUP_DAYS", 7, least=1, most=364),
        )
        settings._check(data_dir)
        return settings

    def _check(self, data_dir: Path) -> None:
        if self.backup_days >= self.erasure_days:
            raise SettingsError(
                "INFOBANK_BACKUP_DAYS must be less than INFOBANK_ERASURE_DAYS: as long"
                " as a backup can be restored, it holds keys that were erased since."
            )
        if self.key_provider == SYSTEMD and self.credentials_dir is None:
            raise SettingsError(
                "INFOBANK_KEY_PROVIDER=systemd needs $CREDENTIALS_DIRECTORY, which"
                " systemd sets for a unit with LoadCredentialEncrypted=."
            )
        if self.key_provider == TRANSIT:
            self._check_transit()
        for name in ("credentials_dir", "pkcs11_pin_file", "transit_token_file"):
            path = getattr(self, name)
            if path is not None and path.is_relative_to(data_dir):
                raise SettingsError(
                    f"{PREFIX}{name.upper()} lies inside INFOBANK_DATA_DIR; whoever"
                    " takes the data would take the keys. Choose a place elsewhere."
                )

    def _check_transit(self) -> None:
        if not _is_server(self.transit_url):
            raise SettingsError(
                "INFOBANK_TRANSIT_URL must be an https URL without a user or a query,"
                " or http if it leads to this machine."
            )
        for name in ("MOUNT", "KEY", "SECRETS", "NAMESPACE"):
            word = getattr(self, f"transit_{name.lower()}")
            if not all(c.isascii() and (c.isalnum() or c in _MARKS) for c in word):
                raise SettingsError(
                    f"INFOBANK_TRANSIT_{name} holds letters, digits and - _ . / only."
                )
        if "/" not in self.transit_secrets.strip("/"):
            raise SettingsError(
                "INFOBANK_TRANSIT_SECRETS is a mount and a folder, such as"
                " secret/infobank."
            )


def _check_provider(kind: str, environ: Mapping[str, str]) -> None:
    if kind not in _NEEDED:
        raise SettingsError(
            "INFOBANK_KEY_PROVIDER is file, systemd, pkcs11 or transit."
        )
    for name in _NEEDED[kind]:
        if not environ.get(PREFIX + name):
            raise SettingsError(f"INFOBANK_KEY_PROVIDER={kind} needs {PREFIX}{name}.")
    for name, owner in _BELONGS.items():
        if environ.get(PREFIX + name) and owner != kind:
            raise SettingsError(
                f"{PREFIX}{name} belongs to INFOBANK_KEY_PROVIDER={owner}, but the"
                f" provider is {kind}; remove one of the two."
            )


def _is_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    is_safe = parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in _LOOPBACK
    )
    is_plain = url.isascii() and url.isprintable() and not set(url) & set(" @?#")
    return bool(parts.hostname) and is_safe and is_plain
