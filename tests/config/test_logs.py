"""Log lines say what failed and where, and never whose record it was."""

import json
import logging
import sys

from config.logs import JsonFormatter, PlainFormatter


def line(message: str, *arguments: object, exc_info=None, by: type[PlainFormatter] = PlainFormatter) -> str:
    record = logging.LogRecord("ductus", logging.ERROR, __file__, 1, message, arguments, exc_info)
    return by().format(record)


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


def test_for_a_collector_the_same_is_one_object_a_line() -> None:
    try:
        raise ValueError("Alex Doe was born on 1980-02-03")
    except ValueError:
        written = line("Failed:\n%s", "/a", exc_info=sys.exc_info(), by=JsonFormatter)
    told = json.loads(written)
    assert "\n" not in written
    assert (told["level"], told["logger"], told["message"]) == ("ERROR", "ductus", "Failed:\\n/a")
    assert told["at"].endswith("+00:00")
    assert told["failure"][0] == "ValueError"
    assert "Alex" not in written
