"""The one way out for files: whole or in parts, from a folder or a bucket, and as what they are."""

from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from documentation.kernel.permissions import Permission, Role
from documentation.models import AuditEvent, StoredFile, User
from documentation.services import files, places
from documentation.views.files import WHOLE, disposition, serve
from documentation.views.ranges import Unsatisfiable, part_of
from tests import factories as f

pytestmark = pytest.mark.django_db

LARGE = bytes(range(251)) * (2 * WHOLE // 251)
SMALL = bytes(range(251)) * 4


@pytest.fixture
def viewer() -> User:
    return f.user(role=Role.CLINICIAN)


def kept(data: bytes, media_type: str = "image/jpeg") -> StoredFile:
    return files.keep(data, media_type=media_type, at=f.AT)


def asked(viewer: User, file: StoredFile, *, method: str = "GET", **headers: str) -> Any:
    request: HttpRequest = RequestFactory().generic(method, "/", headers=headers)
    request.user = viewer
    return serve(
        request,
        file,
        permission=Permission.IMAGE_VIEW,
        name="E000001-figure-1.jpg",
        action="image.view",
        subject="E000001",
        patient=None,
    )


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_a_file_comes_whole_and_in_parts_and_each_answer_with_bytes_is_recorded(
    place: Any, viewer: User, data: bytes
) -> None:
    file, size = kept(data), len(data)
    whole = asked(viewer, file)
    assert (whole.status_code, whole["Content-Length"], body(whole)) == (200, str(size), data)
    assert whole["Accept-Ranges"] == "bytes"
    assert whole.streaming == (data is LARGE)

    for wanted, first, last in [
        ("bytes=0-99", 0, 99),
        ("bytes=7-7", 7, 7),
        (f"bytes={size - 5}-", size - 5, size - 1),
        (f"bytes=500-{size + 900}", 500, size - 1),
        ("bytes=-20", size - 20, size - 1),
        (f"bytes=-{size + 7}", 0, size - 1),
    ]:
        part = asked(viewer, file, range=wanted)
        assert part.status_code == 206
        assert part["Content-Range"] == f"bytes {first}-{last}/{size}"
        assert part["Content-Length"] == str(last - first + 1)
        assert body(part) == data[first : last + 1]

    for wanted in ("bytes=0-1,5-9", "lines=1-2", "bytes"):  # several parts, or a unit nobody knows: the whole
        assert body(asked(viewer, file, range=wanted)) == data
    assert AuditEvent.objects.filter(action="image.view").count() == 1 + 6 + 3

    for wanted in (f"bytes={size}-", "bytes=9-3", "bytes=-0", "bytes=-", "bytes=a-b", "bytes=1", "bytes=-1-2"):
        refused = asked(viewer, file, range=wanted)
        assert (refused.status_code, refused["Content-Range"], refused.content) == (416, f"bytes */{size}", b"")
    assert AuditEvent.objects.filter(action="image.view").count() == 10


def test_a_part_is_sent_only_if_it_fits_what_came_before(folder: Path, viewer: User) -> None:
    file = kept(SMALL)
    tag = asked(viewer, file)["ETag"]
    assert tag == f'"{file.sha256}"'
    assert asked(viewer, file, range="bytes=0-9", **{"if-range": tag}).status_code == 206
    for other in ('"another"', f"W/{tag}", "Sat, 28 Nov 2026 10:00:00 GMT"):
        assert asked(viewer, file, range="bytes=0-9", **{"if-range": other}).status_code == 200


def test_head_tells_everything_but_the_bytes_and_is_no_look(place: Any, viewer: User) -> None:
    file = kept(LARGE)
    head, get = asked(viewer, file, method="HEAD", range="bytes=0-9"), asked(viewer, file)
    assert (head.status_code, head.content) == (200, b"")
    body(get)
    assert dict(head.items()) == dict(get.items())
    assert AuditEvent.objects.filter(action="image.view").count() == 1
    place.remove(file.path)
    assert asked(viewer, file, method="HEAD").status_code == 500


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_a_file_that_is_lost_or_cut_off_is_told_and_not_sent(place: Any, viewer: User, data: bytes) -> None:
    file = kept(data)
    for harm in (lambda: place.put(file.path, data[:-1]), lambda: place.remove(file.path)):
        harm()
        for headers in ({}, {"range": "bytes=0-9"}):
            response = asked(viewer, file, **headers)
            assert response.status_code == 500
            assert "Restore it from the backup." in response.content.decode()
    assert not AuditEvent.objects.filter(action="image.view").exists()


def test_bytes_that_were_changed_never_make_a_whole_file(place: Any, viewer: User) -> None:
    small, large = kept(SMALL), kept(LARGE)
    place.put(small.path, SMALL[:-1] + b"!")
    place.put(large.path, LARGE[:-1] + b"!")
    assert asked(viewer, small).status_code == 500
    response = asked(viewer, large)
    got: list[int] = []
    with pytest.raises(files.DamagedFile):
        got.extend(map(len, response.streaming_content))
    assert sum(got) < int(response["Content-Length"])


def test_a_storage_that_does_not_answer_is_a_page_and_another_try_works(
    folder: Path, viewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = kept(SMALL)

    def silent(*args: Any) -> None:
        raise files.Unreachable

    with monkeypatch.context() as broken:
        broken.setattr(places.Folder, "open", silent)
        response = asked(viewer, file)
    assert response.status_code == 503
    assert "cannot be reached just now" in response.content.decode()
    assert asked(viewer, file).status_code == 200


def test_someone_without_the_permission_gets_neither_bytes_nor_size(folder: Path) -> None:
    response = asked(f.user(role=Role.ADMINISTRATOR), kept(SMALL), range="bytes=0-9")
    assert response.status_code == 403
    assert "Content-Range" not in response
    assert not AuditEvent.objects.filter(action="image.view").exists()


@pytest.mark.parametrize(
    "media_type,inline",
    [
        ("image/jpeg", True),
        ("image/png", True),
        ("application/pdf", True),
        ("application/zip", False),
        ("application/edi-x12", False),
        ("application/dicom", False),
        ("image/svg+xml", False),
        ("text/html", False),
        ("image/tiff", False),
    ],
)
def test_only_what_cannot_run_is_shown_in_the_window(folder: Path, viewer: User, media_type: str, inline: bool) -> None:
    response = asked(viewer, kept(SMALL, media_type))
    assert response["Content-Type"] == media_type
    assert response["Content-Disposition"].partition(";")[0] == ("inline" if inline else "attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].endswith("sandbox")
    assert response["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize(
    "name,header",
    [
        ("E000001-figure-1.jpg", 'filename="E000001-figure-1.jpg"'),
        ('say "ah".png', 'filename="say _ah_.png"'),
        ("../../etc/passwd", 'filename="_.._etc_passwd"'),
        ("a\r\nSet-Cookie: x.png", 'filename="a Set-Cookie_ x.png"'),
        ("\u202egpj.exe", 'filename="gpj.exe"'),
        ("Zähne 🦷.jpg", "filename=\"Z_hne _.jpg\"; filename*=utf-8''Z%C3%A4hne%20%F0%9F%A6%B7.jpg"),
        ("صورة.png", "filename=\"____.png\"; filename*=utf-8''%D8%B5%D9%88%D8%B1%D8%A9.png"),
        ("x" * 300 + ".jpg", f'filename="{"x" * 96}.jpg"'),
        ("\x00\u200b", 'filename="file"'),
        ("", 'filename="file"'),
    ],
)
def test_any_name_is_told_safely(name: str, header: str) -> None:
    assert disposition(name, download=True) == f"attachment; {header}"
    assert disposition(name, download=False) == f"inline; {header}"


@pytest.mark.parametrize("size", [0, 1])
def test_parts_of_next_to_nothing(size: int) -> None:
    assert part_of("", size) is None
    with pytest.raises(Unsatisfiable):
        part_of("bytes=1-", size)
    if size:
        assert part_of("bytes=0-0", size) == part_of("bytes=-1", size) == (0, 1)
    else:
        with pytest.raises(Unsatisfiable):
            part_of("bytes=-1", size)
