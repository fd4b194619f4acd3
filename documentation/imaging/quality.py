"""Is a picture good enough to convince somebody who was not there? Advice only, told while the patient is still there.

Runs in the child process, on the decoded picture. The thresholds leave room on the side of silence: a false alarm
teaches people to look away. `tests/documentation/imaging/test_quality.py` holds pictures for both sides of each.
"""

from PIL import Image, ImageChops, ImageFilter, ImageStat

SMALL_SIDE = 640
"""Pixels on the long side below which a picture is small."""

_LOOKED_AT = 512
"""Pixels on the long side at which sharpness and light are judged, whatever the scope's own size or enlargement."""
_LIT = 20
"""Grey value from which a pixel shows something; what surrounds the round picture of a scope is darker."""
_BLACK, _WHITE, _ALMOST_ALL = 24, 240, 0.98
_DIM = 48
"""Grey value that the brightest twentieth of what is lit has to reach."""
_BURNED, _MUCH_BURNED = 245, 0.3
_SHARP_SHARE = 0.001
"""Part of the picture that has to be edges of a pixel or two; sound pictures have eight times as much."""
_SMALLEST_STEP = 4
"""Grey values: less is grain."""
_REACH = 4

_FAX_WIDTH = 642
"""Pixels across a figure of 80 mm on a fax in fine mode, 204 pixels to the inch (ITU-T T.4)."""
_EYE = 3
"""Pixels over which the eye mixes the dots of a fax."""
_FAX_NOISE = 5.0
"""How often what a fax shows of the tissue has to exceed what its dots add. Sound pictures have 17 and more."""


def flaws(size: tuple[int, int], image: Image.Image) -> tuple[str, ...]:
    """Tokens of `IMAGE_FLAW` for a picture of this original size, decoded at this or a smaller one."""
    found = ["small"] if max(size) < SMALL_SIDE else []
    on_a_fax = _within(image, _FAX_WIDTH).convert("L")
    grey = _within(on_a_fax, _LOOKED_AT)
    light = _light(grey)
    if light:
        return (*found, light)
    if _is_blurred(grey):
        found.append("blurred")
    if _is_lost_on_a_fax(on_a_fax):
        found.append("fax")
    return tuple(found)


def _within(image: Image.Image, side: int) -> Image.Image:
    factor = side / max(image.size)
    if factor >= 1:
        return image
    size = max(1, round(image.width * factor)), max(1, round(image.height * factor))
    return image.resize(size, Image.Resampling.HAMMING, reducing_gap=1.5)


def _light(grey: Image.Image) -> str:
    """The one thing to say of the light; empty when it is well."""
    shades = grey.histogram()
    if sum(shades[:_BLACK]) > _ALMOST_ALL * sum(shades):
        return "black"
    if sum(shades[_WHITE:]) > _ALMOST_ALL * sum(shades):
        return "white"
    lit = sum(shades[_LIT:])
    if sum(shades[_DIM:]) < 0.05 * lit:
        return "dark"
    if sum(shades[_BURNED:]) > _MUCH_BURNED * lit:
        return "overexposed"
    return ""


def _is_blurred(grey: Image.Image) -> bool:
    """Whether hardly any edge inside the lit part rises within a pixel, measured against its whole height.

    The edge of the scope's round window is drawn by electronics and always sharp: it is left out.
    """
    width, height = grey.size
    if min(width, height) <= 4 * _REACH:
        return False
    inside = _lit(grey, 5).crop((_REACH, _REACH, width - _REACH, height - _REACH))
    sharp = seen = 0
    for across in (True, False):
        step = ImageChops.difference(_moved(grey, 0, across), _moved(grey, 1, across))
        whole = ImageChops.difference(_moved(grey, -_REACH, across), _moved(grey, _REACH, across))
        too_little = whole.point(lambda v: max(_SMALLEST_STEP, -(-v // 4)) - 1)
        edges = ImageChops.subtract(step, too_little).point(lambda v: 255 if v else 0)
        sharp += edges.histogram(inside)[255]
        seen += inside.histogram()[255]
    return seen > 2000 and sharp < _SHARP_SHARE * seen


def _moved(grey: Image.Image, by: int, across: bool) -> Image.Image:
    x, y = (_REACH + by, _REACH) if across else (_REACH, _REACH + by)
    return grey.crop((x, y, x + grey.width - 2 * _REACH, y + grey.height - 2 * _REACH))


def _lit(grey: Image.Image, margin: int) -> Image.Image:
    """A mask of what shows something, and has so many pixels of its kind on all sides."""
    lit = grey.point(lambda v: 255 if v >= _LIT else 0)
    return lit.filter(ImageFilter.BoxBlur(margin)).point(lambda v: 255 if v == 255 else 0)


def _is_lost_on_a_fax(grey: Image.Image) -> bool:
    """Whether the black and white dots of a fax drown the differences in what is lit."""
    lit = _lit(grey, 4)
    if lit.histogram()[255] < 2000:
        return False
    eye = ImageFilter.GaussianBlur(_EYE)
    meant, seen = grey.filter(eye), grey.convert("1").convert("L").filter(eye)
    (shown,) = ImageStat.Stat(meant, lit).stddev
    (added,) = ImageStat.Stat(ImageChops.subtract(meant, seen, 1, 128), lit).stddev
    return shown < _FAX_NOISE * added
