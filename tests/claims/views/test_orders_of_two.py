"""Two people read and write the same note, claim or appeal, in each of six orders: nothing is overwritten unseen."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import pytest

from claims.models import Appeal, Claim
from claims.services.appeals import open_appeal
from documentation.models import Encounter, PlanOfCare
from tests import assurance
from tests import factories as f
from tests.claims.views.test_claims import D0371, lines
from tests.claims.views.test_dashboard import text
from tests.documentation.views.test_sections import as_shown

ORDERS = [
    order
    for order in sorted(set(permutations(("read A", "read B", "write A", "write B"))))
    if order.index("read A") < order.index("write A") and order.index("read B") < order.index("write B")
]


@dataclass(frozen=True)
class Shared:
    """Something that two people have open: what a page showed of it, what a person sends, and what is kept now."""

    address: str
    shown: Callable[[], dict[str, Any]]
    filled: Callable[[dict[str, Any], str], dict[str, Any]]
    kept: Callable[[], str]
    words: dict[str, str]
    """What A and B write."""


def note() -> Shared:
    encounter = f.drafted()
    return Shared(
        f"/encounters/{encounter}/plan/",
        lambda: as_shown(Encounter.objects.get(pk=encounter.pk), "plan"),
        lambda shown, words: {**shown, "statement": words},
        lambda: PlanOfCare.objects.get(encounter=encounter).statement,
        {"A": "The words of A.", "B": "The words of B."},
    )


def claim() -> Shared:
    row = f.claim_at()
    return Shared(
        f"/claims/{row}/lines/",
        lambda: {"seen": Claim.objects.get(pk=row.pk).revision},
        lambda shown, words: lines({**D0371, "fee": words}, **shown),
        lambda: str(row.lines.get().fee),
        {"A": "701.00", "B": "702.00"},
    )


def appeal() -> Shared:
    row = open_appeal(f.denial(claim=f.submission().claim), by=f.user(), at=f.AT)
    return Shared(
        f"/appeals/{row.pk}/letter/",
        lambda: {"seen": Appeal.objects.get(pk=row.pk).revision},
        lambda shown, words: {**shown, "letter": words},
        lambda: Appeal.objects.get(pk=row.pk).letter,
        {"A": "The letter of A.", "B": "The letter of B."},
    )


THINGS = {"note": (note, "assistant"), "claim": (claim, "biller"), "appeal": (appeal, "biller")}


def test_there_are_six_orders() -> None:
    assert len(ORDERS) == 6


@pytest.mark.usefixtures("plain_packets")
@pytest.mark.parametrize("order", ORDERS, ids=", ".join)
@pytest.mark.parametrize("thing", THINGS)
def test_the_second_who_writes_what_changed_since_gets_both_texts(
    thing: str, order: tuple[str, ...], person: Any
) -> None:
    make, role = THINGS[thing]
    shared = make()
    people = {name: person(role) for name in "AB"}
    read: dict[str, dict[str, Any]] = {}
    written: list[str] = []
    for act, name in (step.split() for step in order):
        if act == "read":
            read[name] = shared.shown()
            saw = list(written)
            people[name].saw = saw
            continue
        answer = people[name].post(shared.address, shared.filled(read[name], shared.words[name]))
        if people[name].saw == written:
            assert answer.status_code in (200, 302)
            written.append(name)
            assert shared.kept() == shared.words[name]
            continue
        # Somebody else wrote in between: nothing is overwritten, and both texts are on the page.
        assert answer.status_code == 409
        assert shared.kept() == shared.words[written[-1]]
        page = text(answer) + " ".join(re.findall(r'value="([^"]*)"', answer.content.decode()))
        for words in shared.words.values():
            assert words in page
    assert written
    assurance.record("orders in which two people wrote", 1)
