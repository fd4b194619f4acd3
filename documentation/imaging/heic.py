"""HEIC, the format of many phones, through libheif. It turns the picture upright by itself."""

from .decoding import undecodable
from .pages import Pages
from .results import Limits, RefusalError, check_size

_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")


def sniff(data: bytes) -> bool:
    return data[4:8] == b"ftyp" and data[8:12] in _BRANDS and b"avif" not in data[12:64]


def open_file(data: bytes, limits: Limits) -> Pages:
    """Raises `RefusalError` where the container makes no sense or declares too much."""
    import pillow_heif  # Large; loaded for its own files only.

    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.options.THUMBNAILS = False
    pillow_heif.options.DEPTH_IMAGES = False
    pillow_heif.options.AUX_IMAGES = False
    pillow_heif.register_heif_opener()
    try:
        container = pillow_heif.open_heif(data)
        sizes = [image.size for image in container]
        primary = container.primary_index
    except (MemoryError, RefusalError):
        raise
    except Exception:  # libheif tells the kind of damage in English of its own.
        raise undecodable("HEIC", "its container cannot be read") from None
    for size in sizes:
        check_size("HEIC", *size, limits, 0)
    places = [primary, *(at for at in range(len(sizes)) if at != primary)]
    return Pages("HEIC", "HEIF", data, limits, places)
