"""Commands print one object per line, and refuse in one sentence."""

import io
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from claims.demo import SEED
from claims.models import Claim, Packet
from documentation.locks import drop_locks, install_locks
from documentation.management.base import Refused
from documentation.models import AuditEvent, Encounter, Organization, Signature, StoredFile, User

pytestmark = pytest.mark.django_db
AT = "2026-11-10"
Data = dict[str, Any]


def run(name: str, *args: Any, **options: Any) -> list[Data]:
    """What a command prints with --json."""
    out = io.StringIO()
    call_command(name, *map(str, args), json=True, stdout=out, **options)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def refusal(name: str, *args: Any, **options: Any) -> str:
    with pytest.raises(Refused) as caught:
        call_command(name, *map(str, args), stdout=io.StringIO(), **options)
    assert caught.value.returncode == 1
    sentence = str(caught.value)
    assert sentence
    assert "\n" not in sentence
    return sentence


@pytest.fixture
def seed(db: None) -> Data:
    """The reference case, loaded into an empty database."""
    (line,) = run("load_case", SEED, at=AT)
    return line


class TestLoadCase:
    def test_an_empty_database_becomes_the_demo_practice(self, seed: Data) -> None:
        assert Organization.objects.get().is_demo
        assert set(User.objects.values_list("role", flat=True)) == {
            "clinician",
            "assistant",
            "biller",
            "manager",
            "administrator",
        }

    def test_it_prints_what_became_of_the_case(self, seed: Data) -> None:
        assert list(seed) == ["case", "patient", "encounter", "status", "already", "report", "claims"]
        assert (seed["case"], seed["status"], seed["already"]) == ("seed", "signed", False)
        encounter = Encounter.objects.get()
        assert (seed["patient"], seed["encounter"]) == (encounter.patient.number, encounter.number)
        (claim,) = seed["claims"]
        assert {k: v for k, v in claim.items() if k != "report"} == {
            "number": Claim.objects.get().number,
            "kind": "dental",
            "sequence": 1,
            "status": "ready",
        }
        for rule in [*seed["report"], *claim["report"]]:
            assert list(rule) == ["rule", "severity", "passed", "cause", "field", "message"]
            assert rule["passed"] or rule["severity"] == "advice"

    def test_again_it_prints_the_same_and_writes_nothing(self, seed: Data) -> None:
        events = AuditEvent.objects.count()
        (again,) = run("load_case", SEED, at=AT)
        assert again == seed | {"already": True}
        assert AuditEvent.objects.count() == events

    def test_a_wrong_case_names_the_key_and_leaves_an_empty_database_empty(self, db: None, tmp_path: Path) -> None:
        shutil.copytree(SEED, tmp_path / "bad")
        path = tmp_path / "bad" / "case.json"
        path.write_text(
            path.read_text().replace('"gland": "submandibular", "side": "L", "segment"', '"gland": "x", "segment"')
        )
        assert "encounter.findings[0].gland" in refusal("load_case", tmp_path / "bad")
        assert not User.objects.exists()

    def test_one_bad_case_does_not_stop_the_others(self, db: None, tmp_path: Path) -> None:
        out = io.StringIO()
        with pytest.raises(Refused, match=r"nowhere: case\.json is missing"):
            call_command("load_case", str(tmp_path / "nowhere"), str(SEED), json=True, at=AT, stdout=out)
        assert json.loads(out.getvalue())["status"] == "signed"

    def test_a_look_alike_is_taken_in_with_advice(self, seed: Data, tmp_path: Path) -> None:
        shutil.copytree(SEED, tmp_path / "twin")
        path = tmp_path / "twin" / "case.json"
        data = json.loads(path.read_text()) | {"id": "twin"}
        data["patient"]["chart_number"] = "P-9"
        path.write_text(json.dumps(data))
        (line,) = run("load_case", tmp_path / "twin", at=AT)
        (advice,) = [r for r in line["report"] if not r["passed"]]
        assert (advice["severity"], advice["cause"]) == ("advice", "duplicate")
        assert seed["patient"] in advice["message"]

    def test_a_real_record_says_when_it_was_really_made(self, seed: Data) -> None:
        Organization.objects.update(is_demo=False)
        assert "--at" in refusal("load_case", SEED, at=AT)
        assert run("load_case", SEED, users=["clinician"])[0]["already"]

    def test_in_a_real_practice_a_signature_asks_for_the_password(self, seed: Data, tmp_path: Path) -> None:
        Organization.objects.update(is_demo=False)
        shutil.copytree(SEED, tmp_path / "new")
        path = tmp_path / "new" / "case.json"
        path.write_text(path.read_text().replace('"id": "seed"', '"id": "new"'))
        assert "name the person" in refusal("load_case", tmp_path / "new")
        assert "password" in refusal("load_case", tmp_path / "new", users=["clinician", "biller"])
        assert Encounter.objects.count() == 1


class TestChecks:
    def test_a_signed_record_and_its_claim(self, seed: Data) -> None:
        (record,) = run("check_encounter", seed["encounter"])
        assert (record["encounter"], record["status"]) == (seed["encounter"], "signed")
        number = seed["claims"][0]["number"]
        (claim,) = run("check_claim", number.lower())
        assert (claim["claim"], claim["status"]) == (number, "ready")
        assert {r["rule"] for r in claim["report"]} >= {"AUT-101", "COD-111"}

    @pytest.mark.parametrize("number", ["C888888", "C1", "E000001", "C999999999999", "1; DROP TABLE", "Ⅽ000001", ""])
    def test_a_claim_that_is_not_there(self, seed: Data, number: str) -> None:
        assert "C000001" in refusal("check_claim", number)


class TestPackets:
    @pytest.fixture
    def out(self, seed: Data, tmp_path: Path) -> Path:
        (self.line,) = run("build_packet", seed["claims"][0]["number"], out=tmp_path / "out")
        return tmp_path / "out"

    def test_it_writes_three_files_that_agree(self, out: Path) -> None:
        packet = Packet.objects.get()
        assert sorted(p.name for p in out.iterdir()) == ["manifest.json", "packet.pdf", "packet.zip"]
        assert list(self.line) == ["claim", "packet", "pages", "bytes", "sha256", "files"]
        assert self.line["claim"] == packet.claim.number
        assert (self.line["packet"], self.line["sha256"]) == (packet.number, packet.sha256)
        assert self.line["bytes"] == (out / "packet.zip").stat().st_size
        assert (out / "packet.pdf").read_bytes().startswith(b"%PDF-")
        with zipfile.ZipFile(out / "packet.zip") as archive:
            assert archive.read("manifest.json") == (out / "manifest.json").read_bytes()
            assert {f["name"] for f in self.line["files"]} <= set(archive.namelist())

    def test_the_packet_verifies_and_a_changed_one_does_not(self, out: Path) -> None:
        number = self.line["packet"]
        assert run("verify_packet", out / "packet.zip") == [{"packet": number, "match": True}]
        changed = out / "changed.zip"
        with zipfile.ZipFile(out / "packet.zip") as old, zipfile.ZipFile(changed, "w") as new:
            for name in old.namelist():
                new.writestr(name, b"other" if name.endswith(".pdf") else old.read(name))
        printed = io.StringIO()
        with pytest.raises(Refused, match=rf"{number}.*\.pdf"):
            call_command("verify_packet", str(changed), json=True, stdout=printed)
        assert json.loads(printed.getvalue()) == {"packet": number, "match": False}

    @pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"\0" * 70_000, b"PK\x03\x04" + b"\xff" * 500])
    def test_anything_else_is_no_packet(self, db: None, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "some.zip"
        path.write_bytes(content)
        assert "no packet" in refusal("verify_packet", path)

    def test_a_bomb_is_not_unpacked(self, db: None, tmp_path: Path) -> None:
        path = tmp_path / "bomb.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("manifest.json", b"[" * 200_000_000)
        assert "no packet" in refusal("verify_packet", path)

    def test_a_list_of_very_many_files_is_not_read(self, db: None, tmp_path: Path) -> None:
        path = tmp_path / "many.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for n in range(70_000):
                archive.writestr(f"{n}", b"")
        assert "no packet" in refusal("verify_packet", path)

    def test_no_file(self, db: None, tmp_path: Path) -> None:
        for path in (tmp_path / "nothing.zip", tmp_path, Path("/dev/zero")):
            assert "There is no file" in refusal("verify_packet", path)

    def test_a_folder_that_cannot_be_written_to_seals_nothing(self, seed: Data, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        assert "Nothing can be written" in refusal(
            "build_packet", seed["claims"][0]["number"], out=tmp_path / "file" / "out"
        )
        assert not Packet.objects.exists()


class TestVerifyAudit:
    def test_all_is_well(self, seed: Data) -> None:
        assert run("verify_audit") == [{"events": AuditEvent.objects.count(), "first_bad": None}]

    @pytest.fixture
    def _unlocked(self, seed: Data) -> Any:
        """As somebody who owns the database could do it."""
        drop_locks(connection)
        yield
        install_locks(connection)

    @pytest.mark.usefixtures("_unlocked")
    def test_a_changed_event_is_found(self) -> None:
        AuditEvent.objects.filter(seq=5).update(action="nothing.happened")
        printed = io.StringIO()
        with pytest.raises(Refused, match="event 5"):
            call_command("verify_audit", json=True, stdout=printed)
        assert json.loads(printed.getvalue())["first_bad"] == 5

    @pytest.mark.usefixtures("_unlocked")
    def test_a_changed_note_is_found(self, seed: Data) -> None:
        Signature.objects.update(content="{}")
        assert seed["encounter"] in refusal("verify_audit")

    def test_a_lost_file_is_found(self, seed: Data, settings: Any) -> None:
        file = StoredFile.objects.earliest("pk")
        path = Path(settings.MEDIA_ROOT) / file.path
        content = path.read_bytes()
        try:
            path.write_bytes(content[:-1] + b"\0")
            assert "changed in storage" in refusal("verify_audit")
            path.unlink()
            assert "missing" in refusal("verify_audit")
        finally:
            path.write_bytes(content)
