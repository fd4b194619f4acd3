"""IMG-3xx: D0371 is images *and* their interpretation. Quality is only ever advice: a poor picture is still one."""

from __future__ import annotations

from dataclasses import replace

from documentation.facts import EncounterFacts, ImageFacts
from documentation.kernel import vocabulary as v
from documentation.kernel.figures import figures_named, in_words
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.rules.citations import D0371, IMAGE_ANALYSIS
from documentation.rules.examples import (
    COMPLETE,
    CUT_SHORT,
    with_finding,
    with_image,
    with_interpretation,
    with_visit,
)
from documentation.rules.predicates import (
    abnormal,
    attempt_only,
    cut_short,
    endoscopic_images,
    finding_label,
    is_endoscopic,
    is_pictured,
    key_images,
    numbered,
    said,
    speaks_of_limits,
    studies_done,
)

SHORTEST_INTERPRETATION = 60
"""Characters below which a text is hardly more than a word; 'Normal.' is no interpretation."""
SMALLEST_SIDE_PX = 240


def has_caption(image: ImageFacts) -> bool:
    return said(image.caption)


def is_placed(image: ImageFacts) -> bool:
    return not is_endoscopic(image) or said(image.gland, image.side)


def is_read(image: ImageFacts) -> bool:
    return not image.key_image or said(image.reading)


def is_large_enough(image: ImageFacts) -> bool:
    """A size of 0 means that it is not known."""
    return 0 in (image.width, image.height) or min(image.width, image.height) >= SMALLEST_SIDE_PX


def faults(image: ImageFacts) -> tuple[str, ...]:
    return v.flaws_to_tell(image.kind, image.flaws)


def in_short(image: ImageFacts) -> str:
    """`Figure 2: small, too faint for a fax.`"""
    return f"Figure {image.figure}: {', '.join(v.FLAW_IN_SHORT[x] for x in faults(image))}."


def figures(images: tuple[ImageFacts, ...]) -> str:
    """`Figure 2`, `Figures 1 and 3`, `Figures 1 to 28`."""
    return f"Figure{'s' if len(images) > 1 else ''} {in_words(i.figure for i in images)}"


def without_picture(e: EncounterFacts) -> str:
    faulty = [f for f in e.findings if not is_pictured(e, f)]
    what = f" ({finding_label(faulty[0])})" if len(faulty) == 1 else ""
    return f"{numbered('Finding', e.findings, lambda f: not is_pictured(e, f))}{what}: no image and no reason why not."


def abnormal_without_key_image(e: EncounterFacts) -> bool:
    return any(not any(i.key_image for i in e.images_of(f.key)) and not said(f.not_imaged_reason) for f in abnormal(e))


def states_limits(e: EncounterFacts) -> bool:
    i = e.interpretation
    return any(speaks_of_limits(t) for t in (i.text, i.clinical_relevance))


RULES: tuple[Rule[EncounterFacts], ...] = (
    Rule(
        id="IMG-301",
        title="There is an image of the duct",
        severity=Severity.BLOCKER,
        field="images.images",
        message="There is no image from inside the duct.",
        fix="Upload at least one endoscopic still or video frame, and mark it as such.",
        citation=D0371,
        prevents=Cause.IMAGES,
        passes=lambda e: bool(endoscopic_images(e)) or attempt_only(e),
        good=COMPLETE,
        bad=with_visit(images=()),
        tell=lambda e: "No image is marked as endoscopic still or video frame." if e.images else "",
    ),
    Rule(
        id="IMG-302",
        title="Each finding has an image",
        severity=Severity.BLOCKER,
        field="images.images",
        message="A finding has no image and no reason why not.",
        fix="Link an image to the finding, or write why there is none.",
        citation=IMAGE_ANALYSIS,
        prevents=Cause.IMAGES,
        passes=lambda e: all(is_pictured(e, f) for f in e.findings),
        good=with_visit(images=COMPLETE.images[2:], findings=with_finding(not_imaged_reason="lens fogged").findings),
        bad=with_visit(images=COMPLETE.images[2:]),
        tell=without_picture,
    ),
    Rule(
        id="IMG-303",
        title="A key image is chosen",
        severity=Severity.WARNING,
        field="images.images",
        message="No key image is chosen.",
        fix="Mark the image that shows the main finding best.",
        citation=IMAGE_ANALYSIS,
        prevents=Cause.IMAGES,
        passes=lambda e: not e.images or bool(key_images(e)),
        good=COMPLETE,
        bad=with_visit(images=COMPLETE.images[2:]),
    ),
    Rule(
        id="IMG-304",
        title="Each abnormal finding has a key image",
        severity=Severity.ADVICE,
        field="images.images",
        message="An abnormal finding has no key image.",
        fix="Mark its best image as key image.",
        citation=IMAGE_ANALYSIS,
        prevents=Cause.IMAGES,
        passes=lambda e: not abnormal_without_key_image(e),
        good=COMPLETE,
        bad=with_visit(images=COMPLETE.images[2:]),
    ),
    Rule(
        id="IMG-305",
        title="Each image has a caption",
        severity=Severity.WARNING,
        field="images.images",
        message="An image has no caption.",
        fix="Say in a few words what it shows.",
        citation=IMAGE_ANALYSIS,
        prevents=Cause.IMAGES,
        passes=lambda e: all(has_caption(i) for i in e.images),
        good=COMPLETE,
        bad=with_image(caption=""),
        tell=lambda e: f"{figures(tuple(i for i in e.images if not has_caption(i)))}: no caption.",
    ),
    Rule(
        id="IMG-306",
        title="Each endoscopic image names gland and side",
        severity=Severity.WARNING,
        field="images.images",
        message="An endoscopic image does not name gland and side.",
        fix="Choose the gland and the side.",
        citation=IMAGE_ANALYSIS,
        prevents=Cause.IMAGES,
        passes=lambda e: all(is_placed(i) for i in e.images),
        good=COMPLETE,
        bad=with_image(side=""),
        tell=lambda e: f"{figures(tuple(i for i in e.images if not is_placed(i)))}: no gland or no side.",
    ),
    Rule(
        id="IMG-307",
        title="Each key image has its reading",
        severity=Severity.ADVICE,
        field="images.images",
        message="A key image has no reading.",
        fix="Write in one sentence what you see in it.",
        citation=IMAGE_ANALYSIS,
        prevents=Cause.IMAGES,
        passes=lambda e: all(is_read(i) for i in e.images),
        good=COMPLETE,
        bad=with_image(reading=""),
        tell=lambda e: f"{figures(tuple(i for i in e.images if not is_read(i)))}: no reading.",
    ),
    Rule(
        id="IMG-308",
        title="Images are large enough to read",
        severity=Severity.ADVICE,
        field="images.images",
        message="An image is very small.",
        fix="Upload it in the size in which it was captured.",
        citation=IMAGE_ANALYSIS,
        prevents=Cause.IMAGES,
        passes=lambda e: all(is_large_enough(i) for i in e.images),
        good=COMPLETE,
        bad=with_image(width=160, height=120),
        tell=lambda e: f"{figures(tuple(i for i in e.images if not is_large_enough(i)))}: very small.",
    ),
    Rule(
        id="IMG-320",
        title="Every image is sharp, well lit and free of names",
        severity=Severity.ADVICE,
        field="images.images",
        message="The quality of an image is poor.",
        fix="Take it again while the patient is there, or say in the interpretation what it still shows.",
        citation=IMAGE_ANALYSIS,
        prevents=Cause.IMAGES,
        passes=lambda e: not any(map(faults, e.images)),
        good=COMPLETE,
        bad=with_image(flaws=("blurred",)),
        tell=lambda e: " ".join(in_short(i) for i in e.images if faults(i)),
    ),
    Rule(
        id="IMG-309",
        title="The image quality is good",
        severity=Severity.ADVICE,
        field="interpretation.quality",
        message="The image quality is not stated.",
        fix="Choose the quality.",
        citation=IMAGE_ANALYSIS,
        prevents=Cause.IMAGES,
        passes=lambda e: e.interpretation.quality == "good" or attempt_only(e),
        good=COMPLETE,
        bad=with_interpretation(quality=""),
        tell=lambda e: (
            f"The image quality is {e.interpretation.quality}. Say in the interpretation what could not be judged."
            if e.interpretation.quality
            else ""
        ),
    ),
    Rule(
        id="IMG-310",
        title="The interpretation is written",
        severity=Severity.BLOCKER,
        field="interpretation.text",
        message="There is no interpretation of the images.",
        fix="Write what the images show.",
        citation=D0371,
        prevents=Cause.IMAGES,
        passes=lambda e: said(e.interpretation.text) or attempt_only(e),
        good=COMPLETE,
        bad=with_interpretation(text=" "),
    ),
    Rule(
        id="IMG-311",
        title="The interpretation says enough",
        severity=Severity.WARNING,
        field="interpretation.text",
        message="The interpretation is very short. A payer may take it for missing.",
        fix="Say how far the endoscope came, what each figure shows, and what was normal.",
        citation=IMAGE_ANALYSIS,
        prevents=Cause.IMAGES,
        passes=lambda e: (
            not said(e.interpretation.text) or len(e.interpretation.text.strip()) >= SHORTEST_INTERPRETATION
        ),
        good=COMPLETE,
        bad=with_interpretation(text="Figure 1: stenosis."),
    ),
    Rule(
        id="IMG-312",
        title="The clinical relevance is stated",
        severity=Severity.BLOCKER,
        field="interpretation.clinical_relevance",
        message="The clinical relevance is not stated.",
        fix="Say what the result means for this patient's care.",
        citation=IMAGE_ANALYSIS,
        prevents=Cause.IMAGES,
        passes=lambda e: said(e.interpretation.clinical_relevance) or attempt_only(e),
        good=COMPLETE,
        bad=with_interpretation(clinical_relevance=""),
    ),
    Rule(
        id="IMG-313",
        title="The interpretation refers to its findings",
        severity=Severity.WARNING,
        field="interpretation.findings",
        message="The interpretation names none of the findings.",
        fix="Choose the findings that it speaks of.",
        citation=IMAGE_ANALYSIS,
        prevents=Cause.IMAGES,
        passes=lambda e: not e.findings or bool(e.interpretation.findings),
        good=COMPLETE,
        bad=with_interpretation(findings=()),
    ),
    Rule(
        id="IMG-314",
        title="The interpretation refers to figures",
        severity=Severity.ADVICE,
        field="interpretation.text",
        message="The interpretation does not refer to any figure.",
        fix="Name the figures, such as 'figure 1 shows …'.",
        citation=IMAGE_ANALYSIS,
        prevents=Cause.IMAGES,
        passes=lambda e: not said(e.interpretation.text) or bool(figures_named(e.interpretation.text)),
        good=COMPLETE,
        bad=with_interpretation(
            text="A short membranous stenosis was seen 12 mm from the papilla; the rest was normal."
        ),
    ),
    Rule(
        id="IMG-315",
        title="Earlier studies are compared",
        severity=Severity.ADVICE,
        field="interpretation.comparison",
        message="The result is not compared with the earlier studies.",
        fix="Say what they showed and what they missed.",
        citation=IMAGE_ANALYSIS,
        prevents=Cause.IMAGES,
        passes=lambda e: not studies_done(e) or said(e.interpretation.comparison) or attempt_only(e),
        good=COMPLETE,
        bad=with_interpretation(comparison=""),
    ),
    Rule(
        id="IMG-316",
        title="The interpretation states its limits",
        severity=Severity.WARNING,
        field="interpretation.text",
        message="The examination was not complete, but the interpretation does not say what could not be judged.",
        fix="Say in a sentence what was not seen.",
        citation=IMAGE_ANALYSIS,
        prevents=Cause.IMAGES,
        passes=lambda e: not said(e.interpretation.text) or not cut_short(e) or states_limits(e),
        good=CUT_SHORT,
        bad=replace(CUT_SHORT, interpretation=replace(COMPLETE.interpretation, findings=("f1",))),
    ),
)
