"""Checks of the settings of a time-stamping authority (RFC 3161)."""

from pathlib import Path
from urllib.parse import urlsplit

from pds.core.environment import SettingsError

_LOCAL_HOSTS = ("localhost",)


def check(url: str | None, certificate: Path | None) -> None:
    """Check that an authority can be asked and believed.

    Raises:
        SettingsError: with one sentence for the operator.
    """
    if (url is None) != (certificate is None):
        raise SettingsError(
            "INFOBANK_TIMESTAMP_URL and INFOBANK_TIMESTAMP_CERTIFICATE go together:"
            " without the authority's certificate no time stamp can be believed."
        )
    if url is not None and not _is_authority(url):
        raise SettingsError(
            "INFOBANK_TIMESTAMP_URL must be an https URL without a user, or http if its"
            " host is localhost."
        )


def _is_authority(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    is_local = parts.hostname in _LOCAL_HOSTS
    return (
        bool(parts.hostname)
        and parts.scheme in ("https", *(("http",) if is_local else ()))
        and "@" not in parts.netloc
        and url.isascii()
        and url.isprintable()
        and " " not in url
    )
