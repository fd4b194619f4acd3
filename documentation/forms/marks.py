"""Typed rows of findings as facts that can be drawn."""

from __future__ import annotations

from typing import Any

from documentation.facts import FindingFacts
from documentation.forms.rows import BaseRows
from documentation.forms.words import row_words

_DRAWN = "type gland side segment distance_from_papilla_mm size_mm lumen_percent length_mm".split()


def drawn_findings(rows: BaseRows) -> list[FindingFacts]:
    """One finding for each row, in order; its key is the place of the row among the forms.

    What cannot be read yet, because somebody is in the middle of typing it, counts as not given.
    """
    return [FindingFacts(key=str(index), **_values(form)) for index, form in enumerate(rows.forms)]


def _values(form: Any) -> dict[str, Any]:
    if form.is_bound:
        form.is_valid()
    given = form.cleaned_data if form.is_bound else form.initial
    known = {name: given[name] for name in _DRAWN if given.get(name) not in (None, "")}
    return {"type": "", **known}


def sentences(rows: BaseRows) -> list[str]:
    """The line of each row, as the folded row shows it."""
    return [row_words(rows.spec, form) for form in rows.forms]
