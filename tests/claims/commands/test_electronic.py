"""export_837 and import_acknowledgement as other programs call them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.core.management import call_command

from claims.models import AcknowledgementFile, Claim, Transmission
from documentation.management.base import Refused
from documentation.models import Patient
from tests import factories as f
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
    claim = ready()
    Patient.objects.filter(pk=claim.encounter.patient_id).update(last_name="Łukaszewicz")
    out = io.StringIO()
    call_command("export_837", str(claim), out=tmp_path / "out.837", stdout=out, at=AT)
    assert f"{claim}: 1 values leave otherwise" in out.getvalue() or f"{claim}: 2 values" in out.getvalue()
    assert "ukaszewicz" not in out.getvalue().lower()


def test_a_second_export_needs_a_reason(tmp_path: Path) -> None:
    claim = ready()
    run("export_837", claim, out=tmp_path / "one.837")
    assert "--again REASON" in refused("export_837", claim, out=tmp_path / "two.837")
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
        assert "larger than 50 MB" in refused("import_acknowledgement", large)
