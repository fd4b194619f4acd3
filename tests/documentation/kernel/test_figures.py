"""Figures in texts: read singly and in runs, and renumbered when the order of the pictures changes."""

import pytest

from documentation.kernel.figures import figures_named, in_words, renumbered


@pytest.mark.parametrize(
    "text, figures",
    [
        ("Figures 1 and 2 show", {1, 2}),
        ("(figures 3, 4 and 6)", {3, 4, 6}),
        ("figures 1, 2, and 3", {1, 2, 3}),
        ("fig. 2", {2}),
        ("Images 1 to 3", {1, 2, 3}),
        ("figures 1-3", {1, 2, 3}),
        ("12 mm from the papilla", set()),
        ("The images 12 mm behind it", set()),
        ("figure 1.5", set()),
    ],
)
def test_figures_are_read_singly_and_in_runs(text: str, figures: set[int]) -> None:
    assert figures_named(text) == figures


SWAPPED = {1: 4, 4: 1}


@pytest.mark.parametrize(
    "text, moved, now",
    [
        ("Figure 1 shows a stone.", SWAPPED, "Figure 4 shows a stone."),
        ("Figures 1 and 2 show", SWAPPED, "Figures 2 and 4 show"),
        ("(figs. 1-4)", SWAPPED, "(figs. 1-4)"),
        ("(figures 1 to 3)", {1: 2, 2: 3, 3: 4, 4: 1}, "(figures 2 to 4)"),
        ("(figures 1 to 3)", {1: 5}, "(figures 2, 3, and 5)"),
        ("FIG. 4, then fig. 1", SWAPPED, "FIG. 1, then fig. 4"),
        ("Figure 2 is as it was, 1 mm wide", SWAPPED, "Figure 2 is as it was, 1 mm wide"),
        ("as in figure 2", {2: None, 3: 2}, "as in figure [removed]"),
        ("figures 1, 2 and 3", {2: None, 3: 2}, "figures 1, 2, and [removed]"),
        ("figures 2 and 3", {2: 1, 3: 1}, "figure 1"),
    ],
)
def test_every_reference_follows_its_picture(text: str, moved: dict[int, int | None], now: str) -> None:
    assert renumbered(text, moved) == now


def test_many_figures_are_named_by_the_ends_of_their_runs() -> None:
    assert in_words([2]) == "2"
    assert in_words([2, 1]) == "1 and 2"
    assert in_words(range(1, 29)) == "1 to 28"
    assert in_words([1, 2, 3, 5, 7, 8]) == "1 to 3, 5, 7, and 8"
