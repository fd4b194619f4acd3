"""Three versions of a section become one: what one side left alone is taken from the other."""

from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
from hypothesis import given

from documentation.kernel.merge import Sides, digest, digests, merge

NAMES = {"care": "id"}
Fields = dict[str, Any]


def merged(base: Fields, typed: Fields, stored: Fields, **options: Any) -> Any:
    return merge(Sides(digests(base, {}, NAMES), **options), (typed, stored), {}, NAMES)


def rows(base: list[Fields], typed: list[Fields], stored: list[Fields], **options: Any) -> Any:
    return merge(Sides(digests({}, {"care": base}, NAMES), **options), ({}, {}), {"care": (typed, stored)}, NAMES)


def care(n: int | str, result: str = "") -> Fields:
    return {"id": str(n), "result": result}


def test_nothing_has_one_name_however_it_is_spelled() -> None:
    assert digest(None) == digest("") == digest([]) != digest(0) != digest(False)
    assert digest(Decimal("1.10")) == digest(Decimal("1.1"))


def test_each_side_keeps_what_it_changed() -> None:
    found = merged({"a": 1, "b": 2}, {"a": 9, "b": 2}, {"a": 1, "b": 8})
    assert (found.values, found.foreign, found.clashes) == ({"a": 9, "b": 8}, ["b"], [])


def test_the_same_change_on_both_sides_is_no_clash() -> None:
    assert not merged({"a": 1}, {"a": 2}, {"a": 2}).clashes


def test_a_clash_waits_for_a_choice() -> None:
    (clash,) = merged({"a": 1}, {"a": 2}, {"a": 3}).clashes
    assert (clash.path, clash.typed, clash.stored) == ("a", 2, 3)
    for side, value in (("mine", 2), ("theirs", 3)):
        found = merged({"a": 1}, {"a": 2}, {"a": 3}, choices={"a": f"{side}:{clash.seal}"})
        assert (found.values, found.clashes) == ({"a": value}, [])
    assert merged({"a": 1}, {"a": 2}, {"a": 4}, choices={"a": f"mine:{clash.seal}"}).clashes


def test_what_this_page_sent_before_is_no_change_by_somebody_else() -> None:
    sent = [digests({"a": 2}, {}, NAMES)]
    assert merged({"a": 1}, {"a": 3}, {"a": 2}, unanswered=sent).values == {"a": 3}
    assert merged({"a": 1}, {"a": 1}, {"a": 2}, unanswered=sent).values == {"a": 1}, "taken back"


def test_rows_of_both_sides_stand() -> None:
    base = [care(1, "x"), care(2, "y")]
    found = rows(base, [care(1, "mine"), care(2, "y"), care("", "new")], [care(1, "x"), care(2, "theirs"), care(3)])
    assert found.rows["care"] == [care(1, "mine"), care(2, "theirs"), care(3, "new")], "the empty new row is filled"
    assert found.origins["care"] == [0, 1, 2]
    found = rows(base, [care(1, "x"), care(2, "y")], [care(1, "x"), care(2, "y"), care(3, "other")])
    assert found.rows["care"][2] == care(3, "other")
    assert found.origins["care"] == [0, 1, None]


def test_a_row_that_the_other_side_left_alone_may_go() -> None:
    base = [care(1, "x"), care(2, "y")]
    assert rows(base, [care(2, "y")], base).rows["care"] == [care(2, "y")]
    found = rows(base, base, [care(2, "y")])
    assert (found.rows["care"], found.foreign) == ([care(2, "y")], ["care"])


def test_a_row_changed_here_and_removed_there_is_a_clash_both_ways() -> None:
    base = [care(1, "x")]
    (clash,) = rows(base, [care(1, "mine")], []).clashes
    assert (clash.path, clash.typed, clash.stored) == ("care.1", care(1, "mine"), None)
    choices = {"care.1": f"mine:{clash.seal}"}
    assert rows(base, [care(1, "mine")], [], choices=choices).rows["care"] == [care("", "mine")]
    (clash,) = rows(base, [], [care(1, "theirs")]).clashes
    choices = {"care.1": f"theirs:{clash.seal}"}
    assert rows(base, [], [care(1, "theirs")], choices=choices).rows["care"] == [care(1, "theirs")]


def test_a_row_that_was_sent_twice_is_one_row() -> None:
    found = rows([], [care("", "half a sentence")], [care(7, "half")])
    assert found.rows["care"] == [care(7, "half a sentence")]


VALUES = st.dictionaries(st.sampled_from("abc"), st.sampled_from([None, "", 1, 2]), min_size=3)


@given(VALUES, VALUES, VALUES)
def test_no_change_of_either_side_is_ever_lost_in_silence(base: Fields, typed: Fields, stored: Fields) -> None:
    found = merged(base, typed, stored)
    asked = {c.path for c in found.clashes}
    for name in "abc":
        b, t, s, m = (digest(x[name]) for x in (base, typed, stored, found.values))
        assert name in asked or m == (t if t != b else s)
        assert (name in asked) == (t != b and s != b and t != s)


RESULTS = st.dictionaries(st.sampled_from("1234"), st.sampled_from("xyz"))


@given(RESULTS, RESULTS, RESULTS)
def test_no_row_of_either_side_is_ever_lost_in_silence(base: Fields, typed: Fields, stored: Fields) -> None:
    """Rows that nobody had at first have other names on either side."""
    mine = {k if k in base else "": v for k, v in typed.items()}
    found = rows(*([care(k, v) for k, v in side.items()] for side in (base, mine, stored)))
    asked = {c.path.split(".")[1] for c in found.clashes}
    kept = [r["result"] for r in found.rows["care"]]
    for side in (mine, stored):
        for name, result in side.items():
            assert result == base.get(name) or name in asked or result in kept
