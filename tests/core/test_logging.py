"""A log line has listed fields only, whoever writes it."""

import io
import json
import logging

import pytest
import structlog

from pds.core.logging import configure


@pytest.fixture
def stream():
    kept = structlog.get_config()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    target = io.StringIO()
    configure(target)
    yield target
    structlog.configure(**kept)
    root.handlers[:], root.level = handlers, level


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_fields_off_the_list_are_dropped(stream):
    structlog.get_logger().info("released", count=3, name="田中 健一")

    (line,) = lines(stream)
    assert line["count"] == 3
    assert "name" not in line
    assert "田中" not in stream.getvalue()


def test_a_library_s_message_is_not_repeated(stream):
    def read_secret():
        raise ValueError("password=hunter2")

    try:
        read_secret()
    except ValueError:
        logging.getLogger("some.library").exception("token %s", "abc123")

    (line,) = lines(stream)
    assert line["logger"] == "some.library"
    assert line["error"] == "ValueError"
    assert "read_secret" in line["where"]
    assert "hunter2" not in stream.getvalue()
    assert "abc123" not in stream.getvalue()
