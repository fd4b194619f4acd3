"""What an examination of one file gives back: the limits it ran under, and its answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from PIL import Image

MIB = 1024 * 1024
AGAIN = "Export it again from the scope or the camera, then add it again."


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file may ask for. Past any of them the file is refused."""

    file_bytes: int = 40 * MIB
    """Size of the uploaded file."""
    pixels: int = 60_000_000
    """Width times height, as the file declares them; looked at before anything is decoded."""
    frames: int = 200
    """Pictures in one file, of which people choose: some seconds of a scope's film, the pages of a TIFF."""
    wall_seconds: float = 20.0
    """Time from the start of the work on one file until it is killed."""
    cpu_seconds: int = 15
    """Processor time for one file, whole seconds."""
    memory_bytes: int = 1024 * MIB
    """Address space of the process that decodes one file, the interpreter included."""


class Refusal(StrEnum):
    """Why a file was not taken."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_FRAMES = "too_many_frames"
    NO_SUCH_FRAME = "no_such_frame"
    NOT_AN_IMAGE = "not_an_image"
    KIND_NOT_TAKEN = "kind_not_taken"
    DAMAGED = "damaged"
    TOO_SLOW = "too_slow"
    TOO_MUCH_MEMORY = "too_much_memory"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not taken. The sentence says what happened, why, and what to do, in our words alone."""

    code: Refusal
    sentence: str
    position: int | None = None
    """Byte at which a damaged file stops making sense, where that is known."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom and when a DICOM file says it shows; empty where it says nothing. Untrusted text, cut to a length."""

    name: str = ""
    """As DICOM writes it: `Family^Given^Middle`."""
    number: str = ""
    birth_date: str = ""
    """YYYY-MM-DD, or what stands there instead."""
    study_date: str = ""
    """YYYY-MM-DD, or what stands there instead."""


@dataclass(frozen=True, slots=True)
class Several:
    """A sound file with several pictures, none of them chosen yet."""

    kind: str
    """Such as DICOM or TIFF."""
    frames: int
    original_type: str
    """Media type of the original bytes."""
    sha256: str
    """Of the original bytes, hexadecimal."""
    sheet: bytes = field(repr=False)
    """JPEG with all frames in small, row by row from the first, each in a tile of the same size."""
    columns: int
    """Tiles in a row of the sheet."""
    tile: tuple[int, int]
    """Width and height of one tile, pixels."""
    identity: Identity | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that decoded whole, and what was made from it."""

    media_type: str
    """Of the clean copy: `image/jpeg` or `image/png`."""
    extension: str
    """Of the clean copy, without a dot: `jpg` or `png`."""
    width: int
    """Pixels, as displayed: the orientation is applied."""
    height: int
    """Pixels, as displayed."""
    frames: int
    """Pictures in the original of which people choose; 1 for an animation, whose still picture is taken."""
    original_type: str
    """Media type of the original bytes."""
    sha256: str
    """Of the original bytes, hexadecimal."""
    clean: bytes = field(repr=False)
    """The same pixels with nothing else but orientation and color profile."""
    clean_sha256: str
    thumbnail: bytes = field(repr=False)
    """JPEG in sRGB, upright, at most 360 pixels on its long side and 40 KB."""
    screen: bytes = field(repr=False)
    """JPEG in sRGB, upright, at most 1600 pixels on its long side and 2 megapixels; empty when it was not asked for."""
    notes: tuple[str, ...] = ()
    """Sentences on what was left out of the clean copy."""
    advice: tuple[str, ...] = ()
    """Tokens of `IMAGE_FLAW`: what is wrong with the picture. They never stop anybody."""
    frame: int = 1
    """Which picture of the original this is, from 1."""
    identity: Identity | None = None
    """What a DICOM file says of its patient; None for other kinds."""
    taken: str = ""
    """Local date and time at which a DICOM file says that this frame was taken, ISO 8601; empty when it does not."""


Answer = Accepted | Several | Refused
"""What becomes of a file."""


class RefusalError(Exception):
    """Raised inside the package wherever a file turns out not to be fit; carries the answer."""

    def __init__(self, code: Refusal, sentence: str, position: int | None = None) -> None:
        super().__init__(sentence)
        self.refused = Refused(code, sentence, position)


def damaged(kind: str, what: str, position: int) -> RefusalError:
    """The error for a file of `kind` that breaks off or contradicts itself at a byte."""
    return RefusalError(Refusal.DAMAGED, f"This {kind} is damaged: {what} (at byte {position:,}). {AGAIN}", position)


def check_size(kind: str, width: int, height: int, limits: Limits, position: int) -> None:
    """Raise `RefusalError` when a declared size is empty or above the limit on pixels."""
    if width < 1 or height < 1:
        raise damaged(kind, "it declares a picture without pixels", position)
    if width * height > limits.pixels:
        raise RefusalError(
            Refusal.TOO_MANY_PIXELS,
            f"This {kind} declares {width:,} × {height:,} pixels; {limits.pixels // 1_000_000} megapixels is the most. "
            "Export it at a smaller size, then add it again.",
        )


def no_such_frame(frame: int, frames: int) -> RefusalError:
    """The error for a frame that the file does not have."""
    return RefusalError(Refusal.NO_SUCH_FRAME, f"There is no picture {frame:,} in this file; it holds {frames:,}.")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A clean copy, as a reader hands it to the decoder."""

    data: bytes
    decoder: str
    """Pillow's name of the only format that may decode `data`."""
    media_type: str
    extension: str
    width: int
    """Pixels, as stored."""
    height: int
    orientation: int
    """1-8, as in EXIF."""
    notes: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    """Tokens of `IMAGE_FLAW` that only the file itself can tell."""
    image: Image.Image | None = field(default=None, repr=False)
    """The pixels of `data`, where the reader decoded them anyway; one that only rewrites leaves it to `decoding`."""
    taken: str = ""


class Opened(Protocol):
    """A file whose header made sense, as a reader hands it to the worker."""

    @property
    def frames(self) -> int:
        """Pictures of which people choose."""

    @property
    def identity(self) -> Identity | None: ...

    def clean(self, frame: int) -> Cleaned:
        """The clean copy of one frame, from 1; all its data decoded or about to be. Raises `RefusalError`."""

    def glance(self, frame: int, side: int) -> Image.Image:
        """The frame in small, about `side` pixels or larger, upright."""
