"""DOC-60x and DOC-61x: contradictions of gland, side and date. Whoever reads one doubts the whole record: blockers.

A part that is missing contradicts nothing; other families ask for it. What else disagrees is in agreement.py.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from documentation.facts import EncounterFacts, FindingFacts, ImageFacts
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.kernel.vocabulary import SEGMENT
from documentation.rules.citations import AGREEMENT, ANATOMY
from documentation.rules.examples import (
    COMPLETE,
    with_finding,
    with_image,
    with_interpretation,
    with_justification,
    with_prior_care,
    with_prior_imaging,
)
from documentation.rules.predicates import (
    captured_on,
    examined_places,
    in_order,
    is_endoscopic,
    numbered,
    place_of,
    speaks_of_another_place,
    was_examined,
)

SEGMENT_OF_GLAND = {"masseteric_bend": ("parotid", "accessory_parotid"), "knee": ("submandibular",)}
"""Segments that only some glands have."""

CLOCK_TOLERANCE = timedelta(days=1)
"""A camera without time zone may be a day off; more is another visit."""


def misplaced_findings(e: EncounterFacts) -> list[FindingFacts]:
    return [f for f in e.findings if not was_examined(e, f.gland, f.side)]


def misplaced_images(e: EncounterFacts) -> list[ImageFacts]:
    return [i for i in e.images if is_endoscopic(i) and not was_examined(e, i.gland, i.side)]


def shows_its_finding(e: EncounterFacts, image: ImageFacts) -> bool:
    finding = e.finding(image.finding)
    if finding is None:
        return True
    same_gland = not (image.gland and finding.gland) or image.gland == finding.gland
    return same_gland and (not (image.side and finding.side) or image.side == finding.side)


def disagreeing_images(e: EncounterFacts) -> list[ImageFacts]:
    return [i for i in e.images if not shows_its_finding(e, i)]


def miscaptioned_images(e: EncounterFacts) -> list[ImageFacts]:
    return [
        i for i in e.images if is_endoscopic(i) and any(speaks_of_another_place(e, t) for t in (i.caption, i.reading))
    ]


def misfit_segments(e: EncounterFacts) -> list[FindingFacts]:
    return [f for f in e.findings if f.gland and f.gland not in SEGMENT_OF_GLAND.get(f.segment, (f.gland,))]


def images_of_another_day(e: EncounterFacts) -> list[ImageFacts]:
    if e.service_date is None:
        return []
    taken = [(i, captured_on(i, e.location.time_zone)) for i in e.images if is_endoscopic(i)]
    return [i for i, day in taken if day is not None and abs(day - e.service_date) > CLOCK_TOLERANCE]


def interpretation_is_elsewhere(e: EncounterFacts) -> bool:
    return any(speaks_of_another_place(e, t) for t in (e.interpretation.text, e.interpretation.clinical_relevance))


def care_is_in_order(e: EncounterFacts) -> bool:
    return all(
        in_order(c.from_on, c.to_on) and in_order(e.patient.birth_date, c.from_on, e.service_date)
        for c in e.justification.prior_care
    )


def studies_are_in_order(e: EncounterFacts) -> bool:
    days = [s.done_on for s in e.justification.prior_imaging]
    return all(in_order(e.patient.birth_date, day, e.service_date) for day in days)


RULES: tuple[Rule[EncounterFacts], ...] = (
    Rule(
        id="DOC-601",
        title="Findings lie in an examined gland",
        severity=Severity.BLOCKER,
        field="findings.findings",
        message="A finding lies in a gland that was not examined.",
        fix="Correct gland and side of the finding, or add the gland to the procedure.",
        citation=AGREEMENT,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: not misplaced_findings(e),
        good=COMPLETE,
        bad=with_finding(side="R"),
        tell=lambda e: (
            f"{numbered('Finding', e.findings, lambda f: f in misplaced_findings(e))}"
            f" {'lies' if len(misplaced_findings(e)) == 1 else 'lie'} in the"
            f" {place_of(misplaced_findings(e)[0].gland, misplaced_findings(e)[0].side)}; examined:"
            f" {examined_places(e)}."
        ),
    ),
    Rule(
        id="DOC-602",
        title="Endoscopic images show an examined gland",
        severity=Severity.BLOCKER,
        field="images.images",
        message="An endoscopic image shows a gland that was not examined.",
        fix="Correct gland and side of the image.",
        citation=AGREEMENT,
        prevents=Cause.IMAGES,
        passes=lambda e: not misplaced_images(e),
        good=COMPLETE,
        bad=with_image(side="R"),
        tell=lambda e: (
            f"Figure {misplaced_images(e)[0].figure} shows the"
            f" {place_of(misplaced_images(e)[0].gland, misplaced_images(e)[0].side)}; examined: {examined_places(e)}."
        ),
    ),
    Rule(
        id="DOC-603",
        title="Images and their findings agree on gland and side",
        severity=Severity.BLOCKER,
        field="images.images",
        message="An image and its finding name different glands or sides.",
        fix="Correct the image, or link it to another finding.",
        citation=AGREEMENT,
        prevents=Cause.IMAGES,
        passes=lambda e: not disagreeing_images(e),
        good=COMPLETE,
        bad=with_image(gland="parotid"),
        tell=lambda e: f"Figure {disagreeing_images(e)[0].figure} and its finding name different glands or sides.",
    ),
    Rule(
        id="DOC-604",
        title="The complaint is about an examined gland",
        severity=Severity.BLOCKER,
        field="justification.side",
        message="The complaint is about a gland that was not examined.",
        fix="Correct gland and side of the complaint or of the procedure.",
        citation=AGREEMENT,
        prevents=Cause.MEDICAL_NECESSITY,
        passes=lambda e: was_examined(e, e.justification.gland, e.justification.side),
        good=COMPLETE,
        bad=with_justification(side="R"),
        tell=lambda e: (
            f"The complaint is about the {place_of(e.justification.gland, e.justification.side)};"
            f" examined: {examined_places(e)}."
        ),
    ),
    Rule(
        id="DOC-605",
        title="The complaint's words name the right side",
        severity=Severity.BLOCKER,
        field="justification.statement",
        message="The description of the complaint speaks of another gland or side than was examined.",
        fix="Correct the description.",
        citation=AGREEMENT,
        prevents=Cause.MEDICAL_NECESSITY,
        passes=lambda e: not speaks_of_another_place(e, e.justification.statement),
        good=COMPLETE,
        bad=with_justification(statement="Swelling of the right submandibular gland at meals."),
    ),
    Rule(
        id="DOC-606",
        title="The interpretation speaks of the examined gland",
        severity=Severity.BLOCKER,
        field="interpretation.text",
        message="The interpretation speaks of another gland or side than was examined.",
        fix="Correct the words, or gland and side of the procedure.",
        citation=AGREEMENT,
        prevents=Cause.IMAGES,
        passes=lambda e: not interpretation_is_elsewhere(e),
        good=COMPLETE,
        bad=with_interpretation(
            clinical_relevance="The stenosis of the right submandibular duct explains the swelling."
        ),
    ),
    Rule(
        id="DOC-607",
        title="Captions and readings name the examined gland",
        severity=Severity.BLOCKER,
        field="images.images",
        message="The caption or the reading of an image speaks of another gland or side than was examined.",
        fix="Correct its words.",
        citation=AGREEMENT,
        prevents=Cause.IMAGES,
        passes=lambda e: not miscaptioned_images(e),
        good=COMPLETE,
        bad=with_image(caption="Right Wharton's duct, membranous stenosis at 12 mm"),
        tell=lambda e: (
            f"The words of figure {miscaptioned_images(e)[0].figure} speak of another gland or side;"
            f" examined: {examined_places(e)}."
        ),
    ),
    Rule(
        id="DOC-608",
        title="Segments belong to their gland",
        severity=Severity.BLOCKER,
        field="findings.findings",
        message="A finding lies in a segment that its gland does not have.",
        fix="Correct the segment or the gland.",
        citation=ANATOMY,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: not misfit_segments(e),
        good=COMPLETE,
        bad=with_finding(segment="masseteric_bend"),
        tell=lambda e: (
            f"{numbered('Finding', e.findings, lambda f: f in misfit_segments(e))}: the"
            f" {place_of(misfit_segments(e)[0].gland)} has no"
            f" {SEGMENT.label(misfit_segments(e)[0].segment).lower()}."
        ),
    ),
    Rule(
        id="DOC-611",
        title="The complaint began before the visit",
        severity=Severity.BLOCKER,
        field="justification.onset_on",
        message="The complaint is dated after the visit, or before the patient's birth.",
        fix="Correct the onset.",
        citation=AGREEMENT,
        prevents=Cause.MEDICAL_NECESSITY,
        passes=lambda e: in_order(e.patient.birth_date, e.justification.onset_on, e.service_date),
        good=COMPLETE,
        bad=with_justification(onset_on=date(2026, 12, 1)),
    ),
    Rule(
        id="DOC-612",
        title="Care before the visit came before it",
        severity=Severity.BLOCKER,
        field="justification.prior_care",
        message="A treatment before the visit ends before it began, or lies before birth or after the visit.",
        fix="Correct its dates.",
        citation=AGREEMENT,
        prevents=Cause.MEDICAL_NECESSITY,
        passes=care_is_in_order,
        good=COMPLETE,
        bad=with_prior_care(to_on=date(2026, 3, 1)),
    ),
    Rule(
        id="DOC-613",
        title="Imaging before the visit came before it",
        severity=Severity.BLOCKER,
        field="justification.prior_imaging",
        message="An earlier study is dated after the visit, or before the patient's birth.",
        fix="Correct its date.",
        citation=AGREEMENT,
        prevents=Cause.MEDICAL_NECESSITY,
        passes=lambda e: all(
            in_order(e.patient.birth_date, s.done_on, e.service_date) for s in e.justification.prior_imaging
        ),
        good=COMPLETE,
        bad=with_prior_imaging(done_on=date(2026, 11, 20)),
    ),
    Rule(
        id="DOC-614",
        title="Endoscopic images were taken at the visit",
        severity=Severity.BLOCKER,
        field="images.images",
        message="An endoscopic image was taken on another day than the examination.",
        fix="Correct the time of capture, or remove the image.",
        citation=AGREEMENT,
        prevents=Cause.IMAGES,
        passes=lambda e: not images_of_another_day(e),
        good=with_image(captured_at=datetime(2026, 11, 5, 17, 20, tzinfo=UTC)),
        bad=with_image(captured_at=datetime(2026, 10, 2, 17, 20, tzinfo=UTC)),
        tell=lambda e: f"Figure {images_of_another_day(e)[0].figure} was taken on another day than the examination.",
    ),
)
