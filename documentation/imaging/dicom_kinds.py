"""Names of DICOM's transfer syntaxes and kinds of objects, as far as refusals need them. DICOM PS3.6, annex A."""

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
RLE = "1.2.840.10008.1.2.5"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
JPEG_2000_LOSSLESS = "1.2.840.10008.1.2.4.90"
JPEG_2000 = "1.2.840.10008.1.2.4.91"

PLAIN = {IMPLICIT, EXPLICIT, BIG_ENDIAN}
JPEG = {JPEG_BASELINE, JPEG_EXTENDED}
JPEG_2000_KINDS = {JPEG_2000_LOSSLESS, JPEG_2000}
COMPRESSED = {RLE, *JPEG_2000_KINDS}

_OTHER_SYNTAXES = {
    "1.2.840.10008.1.2.4.57": "JPEG lossless",
    "1.2.840.10008.1.2.4.70": "JPEG lossless",
    "1.2.840.10008.1.2.4.80": "JPEG-LS",
    "1.2.840.10008.1.2.4.81": "JPEG-LS",
    "1.2.840.10008.1.2.4.92": "JPEG 2000 in several components",
    "1.2.840.10008.1.2.4.93": "JPEG 2000 in several components",
    "1.2.840.10008.1.2.4.110": "JPEG XL",
    "1.2.840.10008.1.2.4.111": "JPEG XL",
    "1.2.840.10008.1.2.4.112": "JPEG XL",
    "1.2.840.10008.1.2.4.201": "High-Throughput JPEG 2000",
    "1.2.840.10008.1.2.4.202": "High-Throughput JPEG 2000",
    "1.2.840.10008.1.2.4.203": "High-Throughput JPEG 2000",
}
_VIDEOS = tuple(f"1.2.840.10008.1.2.4.10{n}" for n in range(10))

_STORAGE = "1.2.840.10008.5.1.4.1.1."
_OBJECTS = {
    "1.2.840.10008.1.3.10": "a list of other files (DICOMDIR)",
    f"{_STORAGE}481.2": "a grid of radiation doses",
    f"{_STORAGE}481.": "a plan of radiation therapy",
    f"{_STORAGE}88.": "a report",
    f"{_STORAGE}104.": "a document or a model",
    f"{_STORAGE}66.": "marked regions or measurements",
    f"{_STORAGE}9.": "curves of measurements",
    f"{_STORAGE}11.": "settings of a viewer",
    f"{_STORAGE}30": "a grid of measured numbers",
}
NO_PICTURE = set(_OBJECTS) - {f"{_STORAGE}481."} | {f"{_STORAGE}481.{n}" for n in range(2, 20)}
"""Objects without a picture, by their identifier or, where it ends in a point, by its beginning. 481.1 is an X-ray."""


def kind_of_object(identifier: str) -> str:
    """What an object is, in words."""
    if identifier in _OBJECTS:
        return _OBJECTS[identifier]
    found = [
        what for beginning, what in _OBJECTS.items() if beginning.endswith(".") and identifier.startswith(beginning)
    ]
    return found[0] if found else "data without a picture"


def syntax_name(identifier: str) -> str:
    """What a transfer syntax is called, with its identifier."""
    if identifier.startswith(_VIDEOS):
        return f"video ({identifier})"
    name = _OTHER_SYNTAXES.get(identifier)
    return f"{name} ({identifier})" if name else f"“{identifier[:64]}”"
