"""What is new since the payer said no: contents count, not names, places or order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from claims.facts import ClaimFacts, LineFacts
from claims.proofs.fresh import Content, compare, images_of, lines_of, statements_of
from documentation.facts import AddendumFacts, EncounterFacts
from tests.claims.packet.records import RECORDS

RECORD = RECORDS["both_sides"]
SEEN = ("K000001",)
SUMS = st.sampled_from([letter * 64 for letter in "abcdef"])
TITLES = st.text(max_size=12)
DOCUMENTS = st.dictionaries(SUMS, TITLES)
CONTENTS = st.builds(
    Content,
    documents=DOCUMENTS,
    images=DOCUMENTS,
    lines=st.dictionaries(st.sampled_from(["Line D0371", "Line D0140", "Diagnosis K11.5"]), st.integers(1, 3)),
    words=st.dictionaries(st.sampled_from(["One.", "Two."]), TITLES),
)


def of(record: EncounterFacts) -> Content:
    return Content(images=images_of(record), statements=statements_of(record))


def news(now: EncounterFacts, then: EncounterFacts = RECORD) -> Any:
    return compare(of(now), [of(then)], SEEN)


@given(CONTENTS)
def test_what_was_sent_is_never_new(content: Content) -> None:
    assert compare(content, [content], SEEN).is_nothing


@given(CONTENTS, CONTENTS, CONTENTS)
def test_what_came_in_several_packets_was_seen_in_whichever_order(a: Content, b: Content, now: Content) -> None:
    assert compare(now, [a, b], SEEN) == compare(now, [b, a], SEEN)
    assert compare(a, [b, a], SEEN).is_nothing


@given(DOCUMENTS, st.lists(TITLES, min_size=6, max_size=6))
def test_the_same_bytes_under_another_name_are_not_new(documents: dict[str, str], titles: list[str]) -> None:
    renamed = dict(zip(documents, titles, strict=False))
    assert compare(Content(documents=renamed), [Content(documents=documents)], SEEN).is_nothing


@given(CONTENTS, SUMS, TITLES)
def test_a_document_that_was_not_sent_is_new_by_its_title(before: Content, sha: str, title: str) -> None:
    now = replace(before, documents={**before.documents, sha: title})
    found = compare(now, [before], SEEN)
    assert found.documents == (() if sha in before.documents else (title,))
    assert found.is_nothing == (sha in before.documents)


def test_nothing_at_hand_cannot_be_compared_and_is_never_called_nothing() -> None:
    found = compare(Content(documents={"a": "A"}), [], ())
    assert (found.can_compare, found.is_nothing, found.is_words_alone) == (False, False, False)


@settings(max_examples=25)
@given(st.randoms(use_true_random=False))
def test_a_record_in_another_order_is_not_new(random: Any) -> None:
    def shuffled(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(random.sample(values, len(values)))

    images = tuple(replace(i, figure=n) for n, i in enumerate(shuffled(RECORD.images), start=1))
    why = RECORD.justification
    turned = replace(
        RECORD,
        findings=shuffled(RECORD.findings),
        interventions=shuffled(RECORD.interventions),
        diagnoses=shuffled(RECORD.diagnoses),
        images=images,
        justification=replace(
            why,
            prior_care=shuffled(why.prior_care),
            prior_imaging=shuffled(why.prior_imaging),
            indications=shuffled(why.indications),
        ),
    )
    assert news(turned).is_nothing


def test_a_new_version_that_says_the_same_is_not_new() -> None:
    again = replace(RECORD, number="E000777", version=2, unlock_reason="Wrong file", signature=None)
    assert news(again).is_nothing


def test_an_addendum_is_new_once() -> None:
    added = AddendumFacts("The stone was sent in.", "Casey Example, DDS", datetime(2026, 12, 1, tzinfo=UTC))
    record = replace(RECORD, addenda=(added,))
    assert news(record).statements == (("Addendum", "The stone was sent in."),)
    later = replace(record, addenda=(replace(added, version=1, added_at=datetime(2027, 1, 1, tzinfo=UTC)),))
    assert news(later, record).is_nothing


def test_changed_words_and_entries_of_the_record_are_new_and_left_out_ones_are_not() -> None:
    text = replace(RECORD.interpretation, text="A web in the main duct, opened.")
    changed = replace(RECORD, interpretation=text)
    assert news(changed).statements == (("Interpretation", "A web in the main duct, opened."),)
    wider = replace(RECORD.findings[0], size_mm=9)
    assert news(replace(RECORD, findings=(wider, *RECORD.findings[1:]))).statements == (("Findings", ""),)
    assert news(replace(RECORD, findings=RECORD.findings[1:])).is_nothing
    blanks = replace(RECORD.interpretation, text=f"  {RECORD.interpretation.text.replace(' ', '  ')} ")
    assert news(replace(RECORD, interpretation=blanks)).is_nothing


def test_a_new_image_is_told_once_and_words_to_an_old_one_as_words() -> None:
    first = RECORD.images[0]
    new = replace(first, figure=9, clean_sha256="f" * 64, caption="The papilla a week later")
    found = news(replace(RECORD, images=(*RECORD.images, new)))
    assert (found.images, found.statements) == (("The papilla a week later",), ())
    read = replace(first, reading="A second stone lies behind it.")
    found = news(replace(RECORD, images=(read, *RECORD.images[1:])))
    assert (found.images, [section for section, _ in found.statements]) == ((), ["Words to an image"])


def test_lines_count_by_what_they_bill_and_how_often() -> None:
    claim = ClaimFacts(diagnoses=("K11.5", "K11.20"), lines=(LineFacts("D0371", 85000), LineFacts("D0140", 9000)))
    before = Content(lines=lines_of(claim))

    def new(now: ClaimFacts) -> tuple[str, ...]:
        return compare(Content(lines=lines_of(now)), [before], SEEN).lines

    assert new(claim) == ()
    assert new(replace(claim, lines=claim.lines[::-1])) == ()
    # Its diagnosis is the same whatever its position.
    moved = replace(LineFacts("D0371", 85000), diagnosis_pointers=(2,))
    assert new(replace(claim, diagnoses=claim.diagnoses[::-1], lines=(moved,))) == ()
    assert new(replace(claim, lines=(LineFacts("42650", 85000),))) == ("Line 42650 $850.00 for K11.5",)
    assert new(replace(claim, lines=(claim.lines[0], claim.lines[0]))) == ("Line D0371 $850.00 for K11.5",)
    assert new(replace(claim, diagnoses=("K11.5", "K11.8"))) == ("Diagnosis K11.8",)


def test_words_alone_are_told_apart() -> None:
    found = compare(Content(words={"You overlooked figure 2.": "You overlooked figure 2."}), [Content()], SEEN)
    assert (found.is_nothing, found.is_words_alone) == (False, True)
