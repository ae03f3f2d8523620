"""Application logs: one JSON object a line, without personal data.

Only fields on the list are written; anything else is dropped, so that a careless call
cannot put a name or a secret into a log. Exceptions appear as their types and places,
never with their text, because a driver's text may quote the values of a statement.
"""

import logging
import sys
import traceback
from types import TracebackType
from typing import TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

ALLOWED = frozenset(
    {
        "batch",
        "code",
        "count",
        "endpoint",
        "error",
        "event",
        "incident",
        "kind",
        "level",
        "logger",
        "method",
        "millis",
        "origin",
        "port",
        "problem",
        "request_id",
        "size",
        "state",
        "status",
        "timestamp",
        "version",
        "where",
    }
)
"""The only fields that a log line may have."""


def keep_allowed(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop every field that is not on the list."""
    return {name: event[name] for name in event if name in ALLOWED}


def describe(error: BaseException) -> dict[str, str]:
    """Return type and place of an error, and nothing of its text."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{f.name}:{f.lineno}" for f in reversed(frames[-4:]))
    return {"error": type(error).__name__, "where": where}


class _Redacted(logging.Formatter):
    """Turns records of libraries into the same lines, without their messages."""

    def format(self, record: logging.LogRecord) -> str:
        fields: EventDict = {
            "event": "library message",
            "logger": record.name,
            "level": record.levelname.lower(),
        }
        info: tuple[
            type[BaseException] | None, BaseException | None, TracebackType | None
        ] = record.exc_info or (None, None, None)
        if info[1] is not None:
            fields.update(describe(info[1]))
        return str(structlog.processors.JSONRenderer()(None, "", fields))


def configure(stream: TextIO | None = None) -> None:
    """Send application logs to a stream (standard error unless given) as JSON."""
    target = stream or sys.stderr
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            keep_allowed,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(target),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(_Redacted())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
