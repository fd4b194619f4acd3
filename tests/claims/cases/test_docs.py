"""The page on case files names every key, with its question mark."""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from claims.cases.schema import Case
from claims.cases.shape import Each, Record

PAGE = (Path(settings.BASE_DIR) / "docs" / "case-files.md").read_text(encoding="utf-8")
LISTED = {
    frozenset(re.findall(r"`(\w+)`(?:\[\])?(\??)", row)) for row in PAGE.split("## Keys")[1].splitlines() if "|" in row
}


def records(cls: type) -> Iterator[type]:
    yield cls
    for field in dataclasses.fields(cls):
        kind = field.metadata["kind"]
        inner = kind.kind if isinstance(kind, Each) else kind
        if isinstance(inner, Record):
            yield from records(inner.cls)


@pytest.mark.parametrize("cls", dict.fromkeys(records(Case)), ids=lambda cls: cls.__name__)
def test_every_key_is_on_the_page(cls: type) -> None:
    keys = {
        (f.metadata["name"] or f.name, "" if f.default is dataclasses.MISSING else "?") for f in dataclasses.fields(cls)
    }
    assert any(keys <= row for row in LISTED), f"no row of docs/case-files.md lists {sorted(keys)}"
