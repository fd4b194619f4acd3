"""Keeping true which sendings payers decided on, and how: the one writer of these rows and of their sums."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db.models import QuerySet

from claims.models import AnsweredSending, AnsweredSum, SentFailure
from claims.queries.outcomes import decided_on
from claims.services import summands
from documentation.models.among import Keys, among
from documentation.models.together import Prepared
from documentation.services.bulk import insert

CELL = ("payer", "rule", "version")
NUMBERS = ("answered", "denied", "reasoned", "reasoned_denied")
_FIELDS = [f.name for f in AnsweredSending._meta.concrete_fields]

Row = tuple[int, int, int, int]
"""Report, claim, payer, and 1 where the decision denied any of it."""


def keep(claims: Collection[int]) -> None:
    """Look again at how payers answered these claims. `queues.place` calls it."""
    kept = _kept(claims)
    found: set[Row] = set(_asked({"claims": claims})["answered"])
    if kept == found:
        return
    AnsweredSending.objects.filter(among("report", {row[0] for row in kept - found})).delete()
    insert(AnsweredSending, _FIELDS, sorted(found - kept), update="report")
    _add(kept - found, found - kept)


@Prepared
def _asked(keys: Mapping[str, Keys]) -> dict[str, QuerySet[Any]]:
    return {"answered": decided_on(keys["claims"])}


def remove(claims: Collection[int]) -> None:
    """Take claims out that are about to be taken back themselves."""
    kept = _kept(claims)
    AnsweredSending.objects.filter(among("claim", claims)).delete()
    _add(kept, ())


def fold() -> None:
    summands.fold(AnsweredSum, CELL, NUMBERS)


def _kept(claims: Collection[int]) -> set[Row]:
    # Who looks holds the rows first: of two who look at once, the second sees what the first one wrote.
    rows = AnsweredSending.objects.select_for_update().filter(among("claim", claims)).order_by("pk")
    return set(rows.values_list(*_FIELDS))


def _add(gone: Collection[Row], come: Collection[Row]) -> None:
    failures: dict[int, list[tuple[str, int, bool]]] = {}
    reports = {row[0] for row in (*gone, *come)}
    if reports:
        rows = SentFailure.objects.filter(among("report", reports)).order_by()
        for report, rule, version, reasoned in rows.values_list("report", "rule", "version", "with_reason"):
            failures.setdefault(report, []).append((rule, version, reasoned))
    moved: dict[tuple[int, str, int], list[int]] = {}
    for some, sign in ((gone, -1), (come, 1)):
        for report, _, payer, denied in some:
            for rule, version, passed_over in summed(failures.get(report, ())):
                total = moved.setdefault((payer, rule, version), [0] * len(NUMBERS))
                for n, adds in enumerate((1, denied, passed_over, denied * passed_over)):
                    total[n] += sign * adds
    summands.add(AnsweredSum, CELL, NUMBERS, moved)


def summed(failures: Iterable[tuple[str, int, bool]]) -> Iterable[tuple[str, int, int]]:
    """Under which rules a sending counts: under none for itself, and under each that it did not pass."""
    failures = list(failures)
    yield "", 0, int(any(reasoned for _, _, reasoned in failures))
    for rule, version, reasoned in failures:
        yield rule, version, int(reasoned)
