"""A practice comes back from its backup row by row and byte by byte, or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from claims.models import Claim, Packet
from documentation.locks import all_locks, standing_locks
from documentation.management.base import Refused
from documentation.models import AuditEvent, StoredFile, UpkeepStep, User
from documentation.services import files, places
from documentation.services.audit import first_bad_event
from documentation.services.upkeep import note
from tests import factories as f
from tests.claims.backups.conftest import KEY, Elsewhere, content, empty, lying, practice, rows, run

pytestmark = pytest.mark.django_db(transaction=True)


def test_rows_files_chain_locks_and_log_ins_are_what_they_were(
    media: Path, tmp_path: Path, elsewhere: Elsewhere
) -> None:
    packet = practice()
    sealed = tmp_path / "sealed.zip"
    sealed.write_bytes(content(packet))
    before, stored = rows(), lying(media)
    made = run("backup", tmp_path / "one.backup")
    assert made["bytes"] == (tmp_path / "one.backup").stat().st_size
    assert made["sha256"] == hashlib.sha256((tmp_path / "one.backup").read_bytes()).hexdigest()
    assert made["lost"] == []
    assert (tmp_path / "one.backup").stat().st_mode & 0o077 == 0, "readable by its owner alone"

    restored = elsewhere()
    done = run("restore", tmp_path / "one.backup")
    after = rows()
    assert {label: found for label, found in after.items() if found != before[label]} == {}
    assert len([label for label, found in after.items() if found]) > 25, "this is a practice, and no empty comparison"
    assert lying(restored) == stored
    assert (done["first_bad"], done["damages"], done["events"]) == (None, 0, len(before["documentation.auditevent"]))
    assert standing_locks(connection) == {name for lock in all_locks() for name in lock.names(connection.vendor)}
    assert AuditEvent.objects.latest("seq").action == "backup.restore"

    assert run("verify_packet", sealed)["match"] is True
    assert content(Packet.objects.get(pk=packet.pk)) == sealed.read_bytes()
    signed_in = Client()
    signed_in.post("/accounts/login/", {"login": "mona", "password": "correct horse battery staple"})
    assert signed_in.session.get("_auth_user_id") == str(User.objects.get(username="mona").pk)


def test_numbers_that_were_given_are_never_given_again(media: Path, tmp_path: Path, elsewhere: Elsewhere) -> None:
    first = f.claim_at()
    last = User.objects.order_by("-pk").first()
    assert last is not None
    gone = f.user()
    gone_pk = gone.pk
    gone.delete()
    run("backup", tmp_path / "one.backup")
    elsewhere()
    run("restore", tmp_path / "one.backup")
    assert f.user().pk > gone_pk > last.pk
    assert f.claim_at().pk > first.pk
    assert Claim.objects.count() == 2


def test_work_goes_on_after_a_restore(media: Path, tmp_path: Path, elsewhere: Elsewhere) -> None:
    practice()
    run("backup", tmp_path / "one.backup")
    elsewhere()
    run("restore", tmp_path / "one.backup")
    assert f.sealed_packet().pages
    assert (first_bad_event(), run("rebuild_summaries", "--check")["differences"]) == (None, 0)


def test_a_backup_is_written_down_and_the_trail_says_that_data_left(media: Path, tmp_path: Path) -> None:
    practice()
    made = run("backup", tmp_path / "one.backup")
    step = UpkeepStep.objects.get(name="backup")
    assert (step.outcome, "written and read back" in step.said) == ("done", True)
    event = AuditEvent.objects.latest("seq")
    assert (event.action, event.subject) == ("backup.write", made["sha256"][:12])


def test_files_of_a_bucket_go_into_a_folder_and_back(bucket: Any, settings: Any, tmp_path: Path) -> None:
    packet = practice()
    before = {found.path: found.size for found in places.here().listing()}
    sealed = content(packet)
    run("backup", tmp_path / "one.backup")
    in_bucket = settings.STORAGES
    empty()
    settings.STORAGES = in_bucket | {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}
    settings.MEDIA_ROOT = tmp_path / "folder"
    run("restore", tmp_path / "one.backup")
    assert {p: len(data) for p, data in lying(tmp_path / "folder").items()} == before
    run("backup", tmp_path / "two.backup")
    empty()
    for found in bucket.objects.all():
        found.delete()
    settings.STORAGES = in_bucket
    run("restore", tmp_path / "two.backup")
    assert {found.path: found.size for found in places.here().listing()} == before
    assert content(Packet.objects.get(pk=packet.pk)) == sealed


# --- What is not taken -----------------------------------------------------------------------------------------------


def refused(*args: object) -> str:
    with pytest.raises(Refused) as told:
        run(*map(str, args))  # type: ignore[arg-type]
    assert told.value.returncode == 1
    return str(told.value)


def test_a_damaged_one_is_refused_before_anything_changes(
    media: Path, tmp_path: Path, elsewhere: Elsewhere, settings: Any
) -> None:
    practice()
    run("backup", tmp_path / "one.backup")
    whole = (tmp_path / "one.backup").read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    restored = elsewhere()
    before = rows()
    broken = tmp_path / "broken.backup"
    for data, sentence in (
        (bytes(flipped), "damaged or was cut short near megabyte"),
        (whole[: len(whole) * 2 // 3], "damaged or was cut short"),
        (whole[:-1], "damaged or was cut short"),
        (whole + b"\0", "damaged or was cut short"),
        (b"PK\3\4", "no backup of Ductus"),
        (b"", "no backup of Ductus"),
    ):
        broken.write_bytes(data)
        assert sentence in refused("restore", broken)
        assert sentence in refused("backup", broken, "--check")
    settings.BACKUP_KEY = "6f" * 32
    assert "This key does not open this backup" in refused("restore", tmp_path / "one.backup")
    settings.BACKUP_KEY = ""
    assert "There is no key for backups" in refused("restore", tmp_path / "one.backup")
    assert "There is no key for backups" in refused("backup", tmp_path / "two.backup")
    assert "cannot be read: No such file" in refused_with(settings, "restore", tmp_path / "absent.backup")
    assert (rows(), restored.exists()) == (before, False)
    assert not (tmp_path / "two.backup").exists()

    assert run("backup", tmp_path / "one.backup", "--check")["whole"] is True
    run("restore", tmp_path / "one.backup")
    assert Packet.objects.count() == 1


def refused_with(settings: Any, *args: object) -> str:
    settings.BACKUP_KEY = KEY
    return refused(*args)


def test_a_place_that_is_not_empty_keeps_what_it_has(media: Path, tmp_path: Path, elsewhere: Elsewhere) -> None:
    practice()
    run("backup", tmp_path / "one.backup")
    before, stored = rows(), lying(media)
    assert "This database is not empty" in refused("restore", tmp_path / "one.backup")
    assert (rows(), lying(media)) == (before, stored)

    restored = elsewhere()
    places.here().put(files.path_of("ab" * 32), b"of another practice")
    assert "storage holds files that are not of this backup" in refused("restore", tmp_path / "one.backup")
    assert not User.objects.exists()
    assert len(lying(restored)) == 1


def test_one_of_a_newer_version_is_refused(media: Path, tmp_path: Path, elsewhere: Elsewhere) -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_applied("claims", "9999_of_tomorrow")
    run("backup", tmp_path / "one.backup")
    recorder.record_unapplied("claims", "9999_of_tomorrow")
    elsewhere()
    assert "from a newer version of Ductus" in refused("restore", tmp_path / "one.backup")
    assert "claims.9999_of_tomorrow" in refused("restore", tmp_path / "one.backup")
    assert not AuditEvent.objects.exists()


def test_a_restore_that_the_storage_breaks_off_leaves_no_row_and_works_again(
    media: Path, tmp_path: Path, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice()
    before = rows()
    run("backup", tmp_path / "one.backup")
    elsewhere()
    left, move = [5], Path.replace

    def replaced(self: Path, target: Any) -> Any:
        if not left[0]:
            raise OSError(28, "No space left on device")
        left[0] -= 1
        return move(self, target)

    with monkeypatch.context() as full:
        full.setattr(Path, "replace", replaced)
        assert "cannot be reached just now, or is full" in refused("restore", tmp_path / "one.backup")
    assert not User.objects.exists()
    assert standing_locks(connection) == {name for lock in all_locks() for name in lock.names(connection.vendor)}
    run("restore", tmp_path / "one.backup")
    assert rows() == before


# --- The file it becomes ---------------------------------------------------------------------------------------------


def test_no_backup_is_written_over_and_a_name_needs_a_folder(media: Path, tmp_path: Path) -> None:
    f.organization()
    (tmp_path / "mine").write_text("of somebody")
    assert "exists already, and no backup is written over" in refused("backup", tmp_path / "mine")
    assert "There is no folder" in refused("backup", tmp_path / "absent" / "one.backup")
    assert (tmp_path / "mine").read_text() == "of somebody"
    assert UpkeepStep.objects.filter(name="backup", outcome="failed").count() == 2


def test_in_a_folder_the_newest_stay_and_nothing_else_goes(
    media: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    f.organization()
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "ductus-notes.backup").write_text("written by hand")
    (folder / ".backup-draft-broken").write_text("of one that was killed")
    real = timezone.now
    for day in range(4):
        with monkeypatch.context() as later:
            later.setattr(timezone, "now", lambda day=day: real() + timedelta(days=day))
            made = run("backup", folder, "--keep", 2)
    left = sorted(p.name for p in folder.iterdir())
    assert len(left) == 3
    assert left[-1] == "ductus-notes.backup"
    assert left[-2] == Path(made["file"]).name
    assert len(made["removed"]) == 1
    for path in left[:2]:
        assert run("backup", folder / path, "--check")["whole"] is True


def test_the_one_just_made_stays_though_the_clock_was_ahead_and_what_cannot_go_is_told(
    media: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    f.organization()
    ahead = tmp_path / "ductus-20990101T000000Z.backup"
    ahead.write_bytes(b"of a clock that was wrong")
    made = run("backup", tmp_path, "--keep", 1)
    assert (made["removed"], Path(made["file"]).exists()) == ([ahead.name], True)

    def closed(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as broken:
        broken.setattr(timezone, "now", lambda: f.AT + timedelta(days=900))
        broken.setattr("documentation.services.backups.making._OURS", re.compile("ductus-2026.*"))
        unlink = Path.unlink
        broken.setattr(Path, "unlink", lambda p, **k: closed() if p.suffix == ".backup" else unlink(p, **k))
        assert "older ones could not be removed (Permission denied)" in refused("backup", tmp_path, "--keep", "1")
    assert UpkeepStep.objects.filter(name="backup", outcome="done").count() == 2, "and both are on record"


def test_a_full_disk_is_a_sentence_and_leaves_nothing(
    media: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice()
    folder = tmp_path / "backups"
    folder.mkdir()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        assert "The backup could not be written (No space left on device)" in refused("backup", folder)
    assert list(folder.iterdir()) == []


def test_a_file_that_storage_lost_is_named_and_the_rest_is_backed_up(
    media: Path, tmp_path: Path, elsewhere: Elsewhere
) -> None:
    packet = practice()
    picture = packet.claim.encounter.images.first()
    good = (media / picture.screen.path).read_bytes()
    (media / picture.original.path).unlink()
    (media / picture.screen.path).write_bytes(b"changed")
    out = io.StringIO()
    older = tmp_path / "ductus-20200101T000000Z.backup"
    older.write_bytes(b"the last that has them")
    with pytest.raises(Refused, match=r"2 of the files are not in storage as they were kept.*none was removed"):
        call_command("backup", str(tmp_path), "--keep", "1", stdout=out)
    (made,) = (p for p in tmp_path.glob("ductus-*") if p != older)
    made.rename(tmp_path / "one.backup")
    assert older.exists()
    assert UpkeepStep.objects.get(name="backup").outcome == "found"
    restored = elsewhere()
    with pytest.raises(Refused, match=r"some of it was damaged before it was backed up.*missing from storage"):
        call_command("restore", str(tmp_path / "one.backup"), stdout=out)
    assert len(lying(restored)) == StoredFile.objects.count() - 1
    assert Packet.objects.count() == 1

    empty()
    note("locks", UpkeepStep.Outcome.DONE, "Of a server that nobody uses yet.", began=f.AT, ended=f.AT)
    places.here().put(picture.screen.path, good)
    with pytest.raises(Refused, match="missing from storage"):
        call_command("restore", str(tmp_path / "one.backup"), stdout=out)
    assert (restored / picture.screen.path).read_bytes() == good, "a whole file is worth more than a damaged one"
    assert not UpkeepStep.objects.filter(name="locks").exists()


def test_what_was_swept_beside_a_backup_is_no_damage(media: Path, tmp_path: Path, elsewhere: Elsewhere) -> None:
    practice()
    left = files.keep(b"nothing points here", media_type="image/jpeg", at=f.AT)
    (media / left.path).unlink()  # The sweep takes the bytes between a backup's rows and its files.
    assert run("backup", tmp_path / "one.backup")["lost"] == []
    elsewhere()
    done = run("restore", tmp_path / "one.backup")
    assert (done["first_bad"], done["damages"]) == (None, 0)


@pytest.mark.parametrize("args", [("--keep", "0"), ("--keep", "two"), ("--keep", "2")])
def test_wrong_use_is_told(media: Path, tmp_path: Path, args: tuple[str, ...]) -> None:
    with pytest.raises(CommandError) as told:
        call_command("backup", str(tmp_path / "absent"), *args)
    assert told.value.returncode == 2 or "no number of backups" in str(told.value)
