"""Names of files on their way in."""

import pytest
from django.core.files.uploadedfile import UploadedFile

from config.uploads import clean_name


@pytest.mark.parametrize(
    "given,kept",
    [
        ("eob.pdf", "eob.pdf"),
        (". ", "file"),
        (".", "file"),
        ("..", "file"),
        ("\u200b", "file"),
        ("", "file"),
        ("a\r\nb.pdf", "a b.pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        (".htaccess", ".htaccess"),
    ],
    ids=ascii,
)
def test_a_name_is_taken_as_text_and_never_names_nothing(given: str, kept: str) -> None:
    assert clean_name(given) == kept
    assert UploadedFile(name=clean_name(given)).name == kept
