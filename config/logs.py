"""Log lines that say what failed and where, and never whose record it was."""

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from types import TracebackType

Failure = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What would end a line, steer a terminal, turn letters round, or cannot be written at all."""


class PlainFormatter(logging.Formatter):
    """One line an event. Of an exception only its kind and its places: its message may hold what somebody typed."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")

    def formatException(self, ei: Failure) -> str:
        kind, _, trace = ei
        places = [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
        return "\n".join([kind.__name__ if kind else "no exception", *places])

    def formatMessage(self, record: logging.LogRecord) -> str:
        # The name says what was refused; the words of Django's message are those of the exception.
        if record.name.startswith("django.security."):
            record.message = "refused"
        record.message = _BREAKS.sub(lambda found: found[0].encode("unicode_escape").decode(), record.message)
        # The number that the page shows which was made of this, where there is one.
        if reference := getattr(getattr(record, "request", None), "reference", ""):
            record.message += f" [{reference}]"
        return super().formatMessage(record)


class JsonFormatter(PlainFormatter):
    """The same as one JSON object a line, for a collector of logs; of a failure its kind and places."""

    def format(self, record: logging.LogRecord) -> str:
        _, *places = super().format(record).split("\n")
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.message,
        }
        return json.dumps(told | ({"failure": places} if places else {}))
