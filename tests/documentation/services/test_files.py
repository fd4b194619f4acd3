"""Files by content, in a folder and in a bucket: kept once, read whole, and a sentence where one is lost or changed."""

import hashlib
import threading
import tracemalloc
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from config import env
from documentation.models import StoredFile
from documentation.services import files, places
from tests import factories as f


def keep(data: bytes) -> StoredFile:
    return files.keep(data, media_type="application/octet-stream", at=f.AT)


@pytest.mark.django_db
def test_bytes_come_back_as_they_were_given_and_are_stored_once(place: Any) -> None:
    row = keep(b"\x00\xff" * 1000)
    assert files.read(row) == b"\x00\xff" * 1000
    assert row.size == 2000
    assert keep(b"\x00\xff" * 1000) == row
    assert StoredFile.objects.count() == 1
    assert [found.path for found in place.listing()] == [row.path]


@pytest.mark.django_db
def test_a_part_is_read_alone(place: Any) -> None:
    row = keep(bytes(range(256)) * 4)
    assert b"".join(files.pieces(row, 250, 10)) == bytes([*range(250, 256), *range(4)])
    assert b"".join(files.pieces(row, 1020)) == bytes([252, 253, 254, 255])


@pytest.mark.django_db
def test_files_are_private_and_nothing_half_written_lies_beside_them(folder: Path) -> None:
    row = keep(b"private")
    place = folder / row.path
    assert place.stat().st_mode & 0o777 == 0o600
    assert place.parent.stat().st_mode & 0o777 == place.parent.parent.stat().st_mode & 0o777 == 0o700
    assert [p.name for p in place.parent.iterdir()] == [row.sha256]


@pytest.mark.django_db
def test_a_stranger_gets_nothing_out_of_the_bucket(bucket: Any, s3_endpoint: str) -> None:
    row = keep(b"private")
    (found,) = bucket.objects.all()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{s3_endpoint}/{bucket.name}/{found.key}")
    assert refused.value.code == 403
    kept = found.get()
    assert kept["ServerSideEncryption"] == "aws:kms"
    assert kept["CacheControl"] == "private, no-store"
    assert files.read(row) == b"private"


@pytest.mark.django_db
def test_a_missing_file_is_told_and_comes_back_with_its_bytes(place: Any) -> None:
    row = keep(b"lost and found")
    place.remove(row.path)
    with pytest.raises(files.MissingFile, match="missing from storage"):
        files.read(row)
    assert keep(b"lost and found") == row
    assert files.read(row) == b"lost and found"


@pytest.mark.django_db
@pytest.mark.parametrize("changed", [b"", b"other bytes", b"whole and soun", b"whole and sound ", b"whole and sounD"])
def test_a_damaged_file_is_told_and_comes_back_with_its_bytes(place: Any, changed: bytes) -> None:
    row = keep(b"whole and sound")
    place.put(row.path, changed)
    with pytest.raises(files.DamagedFile, match="changed in storage"):
        files.read(row)
    assert files.read(keep(b"whole and sound")) == b"whole and sound"


@pytest.mark.django_db
def test_a_large_file_streams_through_little_memory_and_ends_short_if_it_was_changed(place: Any) -> None:
    data = hashlib.shake_256(b"large").digest(24 * places.PIECE + 5)
    row = keep(data)
    expected, read = hashlib.sha256(data).digest(), hashlib.sha256()
    changed = data[:-1] + bytes([data[-1] ^ 1])
    del data
    tracemalloc.start()
    for piece in files.pieces(row):
        read.update(piece)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read.digest() == expected
    assert peak < 8 * places.PIECE

    place.put(row.path, changed)
    got: list[int] = []
    with pytest.raises(files.DamagedFile):
        got.extend(map(len, files.pieces(row)))
    assert 0 < sum(got) < row.size


@pytest.mark.django_db
def test_a_disk_that_is_not_mounted_looks_not_like_one_that_lost_its_files(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(files.Unreachable, match="cannot be reached just now"):
        list(places.here().listing())


@pytest.mark.django_db
def test_a_bucket_that_is_gone_looks_not_like_one_that_lost_its_files(bucket: Any, settings: Any) -> None:
    row = keep(b"somewhere else")
    settings.STORAGES = settings.STORAGES | {"default": env.object_storage("another")}
    for ask in (lambda: files.read(row), lambda: keep(b"new"), lambda: list(places.here().listing())):
        with pytest.raises(files.Unreachable, match="cannot be reached just now"):
            ask()


@pytest.mark.django_db
def test_a_write_that_breaks_off_leaves_no_file_under_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The power goes while the bytes are on their way: the next attempt finds nothing and writes the whole."""

    def no_power(descriptor: int) -> None:
        raise OSError("no power")

    with monkeypatch.context() as broken:
        broken.setattr(places.os, "fsync", no_power)
        with pytest.raises(files.Unreachable, match="cannot be reached just now, or is full"):
            keep(b"half of it")
    assert not StoredFile.objects.exists()
    assert files.read(keep(b"half of it")) == b"half of it"


@pytest.mark.django_db
def test_a_storage_that_does_not_answer_is_told(bucket: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    row = keep(b"out of reach")
    monkeypatch.setenv("S3_ENDPOINT", "http://127.0.0.1:9")
    settings.STORAGES = settings.STORAGES | {"default": env.object_storage(bucket.name)}
    for ask in (lambda: files.read(row), lambda: keep(b"new"), lambda: list(places.here().listing())):
        with pytest.raises(files.Unreachable, match="cannot be reached just now"):
            ask()
    assert StoredFile.objects.count() == 1


@pytest.mark.django_db
def test_a_row_that_is_rolled_back_leaves_bytes_that_serve_the_next() -> None:
    with transaction.atomic():
        keep(b"rolled back")
        transaction.set_rollback(True)
    assert not StoredFile.objects.exists()
    assert files.read(keep(b"rolled back")) == b"rolled back"


@pytest.mark.django_db(transaction=True)
def test_many_who_keep_the_same_bytes_at_once_get_one_row() -> None:
    start, rows, problems = threading.Barrier(6), [], []

    def work() -> None:
        try:
            start.wait()
            with transaction.atomic():
                rows.append(keep(b"at once").pk)
        except Exception as e:
            problems.append(e)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(set(rows)) == 1
    assert StoredFile.objects.count() == 1
