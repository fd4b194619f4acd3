"""Kinds that Pillow decodes and that are then written anew: one class for all, a few lines for each kind besides."""

import io
import warnings
from collections.abc import Callable, Sequence

from PIL import Image, ImageOps

from .decoding import undecodable
from .metadata import notes
from .results import Cleaned, Identity, Limits, RefusalError, check_size
from .writing import as_png

_GPS = 0x8825
_ORIENTATION = 0x0112


def _as_it_is(image: Image.Image) -> tuple[Image.Image, tuple[str, ...]]:
    return image, ()


class Pages:
    """A file of one kind with the places of its pictures. `settle` makes the shades of a decoded picture right."""

    identity: Identity | None = None

    def __init__(
        self,
        kind: str,
        decoder: str,
        data: bytes,
        limits: Limits,
        places: Sequence[int] = (0,),
        settle: Callable[[Image.Image], tuple[Image.Image, tuple[str, ...]]] = _as_it_is,
        trailing: bool = False,
    ) -> None:
        self.kind = kind
        self.decoder = decoder
        self.data = data
        self.limits = limits
        self.places = places
        self.settle = settle
        self.trailing = trailing

    @property
    def frames(self) -> int:
        return len(self.places)

    def clean(self, frame: int) -> Cleaned:
        image = self._decoded(frame)
        profile = image.info.get("icc_profile")
        metadata, located = _personal(image)
        image, said = self.settle(image)
        image = _upright(image)
        return as_png(
            image,
            kind=self.kind,
            profile=profile,
            notes=(*notes(metadata=metadata, located=located, trailing=self.trailing), *said),
        )

    def glance(self, frame: int, side: int) -> Image.Image:
        image, _ = self.settle(self._decoded(frame))
        return _upright(image)

    def _decoded(self, frame: int) -> Image.Image:
        try:
            # What Pillow warns of while it reads a header is told by the checks before; pixels have no such excuse.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                image = Image.open(io.BytesIO(self.data), formats=[self.decoder])
                if image.tell() != self.places[frame - 1]:
                    image.seek(self.places[frame - 1])
                check_size(self.kind, *image.size, self.limits, 0)
            image.load()
        except (MemoryError, RefusalError):
            raise
        except Exception:  # Decoders of hostile files raise everything.
            raise undecodable(self.kind, "its picture cannot be decoded") from None
        return image


def _personal(image: Image.Image) -> tuple[bool, bool]:
    """Whether the file says more than its picture, and whether it says where the picture was taken."""
    said = bool(image.info.keys() & {"exif", "xmp", "comment", "XML:com.adobe.xmp", "photoshop"})
    try:
        exif = image.getexif()
        located = bool(exif.get_ifd(_GPS))
    except Exception:  # EXIF is often broken, and no reason to refuse a sound picture.
        return said, False
    return said or located, located


def _upright(image: Image.Image) -> Image.Image:
    """The pixels turned as EXIF says; decoders that turned them themselves have taken the word away."""
    try:
        turned = image.getexif().get(_ORIENTATION) in range(2, 9)
    except Exception:
        return image
    return ImageOps.exif_transpose(image) if turned else image
