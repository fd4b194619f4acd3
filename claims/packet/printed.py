"""What is printed: the one notion by which a sealed packet still says what the claim says, and the names of the rest.

Pure: two copies of facts as plain data in, the names of the places that differ out. A name never holds a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from claims.facts import ClaimFacts
from claims.packet.formdata import PLAN_TYPES
from claims.packet.places import place_name
from documentation.kernel.wire import from_data
from documentation.rules.predicates import and_joined

CLAIM = (
    *("kind", "encounter", "billing", "coverage", "other_coverages", "authorizations", "lines", "diagnoses"),
    *("sequence", "primary", "resent"),
)
"""Parts of the facts that a packet shows; what else the checks look at may change without making it untrue."""
SUPPLEMENT = ("kind", "billing", "coverage", "lines")
"""Those that the cover of a supplement shows, besides the patient and the day."""
APPEAL = ("level", "name", "denial", "earlier", "addressee", "authorized_on")
"""Those of an appeal itself; what its letter takes from elsewhere is told by its sentences."""
_OF_THE_COVER = ("patient", "clinician", "location", "service_date", "number", "version")
_NOT_PRINTED: Mapping[str, tuple[str, ...]] = {
    "encounter": ("today", "status"),
    # From when to when a plan holds, and its place, are for the checks; where a letter argues with them, it says so.
    # Of its program only box 1 of a medical claim tells, see `_printed`.
    "coverage": ("priority", "effective_on", "terminated_on", "program", "key"),
    "other_coverages": ("priority", "effective_on", "terminated_on", "program", "key"),
    # Which plan it was is told by its names and numbers; whether it answered all of its claim is for the checks.
    "primary": ("coverage", "is_whole"),
    # What is known of the payer's rules, and agreed with it, is for the checks; box 27 of a medical claim tells of its
    # network, see `_printed`.
    "payer": ("policy", "terms"),
    # What kind of level an earlier appeal was is told by what it is called.
    "earlier": ("stage",),
    # By which time of the payer's an appeal was counted is told by its letter.
    "denial": ("due_limit", "due_source"),
}
MOST_NAMED = 3


def changes(sealed: Mapping[str, Any], now: Mapping[str, Any], *, kind: str = "claim") -> tuple[str, ...]:
    """What a packet prints that is otherwise now, such as `the coverage's member ID`; nothing while it is true.

    Both are facts of a claim as plain data, of an appeal where `kind` is appeal. A field that came with a later
    version of the program says nothing while it is empty.
    """
    before, after = (_printed(facts, kind) for facts in (sealed, now))
    return tuple(dict.fromkeys(place_name(path) for path in _differing(before, after, "")))


def told(names: Sequence[str]) -> str:
    """The names in one clause: `the patient's last name and the claim line's fee`."""
    more = len(names) - MOST_NAMED
    return and_joined([*names[:MOST_NAMED], *([f"{more} more"] if more > 0 else [])])


def _printed(facts: Mapping[str, Any], kind: str) -> dict[str, Any]:
    claim = facts.get("claim", facts)
    keys = SUPPLEMENT if kind == "supplement" else CLAIM
    shown = {key: claim.get(key) for key in keys}
    if kind == "supplement":
        encounter = claim.get("encounter") or {}
        shown["encounter"] = {key: encounter.get(key) for key in _OF_THE_COVER}
    if "authorizations" in shown:
        # Of all permissions the packet prints the numbers of those that fit; the others are for the checks.
        shown["authorizations"] = dict(_numbers(claim))
    if claim.get("kind") == "medical" and kind != "supplement":
        shown |= dict(_of_the_boxes(claim.get("coverage") or {}))
    if kind == "appeal":
        shown |= {key: facts.get(key) for key in APPEAL}
    return {key: _bare(value, _NOT_PRINTED.get(key, ())) for key, value in shown.items()}


def _of_the_boxes(plan: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What boxes 1 and 27 of a medical claim tell of a plan."""
    if (program := plan.get("program")) in PLAN_TYPES:
        yield "program", str(program)
    if (network := ((plan.get("payer") or {}).get("terms") or {}).get("network")) in ("in", "out"):
        yield "network", str(network)


def _numbers(claim: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    told_of = {key: claim[key] for key in ("lines", "authorizations") if key in claim}
    day = {"service_date": (claim.get("encounter") or {}).get("service_date")}
    return from_data(ClaimFacts, {**told_of, "encounter": day}).references


def _bare(value: Any, left_out: Sequence[str] = ()) -> Any:
    """Plain data without what no packet prints; what is empty is None. No and nought are answers: they print."""
    if isinstance(value, Mapping):
        return {k: _bare(v, _NOT_PRINTED.get(k, ())) for k, v in value.items() if k not in left_out}
    if isinstance(value, list | tuple):
        return [_bare(v, left_out) for v in value] or None
    return None if value == "" else value


def _says_nothing(value: Any) -> bool:
    """Of a field that only one side knows, as it came with a later version: whether it adds nothing."""
    return all(map(_says_nothing, value.values())) if isinstance(value, Mapping) else not value


def _differing(before: Any, after: Any, path: str) -> Iterator[str]:
    """Paths of what is not the same; positions in lists are left out."""
    if before == after:
        return
    if (isinstance(before, Mapping) or before is None) and (isinstance(after, Mapping) or after is None):
        before, after = before or {}, after or {}
        for key in sorted({*before, *after}):
            if (key not in before or key not in after) and _says_nothing(before.get(key, after.get(key))):
                continue
            yield from _differing(before.get(key), after.get(key), f"{path}.{key}" if path else key)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            yield from _differing(one, other, path)
    else:
        yield path
