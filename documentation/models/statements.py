"""Questions whose very text is asked again and again on one connection: PostgreSQL thinks them up once.

It thinks anew about how to answer whenever it is asked, and of a large question that takes longer than the answer. So
what was asked before is prepared there, with its values in it. How to answer is thought up once for these; it is
thought up again where a table was altered or analyzed since, not where rows alone came. SQLite needs no telling.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection

SHORT = 1_000
"""Letters of a question that is asked as ever: it is thought up in no time."""
MOST = 40
"""Statements that a connection keeps, each of about a megabyte; the one that was not asked for longest goes first."""
MOST_SEEN = 2_000
"""Questions of which a connection knows that they were asked once."""


class _Statements:
    """What one connection was asked."""

    def __init__(self) -> None:
        self.seen: set[int] = set()
        self.names: OrderedDict[str, str] = OrderedDict()
        """By its whole text the name of each that is prepared."""
        self.is_unsure = False
        """Whether a question failed, so that nobody knows what is prepared."""
        # Its own: where an unheard-of pooler changes connections, nobody is given the answer to another's question.
        self._name = f"ductus_{secrets.token_hex(8)}"
        self._made = 0

    def to_ask(self, question: str) -> tuple[str, int]:
        """What is sent for a question, and which of the answers to it is the question's."""
        if name := self.names.get(question):
            self.names.move_to_end(question)
            return f"EXECUTE {name}", 0
        if hash(question) not in self.seen:
            if len(self.seen) >= MOST_SEEN:
                self.seen.clear()
            self.seen.add(hash(question))
            return question, 0
        self._made += 1
        self.names[question] = name = f"{self._name}_{self._made}"
        sent = [f"PREPARE {name} AS {question}", f"EXECUTE {name}"]
        if self.is_unsure:
            sent.insert(0, "DEALLOCATE ALL")
        elif len(self.names) > MOST:
            sent.insert(0, f"DEALLOCATE {self.names.popitem(last=False)[1]}")
        return "; ".join(sent), len(sent) - 1

    def failed(self) -> None:
        self.names.clear()
        self.is_unsure = True

    def answered(self, number: int) -> None:
        self.is_unsure = self.is_unsure and not number  # with more than one answer all began anew


_of: WeakKeyDictionary[Any, _Statements] = WeakKeyDictionary()


def first_row(text: str, values: Sequence[Any]) -> tuple[Any, ...]:
    """What a question gives that has one row."""
    with connection.cursor() as cursor:
        # Behind a pooler the next question may be another server's; Django has this setting for those who have one.
        if connection.vendor != "postgresql" or connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
            cursor.execute(text, values)
            return cursor.fetchone()
        question = cursor.mogrify(text, values)
        if len(question) < SHORT:
            cursor.execute(question)
            return cursor.fetchone()
        statements = _of.setdefault(connection.connection, _Statements())
        sent, number = statements.to_ask(question)
        try:
            cursor.execute(sent)
        except Exception:
            statements.failed()
            raise
        statements.answered(number)
        for _ in range(number):
            cursor.nextset()
        return cursor.fetchone()
