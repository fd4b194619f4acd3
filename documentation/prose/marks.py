"""What was drawn on a picture, as it is told beneath it and in the note."""

from __future__ import annotations

from documentation.facts import ImageFacts
from documentation.figures import legend, sentence
from documentation.figures.words import authors
from documentation.kernel.dates import long_date
from documentation.prose.moments import local

ESTIMATED = "Lengths are estimates by the scale in the picture."


def legend_of(image: ImageFacts) -> str:
    """`Arrow: membrane. Measurement: ≈ 0.6 mm. Lengths are estimates …`; empty where nothing was drawn."""
    told = legend(image.annotations, (image.width, image.height))
    return f"{told} {ESTIMATED}" if any(m.kind == "measurement" for m in image.annotations) else told


def drawn_by(image: ImageFacts, time_zone: str) -> str:
    """`Drawn by Casey Example, November 6, 2026`: everybody who drew, and the day of the last mark."""
    names = ", ".join(authors(image.annotations))
    times = [m.drawn_at for m in image.annotations if m.drawn_at]
    day = long_date(local(max(times), time_zone).date()) if times else ""
    return ", ".join(x for x in (f"Drawn by {names}" if names else "", day) if x)


def marked_alt(image: ImageFacts) -> str:
    """What the annotated copy shows, for those who do not see it."""
    size = (image.width, image.height)
    told = ". ".join(sentence(m, image.annotations, size) for m in image.annotations)
    return f"Figure {image.figure}, annotated. {told}."
