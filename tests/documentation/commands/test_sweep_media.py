"""What a broken-off upload leaves behind is found and removed, in a folder and in a bucket, and nothing else is."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from config import env
from documentation.management.base import Refused
from documentation.models import AuditEvent, Encounter, StoredFile
from documentation.services import files, images, places, sweeping
from documentation.services.audit import first_bad_event
from tests import factories as f

LATER = timedelta(hours=49)


def run(*args: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("sweep_media", *args, "--json", stdout=out)
    (line,) = map(json.loads, out.getvalue().splitlines())
    return line


def told(*args: str) -> str:
    out = io.StringIO()
    call_command("sweep_media", *args, stdout=out)
    return out.getvalue().strip()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Two days go by for the command; what lies in storage grows older by as much."""
    real = timezone.now

    @contextmanager
    def two_days() -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setattr(timezone, "now", lambda: real() + LATER)
            yield

    return two_days


def kept(data: bytes) -> StoredFile:
    return files.keep(data, media_type="image/jpeg", at=timezone.now())


def lying() -> set[str]:
    return {found.path for found in places.here().listing()}


@pytest.mark.django_db
def test_only_what_nothing_points_to_goes_and_only_when_it_is_old(place: Any, later: Any) -> None:
    encounter = f.drafted()
    assert encounter.clinician.user
    used = lying()
    removed = encounter.images.first()  # type: ignore[attr-defined]
    images.remove(removed, by=encounter.clinician.user, at=f.AT)
    taken_out = {file.path for file in (removed.original, removed.screen, removed.thumbnail)}
    row = kept(b"a proof whose form was never sent")
    orphan = files.path_of("ab" * 32)
    place.put(orphan, b"a row that was never written")
    place.put("ab/cd/holiday.jpg", b"somebody put this here")

    young = run()
    assert (young["removed"], young["younger"], young["foreign"]) == ([], len(taken_out) + 2, 1)
    assert lying() == used | {row.path, orphan, "ab/cd/holiday.jpg"}

    with later():
        dry = run("--dry-run")
        assert set(dry["removed"]) == taken_out | {row.path, orphan}
        assert lying() == used | {row.path, orphan, "ab/cd/holiday.jpg"}
        done = run()
    assert done == dry | {"dry_run": False}
    assert done["removed_bytes"] > 0
    assert lying() == used - taken_out | {"ab/cd/holiday.jpg"}
    assert set(StoredFile.objects.values_list("path", flat=True)) == used - taken_out
    assert AuditEvent.objects.filter(action="file.remove").count() == len(done["removed"])
    assert first_bad_event() is None
    for image in encounter.images.all():  # type: ignore[attr-defined]
        assert files.read(image.screen)
    with later():
        assert told().endswith("Nothing removed. 1 that Ductus never wrote were left alone.")


@pytest.mark.django_db
def test_what_is_kept_again_is_young_again(folder: Path) -> None:
    f.drafted()
    row = kept(b"chosen last week, and again just now")
    os.utime(folder / row.path, (0, 0))
    seen = sweeping.survey(before=timezone.now() - timedelta(hours=1))
    assert [found.path for found in seen.left_over] == [row.path]
    assert kept(b"chosen last week, and again just now") == row
    assert list(sweeping.sweep(seen, by=None, at=f.AT)) == []
    assert files.read(row) == b"chosen last week, and again just now"


@pytest.mark.django_db
def test_missing_and_changed_files_are_named_and_the_sweep_is_done_all_the_same(place: Any, later: Any) -> None:
    encounter = f.drafted()
    lost, changed, *_ = encounter.images.all()  # type: ignore[attr-defined]
    place.remove(lost.original.path)
    place.put(changed.screen.path, b"another size")
    gone = kept(b"nothing points here, and nobody misses it")
    place.remove(gone.path)
    out = io.StringIO()
    with later(), pytest.raises(Refused) as refused:
        call_command("sweep_media", stdout=out)
    assert refused.value.returncode == 1
    assert str(refused.value) == (
        f"The file {lost.original} is missing from storage. The file {changed.screen} was changed in storage. "
        "Restore what is lost from the backup."
    )
    assert "1 file removed" in out.getvalue()
    assert not StoredFile.objects.filter(pk=gone.pk).exists()


@pytest.mark.django_db
def test_the_wrong_database_empties_no_storage(place: Any, later: Any) -> None:
    place.put(files.path_of("cd" * 32), b"another practice's")
    with later(), pytest.raises(Refused, match="uses none of the 1 files in storage, so nothing was removed"):
        run()
    assert lying() == {files.path_of("cd" * 32)}


@pytest.mark.django_db
def test_a_storage_out_of_reach_is_refused_in_a_sentence(
    bucket: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("S3_ENDPOINT", "http://127.0.0.1:9")
    silent = env.object_storage(bucket.name)
    absent = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "absent"}}
    for storage in (silent, absent):
        settings.STORAGES = settings.STORAGES | {"default": storage}
        with pytest.raises(
            Refused, match=r"^The storage for files cannot be reached just now.*tell whoever runs Ductus\.$"
        ):
            run()


@pytest.mark.parametrize("hours", ["0", "-1", "soon"])
def test_no_age_is_too_short_to_be_safe(hours: str) -> None:
    with pytest.raises(CommandError, match="write 1 or more"):
        call_command("sweep_media", f"--older-than={hours}")


# --- A process that dies -----------------------------------------------------------------------------------------

DYING = """
import os, signal, sys
import django
django.setup()
from pathlib import Path
from django.utils import timezone
from documentation.models import Encounter, StoredFile
from documentation.services import images, places

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

encounter = Encounter.objects.get(pk=sys.argv[1])
{moment}
images.take_in(
    encounter, [images.Upload("fig1.jpg", Path(sys.argv[2]).read_bytes())],
    by=encounter.clinician.user, at=timezone.now(),
)
"""
IN_A_FILE = "places.Path.replace = die"
BETWEEN_FILE_AND_ROW = "StoredFile.objects.get_or_create = die"
BEFORE_THE_COMMIT = "images.record = die"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "where,moment",
    [
        ("folder", IN_A_FILE),
        ("folder", BETWEEN_FILE_AND_ROW),
        ("bucket", BEFORE_THE_COMMIT),
    ],
)
def test_an_upload_that_is_killed_leaves_no_row_and_its_bytes_are_swept(
    request: pytest.FixtureRequest, settings: Any, tmp_path: Path, where: str, moment: str
) -> None:
    request.getfixturevalue(where)
    encounter = f.drafted()
    before, used, rows = encounter.revision, lying(), StoredFile.objects.count()
    picture = tmp_path / "new.jpg"
    picture.write_bytes(f.pictures()[0].data + b"another original")

    database = connection.settings_dict
    address = f"sqlite:///{database['NAME']}"
    if connection.vendor == "postgresql":
        address = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    surroundings = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": address,
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "SECRET_KEY": settings.SECRET_KEY,
    }
    child = subprocess.run(
        [sys.executable, "-c", DYING.format(moment=moment), str(encounter.pk), str(picture)],
        env=os.environ | surroundings,
        capture_output=True,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()

    encounter = Encounter.objects.get(pk=encounter.pk)
    assert (encounter.revision, encounter.images.count(), StoredFile.objects.count()) == (before, 4, rows)  # type: ignore[attr-defined]
    assert first_bad_event() is None
    left_behind = lying() - used
    assert left_behind

    seen = sweeping.survey(before=timezone.now() + timedelta(minutes=1))
    gone = {found.path for found in sweeping.sweep(seen, by=None, at=timezone.now())}
    assert gone == left_behind
    assert lying() == used

    assert encounter.clinician.user
    upload = images.Upload("fig1.jpg", picture.read_bytes())
    (taken,) = images.take_in(encounter, [upload], by=encounter.clinician.user, at=timezone.now())
    assert taken.image is not None
    assert files.read(taken.image.original) == upload.data
