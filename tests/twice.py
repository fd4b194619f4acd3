"""The same form sent twice, as a double click does: what the first wrote is there once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test import Client

from tests.dumps import BESIDES

_WRITE = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
_TRAIL = frozenset({"documentation_auditevent"})


@contextmanager
def written() -> Iterator[set[str]]:
    """The tables in which rows come, go or change, the trail among them; not what any request may write."""
    tables: set[str] = set()

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        answer = execute(sql, params, many, context)
        found = _WRITE.match(sql)
        # How many rows came is not known of an INSERT that answers with them.
        changes = sql[:6].upper() == "INSERT" or context["cursor"].rowcount
        if found and found[1] not in BESIDES - _TRAIL and changes:
            tables.add(found[1])
        return answer

    with connection.execute_wrapper(listen):
        yield tables


class DoubleClicking(Client):
    """A browser whose person clicks twice: a form with a key that acted is sent again, and may write nothing more.

    A form that was refused is sent once: it may be sent again with what was wrong put right.
    """

    def post(self, path: str, data: Any = None, **more: Any) -> Any:  # type: ignore[override]
        with written() as first:
            answer = super().post(path, data, **more)
        if first - _TRAIL and answer.status_code < 400 and "once" in (data or {}):
            rewind(data.values())
            with written() as again:
                second = super().post(
                    path, data, **{**more, "follow": False}
                )  # a page that is looked at is no second act
            assert again == set(), f"{path} sent twice acts twice: {again}"
            assert second.status_code < 400, f"{path} sent twice: {second.status_code}"
        return answer


def rewind(values: Iterable[Any]) -> None:
    for value in values:
        if isinstance(value, list):
            rewind(value)
        elif hasattr(value, "seek"):
            value.seek(0)
