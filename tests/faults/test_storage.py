"""Storage that is full, away, slow or closed, and a connection that is cut: a sentence, nothing half, nothing lost."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from django.test import Client
from django.urls import reverse

from claims.services.packets import seal_packet
from config import env
from documentation.kernel.machine import Refusal
from documentation.models import Encounter, EncounterImage, StoredFile
from documentation.services import encounters, files, sweeping
from documentation.services.audit import first_bad_event
from tests import factories as f
from tests.faults.serving import Server, served

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

REFUSED = "The storage for files cannot be reached just now, or is full"


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    return tmp_path / "media"


def picture(number: int) -> bytes:
    return f.pictures()[0].data + number.to_bytes(8, "big")


def upload(server: Server, encounter: Encounter, number: int) -> Any:
    path = reverse("image_add", args=[encounter.pk])
    page = reverse("encounter_images", args=[encounter.pk])
    once = server.form(page)["once"]
    picked = {"images": (f"{number}.jpg", picture(number), "image/jpeg")}
    return server.send(path, {"once": once}, files=picked)


# --- An object storage that does not do what it should ---------------------------------------------------------------


class _Closed(http.server.BaseHTTPRequestHandler):
    def _say(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b"<Error><Code>AccessDenied</Code></Error>"
        self.send_response(403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_HEAD = do_DELETE = _say  # noqa: N815  the library's names

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def answering_403() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Closed) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@contextmanager
def saying_nothing() -> Iterator[str]:
    """Takes every connection, and never answers."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(20)
        yield f"http://127.0.0.1:{silent.getsockname()[1]}"


@contextmanager
def refusing() -> Iterator[str]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.mark.parametrize("how", [answering_403, saying_nothing, refusing])
def test_without_the_storage_notes_are_written_and_pictures_are_told_of(
    media: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, how: Any
) -> None:
    encounter: Encounter = f.drafted()
    by = encounter.clinician.user
    assert by is not None
    ready = f.claim_at(preparation="ready")
    biller = f.user(role="biller")
    before, kept = EncounterImage.objects.count(), StoredFile.objects.count()
    in_order = settings.STORAGES
    with how() as address:
        for name, value in {"S3_ENDPOINT": address, "S3_ACCESS_KEY": "x", "S3_SECRET_KEY": "y"}.items():
            monkeypatch.setenv(name, value)
        storage = env.object_storage("files")
        patience = storage["OPTIONS"]["client_config"]
        storage["OPTIONS"]["client_config"] = patience.merge(Config(read_timeout=1))
        settings.STORAGES = settings.STORAGES | {"default": storage}
        client = Client()
        client.force_login(by)
        assert client.get(reverse("encounter", args=[encounter.pk])).status_code == 200
        values, rows = f.sections()["interpretation"]
        encounters.save_section(encounter, "interpretation", values, rows, by=by, at=f.AT)
        image = encounter.images.first()  # type: ignore[attr-defined]
        shown = client.get(reverse("image_file", args=[encounter.pk, image.pk, "screen"]))
        assert (shown.status_code, REFUSED in shown.content.decode()) == (503, True)
        with pytest.raises(files.Unreachable, match=REFUSED):
            files.keep(b"new", media_type="image/jpeg", at=f.AT)
        with pytest.raises(Refusal) as told:
            seal_packet(ready, by=biller, at=f.AT)
        assert "storage" in str(told.value) or "Figure 1" in str(told.value)
    assert (EncounterImage.objects.count(), StoredFile.objects.count()) == (before, kept)
    settings.STORAGES = in_order
    assert seal_packet(ready, by=biller, at=f.AT).pages, "and it is done when the storage is back"
    assert first_bad_event() is None


def test_no_request_waits_long_for_an_object_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3_ACCESS_KEY", "x")
    monkeypatch.setenv("S3_SECRET_KEY", "y")
    known = env.object_storage("files")["OPTIONS"]["client_config"]
    assert known.retries["total_max_attempts"] * max(known.read_timeout, known.connect_timeout) <= 10


# --- A disk that is full, and a connection that is cut ---------------------------------------------------------------


def test_uploads_until_the_disk_is_full_and_after_it_has_room(media: Path, tmp_path: Path) -> None:
    encounter: Encounter = f.drafted()
    by = encounter.clinician.user
    assert by is not None
    full = tmp_path / "full"
    with served(by, DJANGO_SETTINGS_MODULE="tests.faults.settings", DISK_IS_FULL=str(full)) as server:
        assert upload(server, encounter, 1).status_code < 400
        before = EncounterImage.objects.count(), StoredFile.objects.count()
        lying = {p for p in media.rglob("*") if p.is_file()}
        full.touch()
        answer = upload(server, encounter, 2)
        said = server.visit(answer.headers["Location"]).text if answer.status_code == 302 else answer.text
        assert REFUSED in said, said
        assert "Traceback" not in said
        assert (EncounterImage.objects.count(), StoredFile.objects.count()) == before, "no row without its file"
        assert {p for p in media.rglob("*") if p.is_file()} == lying, "and nothing of what did not fit"
        image = encounter.images.first()  # type: ignore[attr-defined]
        assert server.visit(reverse("encounter", args=[encounter.pk])).status_code == 200
        assert server.visit(reverse("image_file", args=[encounter.pk, image.pk, "screen"])).status_code == 200
        full.unlink()
        assert upload(server, encounter, 2).status_code < 400
        assert EncounterImage.objects.count() == before[0] + 1
    assert files.read(EncounterImage.objects.latest("pk").original) == picture(2)
    seen = sweeping.survey(before=f.AT)
    assert (seen.missing, seen.changed) == ([], [])
    assert first_bad_event() is None


def test_a_connection_that_is_cut_half_way_leaves_no_row_and_no_file(media: Path) -> None:
    encounter: Encounter = f.drafted()
    by = encounter.clinician.user
    assert by is not None
    with served(by) as server:
        page = server.visit(reverse("encounter_images", args=[encounter.pk]))
        assert page.status_code == 200
        before = EncounterImage.objects.count(), StoredFile.objects.count()
        lying = sorted(p for p in media.rglob("*") if p.is_file())
        data = picture(9)
        head = (
            b'--x\r\nContent-Disposition: form-data; name="images"; filename="9.jpg"\r\n'
            b"Content-Type: image/jpeg\r\n\r\n"
        )
        cookies = "; ".join(f"{k}={v}" for k, v in server.session.cookies.items())
        with socket.create_connection(("127.0.0.1", server.port)) as half:
            half.sendall(
                f"POST {reverse('image_add', args=[encounter.pk])} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
                f"Cookie: {cookies}\r\nX-CSRFToken: {server.session.cookies.get('ductus_csrf')}\r\n"
                "Content-Type: multipart/form-data; boundary=x\r\n"
                f"Content-Length: {len(head) + len(data)}\r\n\r\n".encode()
                + head
                + data[: len(data) // 2]
            )
        assert server.visit(reverse("encounter", args=[encounter.pk])).status_code == 200
        assert upload(server, encounter, 3).status_code < 400, "and the next one is taken"
    assert (EncounterImage.objects.count(), StoredFile.objects.count() > before[1]) == (before[0] + 1, True)
    image = EncounterImage.objects.latest("pk")
    assert files.read(image.original) == picture(3), "what was sent is kept, byte by byte"
    now = {str(p.relative_to(media)) for p in media.rglob("*") if p.is_file()}
    known = set(StoredFile.objects.values_list("path", flat=True))
    assert now == known, "of the one that was cut nothing lies about"
    assert len(now) > len(lying)
    assert first_bad_event() is None
