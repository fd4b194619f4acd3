"""One row of a list as it is judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from claims.models import ImportRow

Outcome = ImportRow.Outcome


@dataclass
class Found:
    """What a row says and what would become of it. `outcome` is empty for a good row."""

    row: ImportRow
    values: dict[str, Any] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    """The headings of the columns, by field."""
    outcome: str = ""
    said: list[tuple[str, str]] = field(default_factory=list)
    """Pairs of a heading and a sentence."""

    @property
    def is_good(self) -> bool:
        return not self.outcome

    def refuse(self, key: str, sentence: str) -> None:
        self.outcome = Outcome.FAULTY
        self.say(key, sentence)

    def set(self, outcome: str, key: str, sentence: str) -> None:
        self.outcome = outcome
        self.say(key, sentence)

    def say(self, key: str, sentence: str) -> None:
        self.said.append((self.heads.get(key, ""), sentence))

    def check(self, row: models.Model, *, besides: tuple[str, ...] = ()) -> None:
        """Refuse what the fields of the row that it would become do not take."""
        for name, value in self.values.items():
            most = getattr(row._meta.get_field(name), "max_length", None)
            if isinstance(value, str) and most and len(value) > most:
                self.refuse(name, f"This has {len(value)} characters; at most {most} are kept. Shorten it.")
        if self.is_good:
            try:
                row.clean_fields(exclude=besides)
            except ValidationError as e:
                for name, sentences in e.message_dict.items():
                    self.refuse(name, " ".join(sentences))
