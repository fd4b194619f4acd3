"""Stored values of a grey DICOM picture to the 256 shades of a screen. DICOM PS3.3, C.7.6.3, C.11.1 and C.11.2."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.pixels.processing import apply_modality_lut, apply_voi

_TABLES = ("ModalityLUTSequence", "VOILUTSequence", "WindowCenter", "RescaleSlope", "PresentationLUTShape")


def are_shown_as_stored(dataset: Any) -> bool:
    """Whether the stored values are the shades of a screen already: 8 bits and nothing to be done with them."""
    plain = int(dataset.get("BitsStored", 8)) == 8 and not dataset.get("PixelRepresentation", 0)
    shape = str(dataset.get("PresentationLUTShape") or "IDENTITY")
    return plain and shape == "IDENTITY" and not any(dataset.get(name) for name in _TABLES[:-1])


def shades(stored: NDArray[Any], dataset: Any, colors: str) -> NDArray[np.uint8]:
    """Through the file's own tables or its first window; without one, from the darkest to the lightest value."""
    bits = int(dataset.get("BitsStored", 8))
    share: NDArray[Any]
    values = apply_modality_lut(stored, dataset)
    if dataset.get("VOILUTSequence"):
        values = apply_voi(values.astype(np.int64), dataset)
        table = dataset.VOILUTSequence[0].LUTDescriptor
        share = values / ((1 << int(table[2])) - 1)
    elif (window := _window(dataset)) is not None:
        share = _windowed(values.astype(np.float32), *window, str(dataset.get("VOILUTFunction") or "LINEAR"))
    elif are_shown_as_stored(dataset) or (bits <= 8 and values is stored and not dataset.get("PixelRepresentation", 0)):
        share = values / np.float32((1 << bits) - 1)
    else:
        share = _stretched(stored, values.astype(np.float32), dataset.get("PixelPaddingValue"))
    inverse = colors == "MONOCHROME1" or dataset.get("PresentationLUTShape") == "INVERSE"
    inside: NDArray[np.float32] = np.clip(share.astype(np.float32), 0, 1)
    return np.round((1 - inside if inverse else inside) * np.float32(255)).astype(np.uint8)


def _window(dataset: Any) -> tuple[float, float] | None:
    """Center and width, where they make sense."""
    both = []
    for name in ("WindowCenter", "WindowWidth"):
        value = dataset.get(name)
        if value is not None and not isinstance(value, (str, int, float)):
            value = value[0] if len(value) else None
        both.append(None if value in (None, "") else float(value))
    center, width = both
    return None if center is None or width is None or width <= 0 else (center, width)


def _windowed(values: NDArray[np.float32], center: float, width: float, function: str) -> NDArray[np.float32]:
    """Share of white, 0 to 1 (and beyond, for what lies outside the window)."""
    if function == "SIGMOID":
        sigmoid: NDArray[np.float32] = 1 / (1 + np.exp(np.clip(-4 * (values - center) / width, -60, 60)))
        return sigmoid
    if function == "LINEAR_EXACT":
        return (values - np.float32(center)) / np.float32(width) + np.float32(0.5)
    return (values - np.float32(center - 0.5)) / np.float32(max(width - 1, 1e-3)) + np.float32(0.5)


def _stretched(stored: NDArray[Any], values: NDArray[np.float32], padding: Any) -> NDArray[np.float32]:
    seen = values if padding in (None, "") else values[stored != int(padding)]
    if not seen.size:
        seen = values
    darkest, lightest = float(seen.min()), float(seen.max())
    return (values - np.float32(darkest)) / np.float32(max(lightest - darkest, 1e-6))
