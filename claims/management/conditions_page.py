"""The page of docs/reference on what a practice's own rules can ask, from the catalogue that they are built of."""

from __future__ import annotations

from collections.abc import Iterator

from claims.conditions.catalogue import PROPERTIES, by_group
from claims.conditions.kinds import Kind
from claims.conditions.operators import OPERATORS
from claims.conditions.property import Property


def head() -> list[str]:
    return [
        f"A rule of the practice asks for {len(PROPERTIES)} properties of a claim with {len(OPERATORS)} operators."
        " Conditions are joined by *all* and *any* in groups, which nest. Nothing else can be asked, and nothing that"
        " is typed is ever run.",
        "",
        "No operator holds on what is not known, but the one that asks for that. A rule that cannot be evaluated"
        " holds the claim and says why.",
        "",
    ]


def operator_rows() -> Iterator[tuple[str, str, str, str]]:
    for o in OPERATORS:
        kinds = ", ".join(kind.label for kind in Kind if kind in o.kinds)
        yield f"**{o.words}**", o.description, kinds, "holds" if o.on_unknown else "does not hold"


def property_groups() -> Iterator[tuple[str, list[tuple[str, str, str, str]]]]:
    for title, properties in by_group():
        yield title, [_row(about) for about in properties]


def _row(about: Property) -> tuple[str, str, str, str]:
    first = about.label[:1].upper() + about.label[1:]
    known = " Always known." if about.is_always_known else ""
    return f"`{about.key}`", first, about.kind.label, f"{about.description}{_values(about)}{known}"


def _values(about: Property) -> str:
    if about.choices:
        return f" One of: {'; '.join(about.choices.values())}."
    if about.ends:
        return f" From {about.ends[0]} to {about.ends[1]}{about.unit and f' {about.unit}'}."
    return f" In {about.unit}." if about.unit and about.unit not in about.description.lower() else ""
