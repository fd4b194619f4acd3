"""A practice leaves whenever it wants: everything in one ZIP, and all of it in another Ductus with the same sums."""

from __future__ import annotations

import csv
import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.test import Client

from claims.cases import read_folder
from claims.models import FullExport, Packet
from claims.services import full_exports
from claims.services.exports.contents import TABLES_LEFT_OUT, tables
from documentation.locks import all_locks, standing_locks
from documentation.management.base import Refused
from documentation.models import AuditEvent, Encounter, Job, Patient, User
from documentation.services import jobs
from tests import factories as f
from tests.claims.backups.conftest import Elsewhere, content, empty, lying, practice, rows, run

pytestmark = pytest.mark.django_db(transaction=True)


def manifest_of(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        return dict(json.loads(archive.read("manifest.json")))


def spreadsheet(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"))))


def test_it_loads_elsewhere_with_equal_sums_and_is_exported_from_there_again(
    media: Path, tmp_path: Path, elsewhere: Elsewhere
) -> None:
    packet = practice()
    f.drafted()
    before, stored, sealed = rows(), lying(media), content(packet)
    made = run("export_all", tmp_path / "one.zip")
    assert (tmp_path / "one.zip").stat().st_mode & 0o077 == 0, "readable by its owner alone"
    assert run("load_export", tmp_path / "one.zip", "--check")["rows"] == made["rows"]

    loaded = elsewhere()
    done = run("load_export", tmp_path / "one.zip")
    assert (done["first_bad"], done["damages"], done["rows"]) == (None, 0, made["rows"])
    assert lying(loaded) == stored
    assert content(Packet.objects.get(pk=packet.pk)) == sealed
    assert standing_locks(connection) == {name for lock in all_locks() for name in lock.names(connection.vendor)}
    mona = User.objects.get(username="mona")
    assert not mona.has_usable_password()
    after = rows()
    for label, found in after.items():
        if label not in TABLES_LEFT_OUT and label not in ("documentation.user", "documentation.auditevent"):
            assert found == before[label], label
    assert len([label for label, found in after.items() if found]) > 25, "this is a practice, and no empty comparison"

    run("export_all", tmp_path / "two.zip")
    one, two = manifest_of(tmp_path / "one.zip"), manifest_of(tmp_path / "two.zip")
    trail = "documentation.auditevent"
    assert {k: v for k, v in one["tables"].items() if k != trail} == {
        k: v for k, v in two["tables"].items() if k != trail
    }
    assert one["files"] == two["files"]
    # The trail is the same, event by event and hash by hash; behind it stands that it was loaded.
    trails = []
    for name in ("one.zip", "two.zip"):
        with zipfile.ZipFile(tmp_path / name) as archive:
            trails.append(archive.read(f"rows/{trail}.jsonl").splitlines())
    assert trails[1][:-1] == trails[0]
    assert AuditEvent.objects.get(seq=one["chain"]["events"]).hash == one["chain"]["head"]
    assert AuditEvent.objects.get(seq=one["chain"]["events"] + 1).action == "export.load"


def test_it_is_read_without_ductus(media: Path, tmp_path: Path, elsewhere: Elsewhere) -> None:
    packet = practice()
    Patient.objects.filter(pk=packet.claim.encounter.patient_id).update(line2="=cmd|' /C calc'!A0")
    encounter = packet.claim.encounter
    run("export_all", tmp_path / "one.zip")
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.testzip() is None
        said = archive.read("README.txt").decode()
        assert "WHAT IS NOT IN IT" in said
        assert "documentation.user.password" in said
        people = spreadsheet(archive, "tables/documentation.patient.csv")
        (patient,) = [row for row in people if row["id"] == str(encounter.patient_id)]
        assert patient["last_name"] == encounter.patient.last_name
        assert patient["line2"] == "'=cmd|' /C calc'!A0", "no spreadsheet runs it"
        columns = spreadsheet(archive, "columns.csv")
        assert {c["Table"] for c in columns if c["Exported"] == "yes"} == {str(m._meta.label_lower) for m in tables()}
        (share,) = [c for c in columns if (c["Table"], c["Column"]) == ("documentation.finding", "lumen_percent")]
        assert share["Exported"] == "yes"
        assert archive.read(f"records/{encounter.number}.pdf").startswith(b"%PDF")
        (pdf,) = [r for r in spreadsheet(archive, "files.csv") if f"claims.packet {packet.pk} (pdf)" in r["Used by"]]
        assert archive.read(pdf["Lies at"]).startswith(b"%PDF")
        archive.extractall(tmp_path / "out")
    folder = tmp_path / "out" / "cases" / encounter.number
    assert len(read_folder(folder).files) == encounter.images.count() > 0
    everything = b"".join(p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.suffix in (".csv", ".jsonl"))
    assert User.objects.get(username="mona").password.encode() not in everything

    elsewhere()
    case = run("load_case", folder)
    assert (case["already"], case["status"], len(case["claims"])) == (False, "signed", 1)


def test_no_table_points_to_one_that_is_left_out() -> None:
    exported = set(tables())
    for model in exported:
        for field in model._meta.local_concrete_fields:
            assert not field.is_relation or field.related_model in exported, field
    assert set(TABLES_LEFT_OUT) <= {str(m._meta.label_lower) for m in apps.get_models()}


def test_a_damaged_or_foreign_one_is_refused_before_anything_changes(
    media: Path, tmp_path: Path, elsewhere: Elsewhere
) -> None:
    f.drafted()
    run("export_all", tmp_path / "one.zip")
    whole = (tmp_path / "one.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        picture = max(archive.infolist(), key=lambda entry: entry.compress_size)
    flipped = bytearray(whole)
    flipped[picture.header_offset + picture.compress_size // 2] ^= 1
    loaded = elsewhere()
    before = rows()
    broken = tmp_path / "broken.zip"
    for data in (bytes(flipped), whole[: len(whole) // 2], whole[:-1], b"PK\3\4", b"", b"no ZIP"):
        broken.write_bytes(data)
        assert "no whole export of Ductus" in refused("load_export", broken)
    assert "no manifest.json" in refused("load_export", other(tmp_path, whole, without="manifest.json"))
    assert "not what its manifest names" in refused("load_export", other(tmp_path, whole, without="README.txt"))
    changed = other(tmp_path, whole, change="rows/documentation.patient.jsonl")
    assert "was changed" in refused("load_export", changed)
    assert (rows(), loaded.exists()) == (before, False)
    assert "There is no file" in refused("load_export", tmp_path / "absent.zip")
    f.organization()
    assert "not empty" in refused("load_export", tmp_path / "one.zip")


def other(folder: Path, whole: bytes, *, without: str = "", change: str = "") -> Path:
    """The same ZIP, sound as a ZIP, with an entry less or changed."""
    path = folder / "other.zip"
    with zipfile.ZipFile(io.BytesIO(whole)) as one, zipfile.ZipFile(path, "w") as two:
        for name in one.namelist():
            if name != without:
                data = one.read(name)
                two.writestr(name, data.replace(b'"', b"'", 1) if name == change else data)
    return path


def refused(*args: object) -> str:
    with pytest.raises(Refused) as told:
        run(*map(str, args))  # type: ignore[arg-type]
    return str(told.value)


def test_a_file_that_storage_lost_is_named_and_the_rest_is_there(media: Path, tmp_path: Path) -> None:
    picture = f.drafted().images.first()
    assert picture
    (media / picture.thumbnail.path).unlink()
    with pytest.raises(Refused, match="1 of the files are not in storage"):
        call_command("export_all", str(tmp_path / "one.zip"), stdout=io.StringIO())
    assert manifest_of(tmp_path / "one.zip")["files"]["absent"] == [picture.thumbnail.sha256]
    empty()
    assert "missing from storage" in refused("load_export", tmp_path / "one.zip")
    assert Encounter.objects.count() == 1


# --- The page --------------------------------------------------------------------------------------------------------


def administrator() -> Client:
    """Signed in, with the password just given again."""
    person, client = f.user(role="administrator"), Client()
    client.force_login(person)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
    return client


def test_an_administrator_asks_for_it_waits_fetches_it_and_removes_it(
    media: Path, tmp_path: Path, settings: Any
) -> None:
    settings.EXPORT_ROOT = tmp_path / "exports"
    f.drafted()
    client = administrator()
    key = client.get("/export/").context["once"]
    for _ in range(2):  # a double click
        assert client.post("/export/", {"why": "We move.", "once": key}).status_code == 302
    row = FullExport.objects.get()
    while not row.ended_at:
        assert client.post(f"/export/{row.pk}/go-on/").status_code == 302
        row.refresh_from_db()
    assert Job.objects.get().state == "done"
    answer = client.get(f"/export/{row.pk}/download/")
    data = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert len(data) == row.size
    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None
    assert list(AuditEvent.objects.filter(action__startswith="export.").values_list("action", flat=True)) == [
        "export.begin",
        "export.end",
        "export.download",
    ]
    assert full_exports.remove_old(at=row.ended_at) == 0
    client.post(f"/export/{row.pk}/remove/", {"once": client.get("/export/").context["once"]})
    assert lying(tmp_path / "exports") == {}
    assert client.get(f"/export/{row.pk}/download/").status_code == 404


def test_a_step_that_was_broken_off_is_no_half_export(
    media: Path, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EXPORT_ROOT = tmp_path / "exports"
    f.drafted()
    person = f.user(role="administrator")
    row = full_exports.begin("We move.", by=person, at=f.AT)
    monkeypatch.setattr("claims.services.exports.making.SECONDS", 0.0)
    for _ in range(3):
        jobs.step_by_hand(full_exports.JOB, row.pk, by=person, at=f.AT)
    draft = tmp_path / "exports" / f".draft-{row.pk}" / "export.zip"
    with draft.open("r+b") as stream:
        stream.truncate(draft.stat().st_size - 30)  # as the power left it
    while not row.ended_at:
        jobs.step_by_hand(full_exports.JOB, row.pk, by=person, at=f.AT)
        row.refresh_from_db()
    assert run("load_export", full_exports.path_of(row), "--check")["files"] == row.files > 0
    assert not draft.exists()
    assert full_exports.remove_old(at=row.ended_at + full_exports.KEPT * 2) == 1
    assert lying(tmp_path / "exports") == {}
