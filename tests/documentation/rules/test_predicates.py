"""Words in texts, and days."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from documentation.rules.examples import COMPLETE, with_gland, with_procedure
from documentation.rules.predicates import (
    and_joined,
    captured_on,
    denies_stones,
    glands_named,
    in_order,
    sides_named,
    speaks_of_another_place,
    was_examined,
)


@pytest.mark.parametrize(
    "text, sides",
    [
        ("the left submandibular gland", {"L"}),
        ("Right Wharton's duct and left parotid", {"L", "R"}),
        ("right-sided salivary swelling", {"R"}),
        ("left main excretory duct", {"L"}),
        ("return right away; nothing was left in the basket", set()),
        ("on the right of the picture", set()),
        ("LEFT parotid", {"L"}),
        ("the upright papilla and the cleft gland", set()),
        ("a cleft beside the right hilum", {"R"}),
        ("left gland’s hilum, ‘Right’ excretory duct", {"L"}),  # letters outside ASCII take the other way
        ("l’upright gland: left Wharton's duct", {"L"}),
    ],
)
def test_only_sides_of_glands_are_sides(text: str, sides: set[str]) -> None:
    assert sides_named(text) == sides


def test_ducts_name_their_glands() -> None:
    assert glands_named("Stensen's duct") == {"parotid"}
    assert glands_named("Wharton's duct and the sublingual gland") == {"submandibular", "sublingual"}


@pytest.mark.parametrize(
    "text, denied",
    [
        ("No calculus.", True),
        ("There was no evidence of a stone", True),
        ("without any stones", True),
        ("no stone remained", False),
        ("a stone of 4 mm", False),
    ],
)
def test_a_denied_stone_is_told_from_a_removed_one(text: str, denied: bool) -> None:
    assert denies_stones(text) is denied


class TestAnotherPlace:
    def test_the_other_side_alone_is_another_place(self) -> None:
        assert speaks_of_another_place(COMPLETE, "The right submandibular duct is narrow.")
        assert speaks_of_another_place(COMPLETE, "The left parotid duct is narrow.")

    def test_a_comparison_with_the_other_side_is_none(self) -> None:
        assert not speaks_of_another_place(
            COMPLETE, "The left submandibular duct is narrower than the right submandibular duct."
        )
        assert not speaks_of_another_place(COMPLETE, "A short stenosis at 12 mm.")

    def test_without_a_named_gland_nothing_contradicts(self) -> None:
        unnamed = with_procedure(glands=())
        assert not speaks_of_another_place(unnamed, "The right parotid duct is narrow.")
        assert was_examined(unnamed, "parotid", "R")

    def test_the_accessory_parotid_is_called_parotid(self) -> None:
        accessory = with_gland(gland="accessory_parotid", duct="stensen")
        assert not speaks_of_another_place(accessory, "The left Stensen's duct is open.")


def test_a_picture_belongs_to_the_day_at_the_location() -> None:
    evening = datetime(2026, 11, 6, 3, 0, tzinfo=UTC)
    image = COMPLETE.images[0].__class__(1, "endoscopic_still", captured_at=evening)
    assert captured_on(image, "America/Los_Angeles") == date(2026, 11, 5)
    assert captured_on(image, "Nowhere/Atlantis") == date(2026, 11, 6)
    assert captured_on(COMPLETE.images[0], "UTC") is None


def test_missing_dates_are_in_order() -> None:
    assert in_order(None, date(2026, 1, 1), None, date(2026, 1, 1))
    assert not in_order(date(2026, 1, 2), None, date(2026, 1, 1))


def test_words_are_joined_as_people_do() -> None:
    assert and_joined(["a"]) == "a"
    assert and_joined(["a", "b", "c"]) == "a, b and c"
