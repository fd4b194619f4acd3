"""Colors of DICOM pictures beside those of another decoder: dcmtk, and GDCM where dcmtk cannot unpack.

The files are those that pydicom brings along for its own tests: RGB, YBR, palette and grey, uncompressed, RLE, JPEG and
JPEG 2000, from several makers. `.ci/decoders` installs the other decoders; without them this says so and skips.
"""

import io
import shutil
import subprocess
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.misc import is_dicom

from documentation.imaging import Accepted, Several, examine
from tests.dicoms import dicom, gradient

MOST = 2.0
"""Mean difference of a channel, of 255."""
ALL = sorted(path for path in Path(get_testdata_file("MR_small.dcm")).parent.glob("*.dcm") if is_dicom(path))
DECODERS = ("dcmj2pnm", "gdcmconv")

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, DECODERS)),
    reason="dcmtk and GDCM are not installed here, so there is nothing to compare colors with; see .ci/decoders.",
)


def by_others(path: Path, frame: int, folder: Path) -> np.ndarray | None:
    """The picture as dcmtk shows it: through the first window of the file; without one, many shades from end to end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        header = dcmread(path, stop_before_pixels=True)
    if header.file_meta.TransferSyntaxUID.startswith("1.2.840.10008.1.2.4.9"):
        unpacked = folder / "unpacked.dcm"
        subprocess.run(["gdcmconv", "--raw", path, unpacked], check=True, capture_output=True)
        path = unpacked
    stretched = ["+Wm"] if header.BitsStored > 8 else []
    window = ["+Wi", "1"] if "WindowCenter" in header else stretched
    shown = folder / "shown.ppm"
    done = subprocess.run(["dcmj2pnm", "+F", str(frame), *window, path, shown], check=False, capture_output=True)
    return np.asarray(Image.open(shown).convert("RGB"), int) if done.returncode == 0 else None


def compared(path: Path, folder: Path) -> float | None:
    """Mean difference of the worst channel; None where one of the two takes no such file."""
    data = path.read_bytes()
    answer = examine(data, screen=False)
    frame = answer.frames if isinstance(answer, Several) else 1
    if isinstance(answer, Several):
        answer = examine(data, screen=False, frame=frame)
    if not isinstance(answer, Accepted) or (other := by_others(path, frame, folder)) is None:
        return None
    mine = np.asarray(Image.open(io.BytesIO(answer.clean)).convert("RGB"), int)
    assert mine.shape == other.shape
    return float(np.abs(mine - other).mean(axis=(0, 1)).max())


def test_pictures_of_many_makers_have_the_colors_that_others_show(tmp_path):
    found = {path.name: compared(path, tmp_path) for path in ALL}
    measured = {name: value for name, value in found.items() if value is not None}

    assert {name: value for name, value in measured.items() if value > MOST} == {}
    assert len(measured) > 35
    for kind in ("palette", "ybr_color", "ybr_full_422", "rle_2frame", "jpeg_dcmtk", "lossy_gdcm", "jpeg2k", "gdcm_KY"):
        assert [name for name in measured if kind in name], kind


@pytest.mark.parametrize("colors", ["MONOCHROME1", "MONOCHROME2", "RGB", "YBR_FULL"])
def test_our_own_pictures_look_the_same_to_others(colors, tmp_path):
    path = tmp_path / "made.dcm"
    pixels = gradient() if colors in ("RGB", "YBR_FULL") else gradient()[..., 0]
    path.write_bytes(dicom(pixels, colors))

    difference = compared(path, tmp_path)

    assert difference is not None
    assert difference < MOST
