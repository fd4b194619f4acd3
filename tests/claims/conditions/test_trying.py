"""What conditions on parts and wholes can ever do, beside every claim that there could be."""

from __future__ import annotations

from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from claims.conditions.condition import Clause, Group
from claims.conditions.trying import can_hold, holds_always, same

PARTS = ("images.count", "images.endoscopic", "images.unread", "images.key")
CLAIMS = [
    dict(zip(PARTS, (count, endoscopic, unread, key), strict=True))
    for count, endoscopic, unread, key in product(range(6), repeat=4)
    if unread <= endoscopic <= count and key <= count
]
"""Every selection of images that clauses with numbers up to 4 could tell apart."""

clauses = st.builds(
    Clause,
    st.sampled_from(PARTS),
    st.sampled_from(("is", "is_not", "less", "at_most", "more", "at_least")),
    st.integers(0, 4).map(str),
)
matches = st.sampled_from(("all", "any"))
groups = st.builds(Group, matches, st.lists(clauses, min_size=1, max_size=3).map(tuple))
nested = st.builds(Group, matches, st.lists(st.one_of(clauses, groups), min_size=1, max_size=3).map(tuple))


def held(group: Group) -> list[bool]:
    def of(claim: dict[str, int]) -> Any:
        return lambda about: claim[about.key]

    return [group.holds(of(claim)) for claim in CLAIMS]


@given(nested)
def test_it_can_hold_and_holds_always_as_every_claim_says(group: Group) -> None:
    found = held(group)
    assert can_hold(group) in (any(found), None)
    if can_hold(group) is not None:
        assert holds_always(group) is all(found)


@given(groups, groups)
def test_two_are_the_same_where_they_hold_on_the_same_claims(a: Group, b: Group) -> None:
    assert same(a, b) in (held(a) == held(b), False)


def test_two_that_differ_in_words_alone_are_found_to_be_the_same() -> None:
    few = Group("all", (Clause("images.count", "at_most", "3"),))
    also = Group("all", (Clause("images.count", "less", "4"), Clause("images.key", "at_most", "3")))
    assert same(few, also)
