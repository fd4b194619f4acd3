"""What the reviewer sees: a page or picture as a fax, a portal's thumbnail or a black-and-white print shows it.

Pure: pictures in, pictures and scores out. A score says how much of what was drawn or written is left to the eye, from
0 (nothing) to 1 (all of it); it never rises when a picture is blurred. The thresholds were set on pictures of our own,
`tests/claims/channels/test_eye.py` holds both sides of each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageFilter

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Mask = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


@dataclass(frozen=True)
class Eye:
    """A way to see a packet. `across` and `down` in dots to the inch."""

    key: str
    name: str
    across: int
    down: int
    is_dots: bool = False
    in_color: bool = False
    lost: str = ""
    """What becomes of what is lost, to follow 'it'."""


EYES = (
    Eye("fax", "Fax", 204, 196, is_dots=True, lost="breaks up into the dots of a fax"),
    Eye("thumbnail", "Portal thumbnail", 40, 40, in_color=True, lost="cannot be made out in a portal's thumbnail"),
    Eye("print", "Black-and-white print", 150, 150, lost="does not stand out without its color"),
)
BY_KEY = {eye.key: eye for eye in EYES}

MARK_SEEN = 0.08
"""Of all contrast that there is: an arrow with less is looked past."""
TEXT_SEEN = 0.33
"""Part of the shape of letters below which they are guessed; black ones of 10 points keep 0.6 on a fax."""
_DRAWN = 40
"""Difference in any color, of 255, that counts as drawn."""
_MIX = 1.5
"""Dots over which the eye mixes, as standard deviation."""
_LETTER = 10
"""Height of a line in parts of which the strokes of its letters are finer."""
_PALE = 0.35
"""Contrast of ink and paper, of all there is, below which letters are guessed."""
_CELLS = 120
"""Cells across in which strokes that touch count as one mark."""


def seen(picture: Image.Image, eye: Eye, dpi: int) -> Image.Image:
    """A picture that was drawn at `dpi` as this eye sees it; of a fax with dots as high as wide."""
    size = (max(1, round(picture.width * eye.across / dpi)), max(1, round(picture.height * eye.down / dpi)))
    small = picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    if eye.in_color:
        return small
    grey = small.convert("L")
    return grey.convert("1") if eye.is_dots else grey


def shown(picture: Image.Image, eye: Eye) -> Image.Image:
    """The same for a screen: dots of a fax are wider than high, pixels are not."""
    if eye.across == eye.down:
        return picture
    height = round(picture.height * eye.across / eye.down)
    return picture.resize((picture.width, height), Image.Resampling.NEAREST)


def mark_scores(clean: Image.Image, annotated: Image.Image, eye: Eye, inches: float) -> tuple[float, ...]:
    """How much each mark of a picture stands out when it is printed so many inches wide, in hundredths; weakest first.

    A mark is what differs between the two pictures. Nothing differs: no marks.
    """
    dpi = max(1, round(annotated.width / inches))
    pair = [p.convert("RGB").resize(annotated.size) for p in (clean, annotated)]
    drawn = np.asarray(ImageChops.difference(*pair), dtype=np.float64).max(axis=2) > _DRAWN
    if not drawn.any():
        return ()
    without, with_ = (_mixed(seen(p, eye, dpi)) for p in pair)
    size = (with_.shape[1], with_.shape[0])
    change = np.abs(with_ - without).max(axis=2)
    # Dots move a little everywhere behind a mark; what moves where nothing was drawn is no mark.
    area = _resized(drawn, size)
    far = ~_grown(area, 12)
    noise = float(np.percentile(change[far], 90)) if far.any() else 0.0
    scores = []
    for mark in _apart(drawn):
        place = _resized(mark, size)
        if place.any():
            strongest = np.sort(change[place])[-max(1, int(place.sum()) // 2) :]
            scores.append(round(max(0.0, float(strongest.mean()) - noise) / 255, 2))
    return tuple(sorted(scores))


def text_score(line: Image.Image, eye: Eye, dpi: int) -> float:
    """How much of the shape of its letters is left of a line that was drawn at `dpi`. An empty one loses nothing."""
    meant = np.asarray(line.convert("L"), dtype=np.float64)
    if meant.std() < 2:
        return 1.0
    back = seen(line, eye, dpi).convert("L").resize(line.size, Image.Resampling.BICUBIC)
    # The shape of the letters, not the grey stripe that a line is from afar.
    reach = max(1.2, line.height / _LETTER)
    a, b = (_finer(picture, reach) for picture in (line.convert("L"), back.filter(ImageFilter.GaussianBlur(1))))
    own = float((a * a).sum())
    kept = min(1.0, max(0.0, float((a * b).sum()) / own)) if own else 1.0
    return kept * min(1.0, float(np.ptp(meant)) / 255 / _PALE)


def _finer(picture: Image.Image, reach: float) -> Array:
    whole = np.asarray(picture, dtype=np.float64)
    return whole - np.asarray(picture.filter(ImageFilter.GaussianBlur(reach)), dtype=np.float64)


def _mixed(picture: Image.Image) -> Array:
    return np.asarray(picture.convert("RGB").filter(ImageFilter.GaussianBlur(_MIX)), dtype=np.float64)


def _resized(mask: Mask, size: tuple[int, int]) -> Mask:
    picture = Image.fromarray((mask * 255).astype(np.uint8))
    return np.asarray(picture.resize(size, Image.Resampling.BOX)) > 24


def _grown(mask: Mask, by: int) -> Mask:
    picture = Image.fromarray((mask * 255).astype(np.uint8)).filter(ImageFilter.BoxBlur(by))
    return np.asarray(picture) > 0


def _apart(drawn: Mask) -> list[Mask]:
    """The marks of a picture, each by itself: strokes that touch, or nearly, are one."""
    height, width = drawn.shape
    cells = (_CELLS, max(1, round(_CELLS * height / width)))
    coarse = np.asarray(Image.fromarray((drawn * 255).astype(np.uint8)).resize(cells, Image.Resampling.BOX)) > 0
    coarse = _grown(coarse, 1)
    left = {(int(y), int(x)) for y, x in np.argwhere(coarse)}
    found = []
    while left:
        todo = [left.pop()]
        group = np.zeros_like(coarse)
        while todo:
            y, x = todo.pop()
            group[y, x] = True
            near = {(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)} & left
            left -= near
            todo += near
        place = Image.fromarray((group * 255).astype(np.uint8)).resize((width, height), Image.Resampling.NEAREST)
        mark = drawn & (np.asarray(place) > 0)
        if mark.sum() >= 12:
            found.append(mark)
    return found
