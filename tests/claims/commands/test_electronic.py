"""export_837 and import_acknowledgement as other programs call them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.core.management import call_command

from claims.models import AcknowledgementFile, Claim, RemittanceClaim, RemittanceFile, Transmission
from documentation.kernel.machine import Refused as MachineRefused
from documentation.management.base import Refused
from documentation.models import Patient
from tests import factories as f
from tests.claims import checks
from tests.claims.edi.structure import faults

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parents[1] / "edi" / "samples"
AT = "2026-11-06T11:00"


@pytest.fixture(autouse=True)
def _practice(db: None) -> None:
    f.organization()
    f.user(role="biller")


def run(name: str, *args: Any, **options: Any) -> list[dict[str, Any]]:
    out = io.StringIO()
    call_command(name, *map(str, args), json=True, stdout=out, at=AT, **options)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def refused(name: str, *args: Any, **options: Any) -> str:
    with pytest.raises(Refused) as caught:
        run(name, *args, **options)
    assert caught.value.returncode == 1
    return str(caught.value)


def names(folder: Path) -> list[str]:
    return [p.name for p in folder.iterdir()]


def ready() -> Claim:
    claim: Claim = f.sealed_packet().claim
    return claim


def test_export_prints_the_file_its_claims_and_its_numbers(tmp_path: Path) -> None:
    claims = [ready(), ready()]
    place = tmp_path / "out.837"
    (line,) = run("export_837", *claims, out=place)
    control = f"{Transmission.objects.get().interchange:09d}"
    assert line == {
        "file": str(place),
        "claims": [c.number for c in claims],
        "transaction": "837D",
        "control_number": control,
    }
    text = place.read_text()
    assert faults(text) == []
    assert text[90:99] == control
    assert names(tmp_path) == ["out.837"]


def test_what_is_refused_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    place = tmp_path / "out.837"
    place.write_text("kept")
    draft = f.claim_at()
    assert f"{draft}: It is not ready" in refused("export_837", ready(), draft, out=place)
    assert "There is no claim 'C999999'" in refused("export_837", "C999999", out=place)
    assert "is a folder" in refused("export_837", draft, out=tmp_path)
    assert "Nothing can be written" in refused("export_837", draft, out=tmp_path / "no" / "out.837")
    assert (place.read_text(), names(tmp_path)) == ("kept", ["out.837"])
    assert not Transmission.objects.exists()


def test_what_is_printed_names_no_patient(tmp_path: Path) -> None:
    claim = f.claim_at(preparation="ready")
    Patient.objects.filter(pk=claim.encounter.patient_id).update(last_name="Łukaszewicz")
    out = io.StringIO()
    call_command("export_837", str(claim), out=tmp_path / "out.837", stdout=out, at=AT)
    # The name and two more are cleaned; whether the practice is in the network is not known.
    assert f"{claim}: 4 values leave otherwise than recorded or were not known" in out.getvalue()
    assert "ukaszewicz" not in out.getvalue().lower()


def test_a_second_export_is_the_same_file_and_says_so(tmp_path: Path) -> None:
    claims = [ready(), ready()]
    (first,) = run("export_837", *claims, out=tmp_path / "one.837")
    (second,) = run("export_837", *reversed(claims), out=tmp_path / "two.837")
    assert (tmp_path / "two.837").read_bytes() == (tmp_path / "one.837").read_bytes()
    assert second["control_number"] == first["control_number"]
    assert (first.get("already"), second["already"], Transmission.objects.count()) == (None, True, 1)
    assert "stands already in the file" in refused("export_837", claims[0], out=tmp_path / "three.837")


def test_a_changed_claim_needs_a_reason_to_leave_in_another_file(tmp_path: Path) -> None:
    claim = f.claim_at(preparation="ready")
    run("export_837", claim, out=tmp_path / "one.837")
    Patient.objects.filter(pk=claim.encounter.patient_id).update(line1="9 Other Street")
    said = refused("export_837", claim, out=tmp_path / "two.837")
    assert "would be written otherwise" in said
    assert "--again REASON" in said
    assert names(tmp_path) == ["one.837"]
    (line,) = run("export_837", claim, out=tmp_path / "two.837", again="the first file was lost")
    assert line["claims"] == [claim.number]


def test_a_disk_that_fails_leaves_no_half_a_file(tmp_path: Path) -> None:
    place = tmp_path / "out.837"
    claim = ready()
    full = OSError(28, "No space left on device")
    with mock.patch("claims.management.commands.export_837._fill", side_effect=full):
        assert "No space left" in refused("export_837", claim, out=place)
    assert (names(tmp_path), Transmission.objects.count()) == ([], 0)
    (line,) = run("export_837", claim, out=place)  # and nothing stands in the way of the next one
    assert line["control_number"] == f"{Transmission.objects.first().interchange:09d}"  # type: ignore[union-attr]


def test_an_acknowledgement_tells_what_became_of_each_claim(tmp_path: Path) -> None:
    claim = ready()
    run("export_837", claim, out=tmp_path / "out.837")
    text = (SAMPLES / "worked.277CA").read_text().replace("TRN*2*C000101", f"TRN*2*{claim}")
    answer = tmp_path / "a.277"
    answer.write_text(text)
    (line,) = run("import_acknowledgement", answer)
    assert line == {"file": "a.277", "kind": "277CA", "accepted": [claim.number], "rejected": [], "findings": []}
    assert run("import_acknowledgement", answer) == [line]
    assert AcknowledgementFile.objects.count() == 1


def test_a_file_that_is_none_is_refused_and_stops_no_other(tmp_path: Path) -> None:
    bad = tmp_path / "bad.999"
    bad.write_bytes(b"\x89PNG")
    out = io.StringIO()
    files = [bad, tmp_path / "missing.999", SAMPLES / "worked.277CA"]
    with pytest.raises(Refused) as caught:
        call_command("import_acknowledgement", *map(str, files), json=True, stdout=out, at=AT)
    assert "bad.999: This file holds no acknowledgement" in str(caught.value)
    assert "missing.999: the file cannot be read" in str(caught.value)
    (line,) = map(json.loads, out.getvalue().splitlines())
    assert line["findings"][0]["segment"] == 24


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    large = tmp_path / "large.277"
    with large.open("wb") as stream:
        stream.truncate(60 * 1024 * 1024)
    with mock.patch.object(Path, "read_bytes", side_effect=AssertionError("it was read")):
        assert "large.277: This file is larger than 50 MB" in refused("import_acknowledgement", large)


def mixed(claim: Claim) -> bytes:
    """One file with a 277CA on a claim and a check that pays it."""
    status = (SAMPLES / "worked.277CA").read_text().replace("TRN*2*C000101", f"TRN*2*{claim}")
    return status.encode() + checks.file(checks.check(checks.answer(claim)))


def test_a_file_with_a_check_and_an_acknowledgement_goes_to_both_readers(tmp_path: Path) -> None:
    claims = [ready(), ready()]
    run("export_837", *claims, out=tmp_path / "out.837")
    for claim, name in zip(claims, ("import_acknowledgement", "import_remittance"), strict=True):
        both = tmp_path / f"{name}.x12"
        both.write_bytes(mixed(claim).replace(b"*T1*", f"*{name}*".encode()))
        told = run(name, both)
        answers = next(line for line in told if "accepted" in line)
        paid = next(line for line in told if "checks" in line)
        assert told == ([answers, paid] if name == "import_acknowledgement" else [paid, answers])
        assert answers["accepted"] == [claim.number]
        assert [(c["matched"], c["already"]) for c in paid["checks"]] == [(1, False)]
        claim.refresh_from_db()
        assert claim.transport == "accepted"
        assert RemittanceClaim.objects.filter(claim=claim).count() == 1
        again = next(line for line in run(name, both) if "checks" in line)
        assert [c["already"] for c in again["checks"]] == [True]


def test_a_file_with_a_ta1_beside_a_check_keeps_both(tmp_path: Path) -> None:
    claim = ready()
    (line,) = run("export_837", claim, out=tmp_path / "out.837")
    number = line["control_number"]
    check = checks.file(checks.check(checks.answer(claim))).decode()
    both = tmp_path / "both.835"
    both.write_text(check.replace("GS*HP", f"TA1*{number}*261106*0930*A*000~GS*HP", 1))
    paid, answers = run("import_remittance", both)
    assert (len(paid["checks"]), answers["kind"]) == (1, "TA1")
    assert claim.transmitted.get().acknowledgements.get().kind == "TA1"


def test_an_acknowledgement_is_no_remittance_and_its_command_is_named() -> None:
    assert "Use import_acknowledgement" in refused("import_remittance", SAMPLES / "worked.277CA")
    assert "holds no acknowledgement" in refused("import_acknowledgement", SAMPLES / "denied_for_images.835")
    assert not AcknowledgementFile.objects.exists()
    assert not RemittanceFile.objects.exists()


def test_a_file_of_which_one_part_is_refused_is_taken_in_by_none(tmp_path: Path) -> None:
    claim = ready()
    run("export_837", claim, out=tmp_path / "out.837")
    both = tmp_path / "both.x12"
    both.write_bytes(mixed(claim))
    full = mock.patch("claims.services.payer_files.import_file", side_effect=MachineRefused("It is too large."))
    with full:
        assert "It is too large." in refused("import_remittance", both)
    assert not AcknowledgementFile.objects.exists()
    claim.refresh_from_db()
    assert claim.transport == "none"
