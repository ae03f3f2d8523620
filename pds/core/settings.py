"""Settings from the environment, checked before anything is opened.

Every variable is named `INFOBANK_*`. A missing, unknown or contradictory one refuses to
start with one sentence that says what to change.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pds.core import shared_store, timestamp_settings
from pds.core.delivery_settings import DeliverySettings
from pds.core.environment import PREFIX, Reader, SettingsError
from pds.core.key_settings import KeySettings
from pds.core.rules import rule_values

_TEST_ONLY = ("INFOBANK_TEST_", "INFOBANK_SAMPLES")
_LOCAL_HOSTS = ("localhost",)
_LEAST_TOKEN = 32
_FULL_AGE = rule_values.settled("age.majority")
_ANSWERED = rule_values.settled("rights.answer")
_KEPT = rule_values.settled("record.retention")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the service was told at its start; the one secret in it is never printed.

    Attributes:
        data_dir: folder of the embedded database.
        key_dir: folder of key files; never inside `data_dir`.
        keys: who holds the key-encryption keys, how to reach it, how long they live.
        delivery: how mail and events go out.
        database_url: SQLAlchemy URL; SQLite in `data_dir` unless set.
        database_seconds: within which PostgreSQL has to answer a statement.
        redis_url: shared storage of the rate limiter; memory unless set.
        issuer: base URL of the service and OAuth issuer, without a final slash.
        log_origin: origin line of the audit log's checkpoints.
        log_ml_dsa: whether published checkpoints are signed with ML-DSA-44 besides.
        host: address to listen on.
        port: port to listen on.
        workers: server processes; more than one needs PostgreSQL and Redis.
        trusted_proxies: number of reverse proxies whose forwarded headers count.
        certification_profile: `2.2` or `3.0-health` (X-01).
        audit_retention_years: years that provision records are kept (A-09).
        rights_days: days within which requests of persons are answered (A-11).
        mandate_notice_days: least days between publishing new terms of the mandate and
            their first day in force (C-11).
        objection_hours: how long a person may object before the bank gives data under
            an instruction (D-11).
        youngest: age from which persons may sign up; 18 admits adults only (V-03).
        max_upload_bytes: largest file that the upload page takes.
        max_archive_bytes: largest archive of another bank that is taken.
        max_archive_records: most records that such an archive may hold.
        max_page_count: SQLite's page limit, 0 for none.
        dump_seconds: how long pg_dump and pg_restore may take.
        operator_name: legal name of the operator, shown to persons (A-24).
        data_set_k: least number of persons in a group of a data set (X-19).
        metrics_token: what a reader of `/metrics` has to show; never printed.
        witness_policy: file that names the witnesses of the log, with their addresses.
        timestamp_url: time-stamping authority (RFC 3161) that is asked, if any.
        timestamp_certificate: PEM file of the certificates to believe it by.
        timestamp_every: seconds from one time stamp to the next.
        demo: whether the demo world is created at first start.
    """

    data_dir: Path
    key_dir: Path
    keys: KeySettings
    delivery: DeliverySettings
    database_url: str
    database_seconds: int
    redis_url: str | None
    issuer: str
    log_origin: str
    log_ml_dsa: bool
    host: str
    port: int
    workers: int
    trusted_proxies: int
    certification_profile: str
    audit_retention_years: int
    rights_days: int
    mandate_notice_days: int
    objection_hours: int
    youngest: int
    max_upload_bytes: int
    max_archive_bytes: int
    max_archive_records: int
    max_page_count: int
    dump_seconds: int
    operator_name: str
    data_set_k: int
    metrics_token: str | None = field(repr=False)
    witness_policy: Path | None
    timestamp_url: str | None
    timestamp_certificate: Path | None
    timestamp_every: int
    demo: bool

    @property
    def is_local(self) -> bool:
        """Whether the issuer's host is localhost, where plain http is accepted."""
        return urlsplit(self.issuer).hostname in _LOCAL_HOSTS

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is used."""
        return self.database_url.startswith("sqlite")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Read and check all settings.

        Raises:
            SettingsError: with one sentence for the operator.
        """
        read = _reader(environ)
        data_dir = Path(read.text("DATA_DIR", "var/data")).resolve()
        port, issuer = _address(read)
        settings = cls(
            data_dir=data_dir,
            key_dir=Path(read.text("KEY_DIR", "var/keys")).resolve(),
            keys=KeySettings.read(read, environ, data_dir),
            delivery=DeliverySettings.read(read),
            database_url=read.text("DATABASE_URL", _embedded(data_dir)),
            database_seconds=read.number("DATABASE_SECONDS", 30, least=2, most=3600),
            redis_url=_shared_store(environ.get("INFOBANK_REDIS_URL")),
            issuer=issuer,
            log_origin=read.text("LOG_ORIGIN", _origin(issuer)),
            log_ml_dsa=read.flag("LOG_ML_DSA", default=False),
            host=read.text("HOST", "127.0.0.1"),
            port=port,
            workers=read.number("WORKERS", 1, least=1, most=64),
            trusted_proxies=read.number("TRUSTED_PROXIES", 0, least=0, most=8),
            certification_profile=read.text("CERTIFICATION_PROFILE", "2.2"),
            audit_retention_years=_retention_years(read),
            rights_days=read.number("RIGHTS_DAYS", _ANSWERED, least=1, most=60),
            mandate_notice_days=_notice_days(read),
            objection_hours=read.number("OBJECTION_HOURS", 72, least=24, most=336),
            youngest=read.number("YOUNGEST", _FULL_AGE, least=12, most=_FULL_AGE),
            max_upload_bytes=_upload_bytes(read),
            max_archive_bytes=_archive_bytes(read),
            max_archive_records=_archive_records(read),
            max_page_count=read.number("MAX_PAGE_COUNT", 0, least=0, most=2**32),
            dump_seconds=read.number("DUMP_SECONDS", 21_600, least=60, most=604_800),
            operator_name=read.text("OPERATOR_NAME", "infobank"),
            data_set_k=read.number("DATA_SET_K", 10, least=5, most=10_000),
            metrics_token=environ.get("INFOBANK_METRICS_TOKEN") or None,
            witness_policy=read.file("WITNESS_POLICY"),
            timestamp_url=environ.get("INFOBANK_TIMESTAMP_URL") or None,
            timestamp_certificate=read.file("TIMESTAMP_CERTIFICATE"),
            timestamp_every=_timestamp_every(read),
            demo=read.flag("DEMO", default=False),
        )
        return _checked(settings, environ)


VARIABLES = tuple(
    f"{PREFIX}{name.upper()}"
    for each in (Settings, KeySettings, DeliverySettings)
    for name in each.__dataclass_fields__
    if name not in ("keys", "delivery")
)
"""Every variable that is understood; the documentation lists them all."""


def _address(read: Reader) -> tuple[int, str]:
    port = read.number("PORT", 8000, least=1, most=65535)
    return port, read.text("ISSUER", f"http://localhost:{port}").rstrip("/")


def _notice_days(read: Reader) -> int:
    told = rule_values.settled("mandate.notice")
    return read.number("MANDATE_NOTICE_DAYS", told, least=1, most=365)


def _retention_years(read: Reader) -> int:
    return read.number("AUDIT_RETENTION_YEARS", _KEPT, least=_KEPT, most=30)


def _upload_bytes(read: Reader) -> int:
    return read.number("MAX_UPLOAD_BYTES", 20_000_000, least=1_000, most=1_000_000_000)


def _archive_bytes(read: Reader) -> int:
    return read.number("MAX_ARCHIVE_BYTES", 100_000_000, least=1_000, most=900_000_000)


def _archive_records(read: Reader) -> int:
    return read.number("MAX_ARCHIVE_RECORDS", 200_000, least=1, most=10_000_000)


def _timestamp_every(read: Reader) -> int:
    return read.number("TIMESTAMP_EVERY", 86_400, least=60, most=31_622_400)


def _embedded(data_dir: Path) -> str:
    return f"sqlite:///{data_dir / 'infobank.db'}"


def _shared_store(url: str | None) -> str | None:
    try:
        return shared_store.address(url) if url else None
    except ValueError as error:
        raise SettingsError(f"INFOBANK_REDIS_URL {error}") from None


def _origin(issuer: str) -> str:
    parts = urlsplit(issuer)
    return f"{parts.netloc}{parts.path}/log"


def _reader(environ: Mapping[str, str]) -> Reader:
    """Return a reader of an environment in which every name is known."""
    for name in environ:
        if (
            name.startswith(PREFIX)
            and name not in VARIABLES
            and not name.startswith(_TEST_ONLY)
        ):
            raise SettingsError(f"{name} is not a setting; see docs/operations.md.")
    return Reader(environ)


def _checked(settings: Settings, environ: Mapping[str, str]) -> Settings:
    _check(settings, environ)
    return settings


def _check(settings: Settings, environ: Mapping[str, str]) -> None:
    parts = urlsplit(settings.issuer)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise SettingsError("INFOBANK_ISSUER must be an http(s) URL without a query.")
    if not settings.is_local:
        _check_public(settings, environ)
    if settings.key_dir.is_relative_to(settings.data_dir):
        raise SettingsError(
            "INFOBANK_KEY_DIR lies inside INFOBANK_DATA_DIR; whoever takes the data"
            " would take the keys. Choose a folder elsewhere."
        )
    if settings.workers > 1 and settings.is_sqlite:
        raise SettingsError(
            "INFOBANK_WORKERS above 1 needs PostgreSQL in INFOBANK_DATABASE_URL."
        )
    if settings.workers > 1 and settings.redis_url is None:
        raise SettingsError(
            "INFOBANK_WORKERS above 1 needs INFOBANK_REDIS_URL, or each worker would"
            " count rate limits alone."
        )
    if settings.certification_profile not in ("2.2", "3.0-health"):
        raise SettingsError("INFOBANK_CERTIFICATION_PROFILE is 2.2 or 3.0-health.")
    token = settings.metrics_token
    if token is not None and not (len(token) >= _LEAST_TOKEN and token.isalnum()):
        raise SettingsError(
            "INFOBANK_METRICS_TOKEN must be at least 32 letters and digits, such as"
            " `openssl rand -hex 32` prints."
        )
    if any(c.isspace() or c == "+" for c in settings.log_origin):
        raise SettingsError("INFOBANK_LOG_ORIGIN holds no white space and no plus.")
    timestamp_settings.check(settings.timestamp_url, settings.timestamp_certificate)


def _check_public(settings: Settings, environ: Mapping[str, str]) -> None:
    if not settings.issuer.startswith("https://"):
        raise SettingsError(
            "INFOBANK_ISSUER must use https unless its host is localhost."
        )
    if settings.demo:
        raise SettingsError("INFOBANK_DEMO is refused unless the issuer is localhost.")
    for name in ("INFOBANK_LOG_ORIGIN", "INFOBANK_OPERATOR_NAME"):
        if not environ.get(name):
            raise SettingsError(f"{name} is required unless the issuer is localhost.")
