"""The browser's virtual authenticator: a fingerprint reader without a finger."""

from typing import Any

from playwright.sync_api import Page

_OPTIONS = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Authenticator:
    """Belongs to one window, and answers at once."""

    def __init__(self, page: Page) -> None:
        self._devtools: Any = page.context.new_cdp_session(page)
        self._devtools.send("WebAuthn.enable")
        added = self._devtools.send(
            "WebAuthn.addVirtualAuthenticator", {"options": _OPTIONS}
        )
        self._id = added["authenticatorId"]

    def recognise(self, *, holder: bool) -> None:
        """Let the finger on the reader be the holder's, or somebody else's."""
        self._devtools.send(
            "WebAuthn.setUserVerified",
            {"authenticatorId": self._id, "isUserVerified": holder},
        )

    def passkeys(self) -> list[dict[str, Any]]:
        """Return what it holds."""
        found = self._devtools.send(
            "WebAuthn.getCredentials", {"authenticatorId": self._id}
        )
        return list(found["credentials"])
