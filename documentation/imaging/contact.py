"""A sheet with all pictures of one file in small, from which people choose. Runs in the child process only."""

from PIL import Image

from .pictures import jpeg_of, tile
from .results import Opened

COLUMNS = 8
TILE = (240, 180)
_QUALITY = 70
_AROUND = "#111418"


def sheet(opened: Opened) -> bytes:
    """JPEG with every frame in its tile, from the first to the last. Decodes each; raises `RefusalError`."""
    rows = -(-opened.frames // COLUMNS)
    paper = Image.new("RGB", (COLUMNS * TILE[0], rows * TILE[1]), _AROUND)
    for number in range(opened.frames):
        small = tile(opened.glance(number + 1, max(TILE)), TILE)
        left, top = number % COLUMNS * TILE[0], number // COLUMNS * TILE[1]
        paper.paste(small, (left + (TILE[0] - small.width) // 2, top + (TILE[1] - small.height) // 2))
    return jpeg_of(paper, _QUALITY)
