"""What surrounds the service: the limiter's store, the public address, proxies."""

from collections.abc import Iterator

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from pds.bank.inspection.finding import Check, Wrong
from pds.core.settings import Settings

_SECONDS = 2.0


def checks(settings: Settings) -> Iterator[Check]:
    """Yield the questions about what surrounds the service."""
    yield Check("limiter.store", lambda: _store(settings.redis_url))
    yield Check("issuer", lambda: _issuer(settings))
    yield Check("proxies", lambda: _proxies(settings))


def _store(url: str | None) -> str:
    if url is None:
        return "counts in memory, for one process"
    client = Redis.from_url(
        url.replace("redis+unix", "unix", 1),
        socket_timeout=_SECONDS,
        socket_connect_timeout=_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        client.ping()
    except RedisError as error:
        raise Wrong(
            f"the limiter's store does not answer: {type(error).__name__}",
            "Start it, or correct INFOBANK_REDIS_URL; until then limited pages"
            " answer 503.",
        ) from None
    finally:
        client.close()
    return "the limiter's store answers"


def _issuer(settings: Settings) -> str:
    # Settings refuse plain http anywhere else.
    return "localhost, for trying out" if settings.is_local else "https"


def _proxies(settings: Settings) -> str:
    if not settings.is_local and settings.trusted_proxies == 0:
        raise Wrong(
            "https is public, yet no proxy may name the caller's address",
            "Set INFOBANK_TRUSTED_PROXIES to the number of proxies in front (usually"
            " 1), or all callers share one limit.",
        )
    return f"{settings.trusted_proxies} trusted"
