"""Files on their way in: their names are text from outside, and pass the one door for text."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, MemoryFileUploadHandler, TemporaryFileUploadHandler

from documentation.kernel.text import clean_text


def clean_name(name: str) -> str:
    """The name of a file as it is taken in; one that names nothing, such as a dot, becomes "file"."""
    cleaned = clean_text(name)
    return cleaned if cleaned.strip(". ") else "file"


class CleanNames(FileUploadHandler):
    """Every view sees the name without line breaks, controls and what overrides the order of its letters.

    Marks of a direction stay, as right-to-left names need them: a page shows a name in an element of its own.
    """

    def new_file(self, field_name: str, file_name: str, *rest: Any, **more: Any) -> None:
        super().new_file(field_name, clean_name(file_name), *rest, **more)


class InMemory(CleanNames, MemoryFileUploadHandler):
    """Small files."""


class OnDisk(CleanNames, TemporaryFileUploadHandler):
    """Large ones."""
