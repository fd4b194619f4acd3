"""Made-up DICOM files, for the tests of readers and of the verbs and pages around them."""

import io
from typing import Any

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000, ExplicitVRLittleEndian, JPEGBaseline8Bit, RLELossless, generate_uid

VL_ENDOSCOPIC = "1.2.840.10008.5.1.4.1.1.77.1.1"


def dicom(pixels: Any, colors: str = "RGB", *, packed: str = "", kind: str = VL_ENDOSCOPIC, **header: Any) -> bytes:
    """A file from an array (frames, rows, columns[, 3], or without frames); `packed` is empty, rle, jpeg or jpeg2000.

    `pixels` are stored as they are: YBR comes as YBR. `header` gives further elements by their keyword.
    """
    pixels = np.asarray(pixels)
    samples = 3 if pixels.shape[-1] == 3 else 1
    frames = pixels if pixels.ndim == (4 if samples == 3 else 3) else pixels[None]
    data = Dataset()
    data.SOPClassUID = kind
    data.SOPInstanceUID = generate_uid(entropy_srcs=["ductus"])
    data.Modality = "ES"
    data.PatientName, data.PatientID, data.PatientBirthDate = "", "", ""
    data.Rows, data.Columns = frames.shape[1:3]
    data.SamplesPerPixel, data.PhotometricInterpretation = samples, colors
    data.BitsAllocated = data.BitsStored = 8 * pixels.dtype.itemsize
    data.HighBit, data.PixelRepresentation = data.BitsStored - 1, 0
    if samples == 3:
        data.PlanarConfiguration = 0
    if len(frames) > 1:
        data.NumberOfFrames = len(frames)
    data.PixelData = frames.tobytes()
    data["PixelData"].VR = "OB" if data.BitsAllocated == 8 else "OW"
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = kind
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    if packed == "rle":
        data.compress(RLELossless)
    elif packed == "jpeg":
        data.PixelData = encapsulate([as_jpeg(frame) for frame in frames])
        data["PixelData"].VR = "OB"
        data.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    elif packed == "jpeg2000":
        data.PixelData = encapsulate([as_jpeg2000(frame) for frame in frames])
        data["PixelData"].VR = "OB"
        data.file_meta.TransferSyntaxUID = JPEG2000
    for keyword, value in header.items():
        setattr(data, keyword, value)
    stream = io.BytesIO()
    data.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def as_jpeg2000(frame: Any) -> bytes:
    """A frame as a bare JPEG 2000 codestream, its colours as they are."""
    stream = io.BytesIO()
    Image.fromarray(frame).save(stream, "JPEG2000", no_jp2=True, mct=0)
    return stream.getvalue()


def as_jpeg(frame: Any) -> bytes:
    """A frame of RGB as a JPEG in YBR, or of shades as a grey one; without markers of any program."""
    stream = io.BytesIO()
    Image.fromarray(frame).save(stream, "JPEG", quality=95)
    return stream.getvalue()


def gradient(rows: int = 48, columns: int = 64) -> Any:
    """Warm colors that differ in all corners."""
    down, across = np.mgrid[0:rows, 0:columns]
    red, green, blue = 90 + 150 * across // columns, 30 + 180 * down // rows, 200 - 120 * across // columns
    return np.stack([red, green, blue], axis=-1).astype(np.uint8)
