"""Clean copies of pictures that had to be decoded: new pixels, written without loss as PNG, and nothing besides."""

import io

import numpy as np
from PIL import Image, ImageCms

from .metadata import UPRIGHT, sound_profile
from .results import Cleaned, Refusal, RefusalError

_LEVEL = 2
"""Of zlib: the last one that is fast; photographs gain little from more."""
_KEPT = {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"}
_PRINTING = "Printing colors were turned into screen colors; the original file keeps them."


def as_png(
    image: Image.Image,
    *,
    kind: str,
    profile: bytes | None = None,
    notes: tuple[str, ...] = (),
    advice: tuple[str, ...] = (),
    taken: str = "",
) -> Cleaned:
    """A clean copy from decoded, upright pixels. `profile` is an ICC profile that belongs to them.

    Raises `RefusalError` for numbers that are no shades (32 bits and floating point).
    """
    profile = sound_profile(profile) if profile else None
    transparency = image.info.get("transparency")
    if image.mode == "I;16B":
        image = Image.frombytes("I;16", image.size, np.frombuffer(image.tobytes(), ">u2").astype("<u2").tobytes())
    elif image.mode in ("I", "F"):
        raise RefusalError(
            Refusal.KIND_NOT_TAKEN,
            f"This {kind} holds measured numbers of 32 bits, not the shades of a picture. "
            "Export it with 8 or 16 bits a color from the program that shows it, then add it again.",
        )
    elif image.mode not in _KEPT:
        image, profile, notes = _for_screens(image, profile, notes)
    image.info = {} if transparency is None else {"transparency": transparency}
    if profile and not _fits(profile, image.mode):
        profile = None
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=_LEVEL, icc_profile=profile)
    if profile:
        image.info["icc_profile"] = profile
    return Cleaned(
        data=buffer.getvalue(),
        decoder="PNG",
        media_type="image/png",
        extension="png",
        width=image.width,
        height=image.height,
        orientation=UPRIGHT,
        notes=notes,
        advice=advice,
        image=image,
        taken=taken,
    )


def _for_screens(
    image: Image.Image, profile: bytes | None, notes: tuple[str, ...]
) -> tuple[Image.Image, bytes | None, tuple[str, ...]]:
    if image.mode == "LAB":
        source = ImageCms.createProfile("LAB")
    elif image.mode == "CMYK" and profile:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))  # type: ignore[assignment]
    elif image.mode == "CMYK":
        return image.convert("RGB"), None, (*notes, _PRINTING)
    else:
        return image.convert("RGBA" if image.mode in ("PA", "RGBa", "La") else "RGB"), profile, notes
    try:
        screen = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        screen = None if image.mode == "LAB" else image.convert("RGB")
    if screen is None:
        raise RefusalError(
            Refusal.KIND_NOT_TAKEN,
            "This picture describes its colors in a way that screens cannot show. "
            "Export it as RGB from the program that made it, then add it again.",
        )
    return screen, None, (*notes, _PRINTING)


def _fits(profile: bytes, mode: str) -> bool:
    """Whether a profile speaks of the same kind of colors as the pixels; viewers drop one that does not."""
    return profile[16:20] == (b"GRAY" if mode in ("1", "L", "LA", "I;16") else b"RGB ")
