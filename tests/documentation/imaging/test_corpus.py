"""The shared corpus of images and DICOM files, where it is present: every file comes out as its table says."""

import csv
from pathlib import Path

import pytest

from documentation.imaging import Accepted, Refused, Several, examine

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"


def rows(folder: str) -> list[dict[str, str]]:
    table = CORPUS / folder / "INDEX.tsv"
    return (
        list(csv.DictReader(table.read_text(encoding="utf-8").splitlines(), delimiter="\t")) if table.exists() else []
    )


ROWS = [row | {"file": f"{folder}/{row['file']}"} for folder in ("images", "dicom", "pdf") for row in rows(folder)]

pytestmark = pytest.mark.skipif(
    not ROWS, reason="The shared corpus is not beside this project; tests of our own files prove the same."
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_every_file_comes_out_as_expected(row, opened):
    data = (CORPUS / row["file"]).read_bytes()

    answer = examine(data)

    if row["file"].startswith("pdf/"):
        assert isinstance(answer, Refused)  # A PDF is no picture, whatever it is taken for elsewhere.
        assert "a PDF document" in answer.sentence
        return
    if isinstance(answer, Several):
        answer = examine(data, frame=answer.frames)
    expected = "accept" if row["expected"].startswith("accept") or row["also_ok"].startswith("accept") else "reject"
    if row["kind"] in ("gif-odd", "nonphoto"):
        expected = "reject"  # The table leaves these to us.
        assert "reject" in (row["expected"], row["also_ok"])
    if expected == "reject":
        assert isinstance(answer, Refused)
        assert answer.sentence.endswith(".")
        return
    assert isinstance(answer, Accepted), answer
    assert max(opened(answer.thumbnail).size) <= 360
    assert (
        f"{answer.width}x{answer.height}" in row["measured"] or f"({answer.height}, {answer.width}" in row["measured"]
    )
    if row["kind"].startswith(("jpeg", "png")) and "images/" in row["file"]:
        assert opened(answer.clean).tobytes() == opened(data).tobytes()
