"""Log lines say what failed and where, and never whose record it was."""

import logging
import sys

from config.logs import PlainFormatter


def line(message: str, *arguments: object, exc_info=None) -> str:
    record = logging.LogRecord("ductus", logging.ERROR, __file__, 1, message, arguments, exc_info)
    return PlainFormatter().format(record)


def test_what_an_exception_says_stays_out_of_the_log() -> None:
    try:
        raise ValueError("Alex Doe was born on 1980-02-03")
    except ValueError:
        written = line("Failed: %s", "/encounters/E000001/", exc_info=sys.exc_info())
    assert "ValueError" in written
    assert "test_logs.py" in written
    assert "Alex" not in written


def test_one_event_is_one_line() -> None:
    assert line("path %s", "/a\r\n2026 INFO forged").count("\n") == 0
