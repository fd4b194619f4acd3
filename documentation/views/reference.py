"""The rules by which records and claims are checked, with their sources."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from documentation.kernel.permissions import Permission
from documentation.kernel.rule import CAUSE_LABELS, Rule, Severity
from documentation.rules import CATALOGUE
from documentation.views.access import requires


@dataclass(frozen=True)
class Catalogue:
    """Rules of one kind under one heading."""

    title: str
    rules: tuple[Rule[Any], ...]


CATALOGUES: list[Catalogue] = [Catalogue("The clinical record", CATALOGUE)]
"""What the page shows. The claims app adds its own when it starts."""


def add_catalogue(title: str, rules: tuple[Rule[Any], ...]) -> None:
    """Show the rules of another app under a heading of their own."""
    if all(c.title != title for c in CATALOGUES):
        CATALOGUES.append(Catalogue(title, rules))


TONES = {Severity.BLOCKER: "denied", Severity.WARNING: "attention", Severity.ADVICE: "submitted"}


@requires(Permission.RULES_VIEW)
@vary_on_headers("HX-Request")
@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule, by family, cause or words."""
    family, cause, words = (request.GET.get(n, "").strip() for n in ("family", "cause", "q"))
    everything = [(c.title, r) for c in CATALOGUES for r in c.rules]
    shown = [(title, r) for title, r in everything if _matches(r, family, cause, words)]
    groups: dict[str, list[dict[str, Any]]] = {}
    for title, rule in shown:
        groups.setdefault(title, []).append(_told(rule))
    context = {
        "groups": groups,
        "count": len(shown),
        "total": len(everything),
        "families": sorted({r.id.split("-")[0] for _, r in everything}),
        "causes": [
            (c.value, label) for c, label in CAUSE_LABELS.items() if any(r.prevents is c for _, r in everything)
        ],
        "family": family,
        "cause": cause,
        "words": words,
    }
    is_part = request.headers.get("HX-Request")
    return render(request, "documentation/_rules.html" if is_part else "documentation/rules.html", context)


def _matches(rule: Rule[Any], family: str, cause: str, words: str) -> bool:
    text = f"{rule.id} {rule.title} {rule.message} {rule.fix} {rule.citation}".casefold()
    return (
        (not family or rule.id.startswith(f"{family}-"))
        and (not cause or rule.prevents.value == cause)
        and all(w in text for w in words.casefold().split())
    )


def _told(rule: Rule[Any]) -> dict[str, Any]:
    return {"rule": rule, "tone": TONES[rule.severity], "examples": differences(rule.good, rule.bad)}


@dataclass(frozen=True)
class Example:
    """One fact that differs between a record that passes and one that does not."""

    what: str
    passes: str
    fails: str


def differences(good: Any, bad: Any, path: str = "") -> list[Example]:
    """In which facts the good and the bad example of a rule differ, in words."""
    if good == bad:
        return []
    if dataclasses.is_dataclass(good) and type(good) is type(bad):
        found = []
        for field in dataclasses.fields(good):
            found += differences(getattr(good, field.name), getattr(bad, field.name), _deeper(path, field.name))
        return found
    if isinstance(good, tuple) and isinstance(bad, tuple) and len(good) == len(bad) and _are_facts((*good, *bad)):
        return [d for n, (a, b) in enumerate(zip(good, bad, strict=True), 1) for d in differences(a, b, f"{path} {n}")]
    return [Example(path or "everything", _words(good), _words(bad))]


def _are_facts(values: Iterable[Any]) -> bool:
    return all(dataclasses.is_dataclass(v) for v in values)


def _deeper(path: str, name: str) -> str:
    plain = name.replace("_", " ")
    return f"{path}: {plain}" if path else plain


def _words(value: Any) -> str:
    if value is None or value in ("", ()):
        return "not recorded"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(_short(v) for v in value)
    return _short(value)


def _short(value: Any) -> str:
    if dataclasses.is_dataclass(value):
        filled = [_words(getattr(value, f.name)) for f in dataclasses.fields(value)]
        return " · ".join(x for x in filled if x != "not recorded")[:120] or "an empty one"
    text = str(getattr(value, "value", value)).replace("_", " ")
    return text if len(text) <= 160 else f"{text[:157]}…"
