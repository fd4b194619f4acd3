"""A folder is read whole or refused with a sentence, whatever lies in it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claims.cases import CaseError, read_folder
from claims.demo import SEED

Data = dict[str, Any]
Write = Callable[[Data], Path]


def sentence_of(folder: Path) -> str:
    with pytest.raises(CaseError) as caught:
        read_folder(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_reference_case_is_read_with_its_images() -> None:
    folder = read_folder(SEED)
    assert sorted(folder.files) == ["fig1.jpg", "fig2.jpg", "fig3.jpg", "fig4.jpg"]
    assert all(content.startswith(b"\xff\xd8") for content in folder.files.values())


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "line 1, column 1"),
        (b"{\n  'id': 1}", "line 2, column 3"),
        (b'{"id": "x",}', "line 1, column 12"),
        (b'{"id": NaN}', "NaN"),
        (b'{"fee": -Infinity}', "-Infinity"),
        (b'{"fee": 1e999999999999999999999}', "no number"),
        (b'{"fee": ' + b"9" * 10_000 + b"}", "fee is 999"),
        (b'{"id": "' + b"\xff" + b'"}', "UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"id": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001, "nested too deeply"),
        (b'{"id": "a", "id": "b"}', "given twice"),
        (b"[]", "case.json is a list"),
        (b'{"patient": {"sex": "F", "sex": "M"}}', "patient.sex"),
    ],
)
def test_what_is_no_case_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "case.json").write_bytes(content)
    assert told in sentence_of(tmp_path)


def test_a_folder_without_case_json(tmp_path: Path) -> None:
    assert "case.json is missing" in sentence_of(tmp_path)
    assert "case.json is missing" in sentence_of(tmp_path / "nowhere")


def test_a_byte_order_mark_does_no_harm(case: Data, folder_of: Write) -> None:
    folder = folder_of(case)
    path = folder / "case.json"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_folder(folder).case.id == "seed"


def test_a_missing_image_is_named(case: Data, folder_of: Write) -> None:
    folder = folder_of(case)
    (folder / "fig3.jpg").unlink()
    assert 'encounter.images[2].file is "fig3.jpg"' in sentence_of(folder)


def test_a_link_out_of_the_folder_is_not_followed(case: Data, folder_of: Write, tmp_path: Path) -> None:
    folder = folder_of(case)
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(b"\xff\xd8 not yours")
    (folder / "fig1.jpg").unlink()
    (folder / "fig1.jpg").symlink_to(secret)
    assert "inside the case's folder" in sentence_of(folder)


def test_what_is_no_file_is_not_read(case: Data, folder_of: Write) -> None:
    folder = folder_of(case)
    (folder / "fig1.jpg").unlink()
    os.mkfifo(folder / "fig1.jpg")
    assert "encounter.images[0].file" in sentence_of(folder)


def test_the_sum_covers_content_and_images_not_spacing(case: Data, folder_of: Write) -> None:
    folder = folder_of(case)
    before = read_folder(folder).sha256
    assert before == read_folder(SEED).sha256
    image = folder / "fig4.jpg"
    image.write_bytes(image.read_bytes() + b"\0")
    assert read_folder(folder).sha256 != before
