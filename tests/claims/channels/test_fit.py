"""Every limit of a channel: just under, at, just over, and not known."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from claims.channels import CHANNELS, LIMITS, LimitFact, Profile, profile_of
from claims.channels.fit import Outgoing, Use, is_readable, letter_pixels, uses_of
from claims.channels.profile import problem, said

PORTAL = next(c for c in CHANNELS if c.key == "portal")
FILES = (Outgoing("C1-01.jpg", 5_000, 2200), Outgoing("C1-02.jpg", 7_000, 1500))
NOTE = "n" * 400


def taking(**limits: Any) -> Profile:
    return profile_of(PORTAL, [LimitFact(key, value, "Page") for key, value in limits.items()])


def use(key: str, profile: Profile) -> Use:
    return next(u for u in uses_of(profile, FILES, NOTE) if u.key == key)


USED = {
    "max_files": 2, "max_file_bytes": 7_000, "max_total_bytes": 12_000, "max_name": 9, "note_chars": 400,
    "max_side": 2200, "control_numbers": 1,
}  # fmt: skip


@pytest.mark.parametrize("key", USED)
@pytest.mark.parametrize("over", [-1, 0, 1])
def test_at_the_limit_it_fits_and_one_more_does_not(key: str, over: int) -> None:
    allowed = USED[key] - over
    if allowed < 1:
        return
    found = use(key, taking(**{key: allowed}))
    assert (found.used, found.allowed, found.fits) == (USED[key], allowed, over < 1)
    assert bool(found.why) is not found.fits
    if found.why:
        assert "; a payer's portal takes at most" in found.why


@pytest.mark.parametrize("least, fits", [(4_999, True), (5_000, True), (5_001, False)])
def test_a_file_may_be_too_small(least: int, fits: bool) -> None:
    assert use("min_file_bytes", taking(min_file_bytes=least)).fits is fits


@pytest.mark.parametrize("types, fits", [(["jpg"], True), (["pdf", "jpg"], True), (["pdf"], False)])
def test_types_fit_or_not(types: list[str], fits: bool) -> None:
    found = use("file_types", taking(file_types=types))
    assert found.fits is fits
    assert found.why == ("" if fits else "A payer's portal takes PDF, not JPEG.")


def test_a_limit_that_nobody_knows_stops_nothing_and_is_shown_as_not_known() -> None:
    for found in uses_of(taking(), FILES, NOTE):
        assert found.allowed is None
        assert found.fits
        assert "not known" in found.said


def test_every_limit_is_tried_here() -> None:
    told = {*USED, "min_file_bytes", "file_types"}
    assert told | {"colors", "parts", "remarks"} == {limit.key for limit in LIMITS}


@pytest.mark.parametrize("points, dpi, readable", [(7.0, 144, True), (7.0, 143, False), (0, 10, True), (10, 101, True)])
def test_letters_are_readable_from_seven_pixels_on(points: float, dpi: int, readable: bool) -> None:
    assert is_readable(points, dpi) is readable
    assert points == 0 or (letter_pixels(points, dpi) >= 7) is readable


# --- Profiles -----------------------------------------------------------------------------------------------------


def test_every_limit_that_was_shipped_is_sound_and_has_a_source() -> None:
    assert len({c.key for c in CHANNELS}) == len(CHANNELS)
    for channel in CHANNELS:
        for fact in channel.facts:
            assert problem(fact.key, fact.value) == "", (channel.key, fact.key)
            assert fact.source
            assert fact.said


def test_the_channels_that_were_read_say_what_was_read() -> None:
    known = {c.key: c for c in CHANNELS}
    availity, ascend = known["availity_appeals"], known["dentrix_ascend"]
    numbers = ("max_files", "max_file_bytes", "max_total_bytes")
    assert [availity.number(k) for k in numbers] == [10, 60_000_000, 150_000_000]
    assert availity.number("min_file_bytes") == 3 * 1024 + 1
    assert (ascend.file_types, ascend.number("max_files")) == (("jpg",), 10)
    assert (ascend.number("max_total_bytes") or 0) < 15_000_000
    assert "pdf" not in (known["dxc_open_dental"].file_types or ())
    assert known["dxc_open_dental"].number("note_chars") == 2000
    assert known["claim_note"].number("note_chars") == 400
    assert known["portal"].facts == ()


def test_a_fact_grows_stale_and_one_without_a_day_always_is() -> None:
    day = date(2026, 11, 28)
    fresh = LimitFact("max_files", 5, "Page", day)
    assert fresh.why_stale(day + timedelta(days=365), 365) == ""
    assert "more than 365 days before" in fresh.why_stale(day + timedelta(days=366), 365)
    assert LimitFact("max_files", 5, "Page").why_stale(day, 365) == "was read on a day that nobody wrote down"
    assert LimitFact("max_files", None, "Page").why_stale(day, 365) == ""


@pytest.mark.parametrize(
    "key, value, words",
    [
        ("max_file_bytes", 14_900_000, "14.9 MB"), ("min_file_bytes", 3073, "3.1 KB"), ("max_files", 10, "10"),
        ("file_types", ["pdf", "jpg"], "PDF, JPEG"), ("note_chars", 2000, "2,000 characters"), ("max_files", None, ""),
        ("colors", "bilevel", "Black and white dots (1 bit)"), ("max_side", 1920, "1,920 pixels"),
    ],
)  # fmt: skip
def test_limits_in_words(key: str, value: Any, words: str) -> None:
    assert said(key, value) == words


@pytest.mark.parametrize(
    "key, value",
    [("file_types", []), ("file_types", ["exe"]), ("file_types", ["pdf", "pdf"]), ("max_files", 0), ("max_files", 2.5),
     ("colors", "pink"), ("remarks", ""), ("remarks", "x" * 601), ("note_chars", True)],
)  # fmt: skip
def test_what_is_no_limit_is_refused_in_a_sentence(key: str, value: Any) -> None:
    assert problem(key, value).endswith(".")


def test_within_a_sentence_a_channel_is_called_as_people_would() -> None:
    assert PORTAL.name == "A payer's portal"
    why = use("max_files", taking(max_files=1)).why
    assert why == "2 files would leave; a payer's portal takes at most 1."
    for channel in CHANNELS:
        assert channel.called == channel.name or channel.name.startswith("A ")
