"""Sentences that came from facts: found again, brought up to date, and never at the cost of one's own words."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from documentation.facts import EncounterFacts
from documentation.prose import tracking
from documentation.prose.compose import compose
from documentation.prose.tracking import Source, prose_of, sources_from
from documentation.rules.examples import COMPLETE, with_finding, with_interpretation

FIELD = "interpretation.text"
PROPOSAL = compose(COMPLETE, FIELD)
ALL = {s.key for s in PROPOSAL}
WHOLE = " ".join(s.text for s in PROPOSAL)


def written(e: EncounterFacts, text: str) -> EncounterFacts:
    return replace(e, interpretation=replace(e.interpretation, text=text))


def stored(sources: tuple[Source, ...]) -> list[dict[str, object]]:
    return [s.as_json() for s in sources]


def test_an_empty_field_takes_the_whole_proposal() -> None:
    text, sources = tracking.take("", (), PROPOSAL, ALL)
    assert text == WHOLE
    assert sources_from(stored(sources)) == sources
    prose = prose_of(written(COMPLETE, text), FIELD, stored(sources))
    assert [t.text for t in prose.told] == [s.text for s in PROPOSAL]
    assert not prose.changed
    assert not prose.open_offers


def test_ones_own_words_stay_when_everything_is_taken() -> None:
    text, _ = tracking.take("My own view of it.\nAnd a second line.", (), PROPOSAL, ALL)
    assert text.startswith("My own view of it.\nAnd a second line. ")
    assert text.endswith(WHOLE)


def test_one_sentence_goes_where_it_belongs() -> None:
    first, second, third, _ = PROPOSAL
    text, sources = tracking.take("", (), PROPOSAL, {first.key, third.key})
    assert text == f"{first.text} {third.text}"
    text, sources = tracking.take(text + " Mine.", sources, PROPOSAL, {second.key})
    assert text == f"{first.text} {second.text} {third.text} Mine."


def test_taking_twice_changes_nothing() -> None:
    once = tracking.take("Mine.", (), PROPOSAL, ALL)
    assert tracking.take(*once, PROPOSAL, ALL) == once


def test_a_changed_fact_marks_its_sentence_and_leaves_the_text() -> None:
    text, sources = tracking.take("", (), PROPOSAL, ALL)
    e = written(with_finding(distance_from_papilla_mm=Decimal(15)), text)
    (changed,) = prose_of(e, FIELD, stored(sources)).changed
    assert changed.key == "finding:f1"
    assert "12 mm" in changed.text
    assert "15 mm" in changed.now
    assert e.interpretation.text == text


def test_a_changed_sentence_can_be_taken_or_kept() -> None:
    text, sources = tracking.take("Mine.", (), PROPOSAL, ALL)
    e = written(with_finding(distance_from_papilla_mm=Decimal(15)), text)
    taken, fresh = tracking.take(text, sources, compose(e, FIELD), {"finding:f1"})
    assert taken == text.replace("12 mm", "15 mm")
    assert not prose_of(written(e, taken), FIELD, stored(fresh)).changed
    kept = tracking.keep(e, sources, "finding:f1")
    assert not prose_of(e, FIELD, stored(kept)).changed
    later = written(with_finding(distance_from_papilla_mm=Decimal(18)), text)
    assert [t.key for t in prose_of(later, FIELD, stored(kept)).changed] == ["finding:f1"]


def test_an_edited_sentence_is_still_known() -> None:
    text, sources = tracking.take("", (), PROPOSAL, ALL)
    text = text.replace("show a stenosis", "clearly show a membranous stenosis")
    e = written(with_finding(distance_from_papilla_mm=Decimal(15)), text)
    (changed,) = prose_of(e, FIELD, stored(sources)).changed
    assert changed.is_edited
    assert changed.text.startswith("Figures 1 and 2 clearly show")


def test_a_sentence_rewritten_beyond_likeness_is_the_clinicians() -> None:
    _, sources = tracking.take("", (), PROPOSAL, ALL)
    e = written(with_finding(distance_from_papilla_mm=Decimal(15)), "Nothing to add here.")
    assert prose_of(e, FIELD, stored(sources)).told == ()


def test_a_finding_that_is_gone_marks_its_sentence_and_taking_it_takes_it_out() -> None:
    text, sources = tracking.take("", (), PROPOSAL, ALL)
    e = written(replace(COMPLETE, findings=COMPLETE.findings[1:]), text)
    gone = next(t for t in prose_of(e, FIELD, stored(sources)).changed if t.key == "finding:f1")
    assert gone.now == ""
    taken, left = tracking.take(text, sources, compose(e, FIELD), {"finding:f1"})
    assert "stenosis" not in taken
    assert "  " not in taken
    assert "finding:f1" not in {s.key for s in left}


def test_what_is_no_source_is_left_out() -> None:
    assert sources_from(None) == ()
    assert sources_from(["x", {"key": "a"}]) == ()
    assert prose_of(with_interpretation(text=""), FIELD, {"odd": 1}).told == ()


@given(st.text(max_size=300), st.sets(st.sampled_from(sorted(ALL))))
def test_words_of_ones_own_are_never_lost(own: str, keys: set[str]) -> None:
    text, _ = tracking.take(own, (), PROPOSAL, keys)
    taken = [s.text for s in PROPOSAL if s.key in keys]
    assert text.strip(" ").startswith(own.strip(" ").rstrip(" "))
    assert all(t in text for t in taken)
