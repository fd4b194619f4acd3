"""A condition read out in plain English, such as `the number of images is less than 3 and the payer is “Delta”`."""

from __future__ import annotations

from claims.conditions import operators
from claims.conditions.condition import Clause, Group
from claims.conditions.kinds import Kind, said
from documentation.kernel.rule import Unanswerable


def sentence(condition: Group) -> str:
    """Such as `Hold the claim when …`. An empty condition is told as one."""
    words = _group(condition, 0)
    if words.endswith("…"):
        return f"Hold the claim when {words}"
    return f"Hold the claim when {words}." if words else "Nothing is asked yet, so no claim is held."


def told(clause: Clause) -> str:
    """One clause in words. One that is not complete is three dots."""
    try:
        about, by = clause.about, clause.by
        if by.takes == operators.NONE:
            return _subject(clause) + by.words
        _ = clause.compared
    except Unanswerable:
        return "…"
    kind = clause.value_kind
    if about.kind is Kind.YES_NO:
        return f"the answer to “{about.label}” is {said(kind, clause.value)}"
    unit = about.unit if by.compares is None else "characters" if by.compares is Kind.NUMBER else ""

    def one(value: object) -> str:
        return said(kind, about.word(value) if isinstance(value, str) and about.choices else value, unit)

    if by.takes == operators.ONE:
        return f"{_subject(clause)}{by.words} {one(clause.value)}"
    values = [one(v) for v in clause.value]
    verb = by.singly if by.singly and len(values) == 1 else by.words
    conjunction = "and" if by.takes == operators.TWO or by.key == "all_of" else "or"
    return f"{_subject(clause)}{verb} {_joined(values, conjunction)}"


def _subject(clause: Clause) -> str:
    about = clause.about
    if about.kind is Kind.YES_NO:
        return f"the answer to “{about.label}” "
    if about.kind is Kind.LIST:
        return f"the list of {about.label} "
    return f"the {about.label} "


def _group(group: Group, depth: int) -> str:
    parts = [_group(p, depth + 1) if isinstance(p, Group) else told(p) for p in group.parts]
    parts = [p for p in parts if p]
    if len(parts) < 2:
        return "".join(parts)
    words = _joined(parts, "and" if group.match == "all" else "or")
    if depth == 0:
        return words
    both = ("both " if len(parts) == 2 else "all of ") if group.match == "all" else "either "
    return f"{both}{words}" if depth == 1 else f"({both}{words})"


def _joined(words: list[str], conjunction: str) -> str:
    if len(words) == 1:
        return words[0]
    comma = "," if len(words) > 2 else ""
    return f"{', '.join(words[:-1])}{comma} {conjunction} {words[-1]}"
