"""Drawings that look like the inside of a salivary duct: made by a program, never photographs."""

from __future__ import annotations

import io
import math
import random
from functools import cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1280, 960
RADIUS = 456
CENTRE = (WIDTH // 2, HEIGHT // 2)
DARK = (44, 20, 18)
DEEP = (20, 10, 9)
Point = tuple[float, float]


VARIANTS = 3
"""Pictures of each scene. An encounter has at most three, so its pictures differ."""


@cache
def draw(scene: str, variant: int) -> bytes:
    """A JPEG of one scene: open, stenosis, stone, plug or branching. The same variant is the same picture."""
    dice = random.Random(f"{scene} {variant}")  # noqa: S311 - pictures, no secrets
    middle = (CENTRE[0] + dice.randint(-30, 30), CENTRE[1] + dice.randint(-25, 25))
    picture = _wall(dice, middle)
    pen = ImageDraw.Draw(picture)
    for _ in range(dice.randint(5, 9)):
        _vessel(pen, dice, middle)
    _SCENES[scene](picture, dice, middle)
    _highlight(ImageDraw.Draw(picture), dice)
    return _finish(picture)


def _wall(dice: random.Random, middle: Point) -> Image.Image:
    """Mucosa that darkens towards the lumen, uneven as tissue is."""
    red = dice.randint(188, 216)
    light = Image.new("RGB", (WIDTH, HEIGHT), (red, int(red * 0.5), int(red * 0.42)))
    reach = 1500
    depth = Image.radial_gradient("L").resize((reach, reach)).point(lambda p: min(255, int(p * 2.3)))
    mask = Image.new("L", (WIDTH, HEIGHT), 255)
    mask.paste(depth, (int(middle[0] - reach / 2), int(middle[1] - reach / 2)))
    wall = Image.composite(light, Image.new("RGB", (WIDTH, HEIGHT), DARK), mask)
    grain = Image.new("L", (96, 72))
    grain.putdata([dice.randint(198, 255) for _ in range(96 * 72)])
    grain = grain.filter(ImageFilter.GaussianBlur(0.9)).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    return ImageChops.multiply(wall, Image.merge("RGB", (grain, grain, grain)))


def _vessel(pen: ImageDraw.ImageDraw, dice: random.Random, middle: Point) -> None:
    angle = dice.uniform(0, 2 * math.pi)
    distance = dice.uniform(130, 190)
    line = []
    while distance < RADIUS * dice.uniform(0.8, 0.98):
        line.append((middle[0] + distance * math.cos(angle), middle[1] + distance * math.sin(angle)))
        distance += dice.uniform(18, 46)
        angle += dice.uniform(-0.11, 0.11)
    if len(line) > 2:
        pen.line(line, fill=(150 + dice.randint(-15, 10), 38, 36), width=dice.randint(2, 4), joint="curve")


def _hole(picture: Image.Image, middle: Point, radius: float) -> None:
    """A dark opening, deepest in its middle."""
    size = int(radius * 2)
    edge = Image.new("L", (size, size), 0)
    ImageDraw.Draw(edge).ellipse((1, 1, size - 2, size - 2), fill=255)
    depth = Image.radial_gradient("L").resize((size, size))
    opening = Image.composite(Image.new("RGB", (size, size), DARK), Image.new("RGB", (size, size), DEEP), depth)
    corner = (int(middle[0] - radius), int(middle[1] - radius))
    picture.paste(opening, corner, edge.filter(ImageFilter.GaussianBlur(3)))


def _open(picture: Image.Image, dice: random.Random, middle: Point) -> None:
    _hole(picture, middle, dice.randint(130, 165))


def _stenosis(picture: Image.Image, dice: random.Random, middle: Point) -> None:
    """A pale ring in front of a narrow lumen."""
    outer, width = dice.randint(105, 130), dice.randint(26, 36)
    _hole(picture, middle, outer - width + 4)
    x, y = middle
    ring = ImageDraw.Draw(picture)
    ring.ellipse((x - outer, y - outer, x + outer, y + outer), outline=(196, 124, 108), width=width)
    inner = outer - width
    ring.ellipse((x - inner, y - inner, x + inner, y + inner), outline=(120, 62, 54), width=4)
    _hole(picture, middle, inner * 0.62)


def _stone(picture: Image.Image, dice: random.Random, middle: Point) -> None:
    """A yellowish concrement that fills most of the lumen."""
    _hole(picture, middle, 165)
    size = dice.randint(96, 122)
    corners = [
        (
            middle[0] + size * dice.uniform(0.82, 1.08) * math.cos(step * math.pi / 8),
            middle[1] + size * dice.uniform(0.72, 0.95) * math.sin(step * math.pi / 8),
        )
        for step in range(16)
    ]
    pen = ImageDraw.Draw(picture)
    pen.polygon(corners, fill=(196, 166, 104))
    pen.line([*corners, corners[0]], fill=(140, 110, 62), width=6, joint="curve")
    for _ in range(40):
        x, y = (m + dice.gauss(0, size * 0.28) for m in middle)
        spot = dice.randint(3, 10)
        pen.ellipse((x - spot, y - spot, x + spot, y + spot), fill=dice.choice([(214, 190, 132), (172, 140, 82)]))


def _plug(picture: Image.Image, dice: random.Random, middle: Point) -> None:
    """Pale mucus that hangs in the lumen."""
    _hole(picture, middle, 150)
    veil = Image.new("L", picture.size, 0)
    pen = ImageDraw.Draw(veil)
    for _ in range(26):
        x, y = middle[0] + dice.gauss(0, 46), middle[1] + dice.gauss(26, 40)
        spot = dice.randint(16, 40)
        pen.ellipse((x - spot, y - spot * 0.8, x + spot, y + spot * 0.8), fill=dice.randint(150, 225))
    picture.paste(Image.new("RGB", picture.size, (226, 214, 190)), (0, 0), veil.filter(ImageFilter.GaussianBlur(7)))


def _branching(picture: Image.Image, dice: random.Random, middle: Point) -> None:
    """The hilum with the mouths of its branches."""
    turn = dice.uniform(0, math.pi)
    for n in range(3):
        angle = turn + n * 2 * math.pi / 3
        place = (middle[0] + 120 * math.cos(angle), middle[1] + 105 * math.sin(angle))
        _hole(picture, place, dice.randint(66, 92))


_SCENES = {"open": _open, "stenosis": _stenosis, "stone": _stone, "plug": _plug, "branching": _branching}
SCENES = tuple(_SCENES)


def _highlight(pen: ImageDraw.ImageDraw, dice: random.Random) -> None:
    x, y = CENTRE[0] + dice.randint(120, 220), CENTRE[1] - dice.randint(170, 260)
    pen.ellipse((x - 13, y - 8, x + 13, y + 8), fill=(252, 240, 232))


def _finish(picture: Image.Image) -> bytes:
    """The round field of view on black, slightly soft, as a JPEG."""
    field = Image.new("L", picture.size, 0)
    x, y = CENTRE
    ImageDraw.Draw(field).ellipse((x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS), fill=255)
    view = Image.composite(picture, Image.new("RGB", picture.size), field.filter(ImageFilter.GaussianBlur(1.5)))
    out = io.BytesIO()
    view.filter(ImageFilter.GaussianBlur(1.1)).save(out, "JPEG", quality=82)
    return out.getvalue()
