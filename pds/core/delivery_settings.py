"""Settings of what goes out: the server for mail, and how long anything is tried."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pds.core.environment import Reader, SettingsError

STARTTLS, TLS, PLAIN = "starttls", "tls", "plain"
_SENDER = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\Z", re.ASCII)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PORTS = {STARTTLS: 587, TLS: 465, PLAIN: 25}


@dataclass(frozen=True, kw_only=True)
class DeliverySettings:
    """How mail and events go out; no secret is in here.

    Attributes:
        smtp_host: server that takes mail; None if no mail is sent.
        smtp_port: its port.
        smtp_security: `starttls`, `tls` from the first byte, or `plain`, which only a
            server on this machine may have.
        smtp_user: name to log in with; empty for none.
        smtp_password_file: file with the password.
        smtp_certificate: PEM file of the certificates to believe the server by; those
            of the system unless set.
        smtp_sender: address that mail comes from, and that bounces go to.
        delivery_days: days for which anything is tried before it is given up.
    """

    smtp_host: str | None
    smtp_port: int
    smtp_security: str
    smtp_user: str
    smtp_password_file: Path | None
    smtp_certificate: Path | None
    smtp_sender: str
    delivery_days: int

    @classmethod
    def read(cls, read: Reader) -> Self:
        """Read and check them.

        Raises:
            SettingsError: with one sentence for the operator.
        """
        security = read.text("SMTP_SECURITY", STARTTLS)
        if security not in _PORTS:
            raise SettingsError("INFOBANK_SMTP_SECURITY is starttls, tls or plain.")
        port = read.number("SMTP_PORT", _PORTS[security], least=1, most=65535)
        settings = cls(
            smtp_host=read.text("SMTP_HOST", "") or None,
            smtp_port=port,
            smtp_security=security,
            smtp_user=read.text("SMTP_USER", ""),
            smtp_password_file=read.file("SMTP_PASSWORD_FILE"),
            smtp_certificate=read.file("SMTP_CERTIFICATE"),
            smtp_sender=read.text("SMTP_SENDER", ""),
            delivery_days=read.number("DELIVERY_DAYS", 7, least=1, most=30),
        )
        if settings.smtp_host is not None:
            settings._check()
        return settings

    @property
    def sends_mail(self) -> bool:
        """Whether there is a server for mail."""
        return self.smtp_host is not None

    def _check(self) -> None:
        if _SENDER.match(self.smtp_sender) is None:
            raise SettingsError(
                "INFOBANK_SMTP_SENDER must be the plain address that mail comes from."
            )
        if bool(self.smtp_user) != (self.smtp_password_file is not None):
            raise SettingsError(
                "INFOBANK_SMTP_USER and INFOBANK_SMTP_PASSWORD_FILE go together."
            )
        if self.smtp_security == PLAIN and self.smtp_host not in _LOOPBACK:
            raise SettingsError(
                "INFOBANK_SMTP_SECURITY=plain needs a server on this machine: anybody"
                " on the way could read addresses and codes."
            )
