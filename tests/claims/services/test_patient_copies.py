"""A patient has a right to their record: all of it in one ZIP, kept as it was given."""

from __future__ import annotations

import csv
import hashlib
import io
import time
import zipfile
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from claims.models import PatientCopy
from claims.services.patient_copies import FIRST, give
from documentation.kernel.machine import NotPermitted
from documentation.models import AuditEvent
from documentation.services import files, signing
from tests import factories as f

pytestmark = pytest.mark.django_db
ASKED = {"asked_on": f.TODAY, "asked_by": "patient", "given_to": "Alex Doe", "way": "hand", "request": "All of it."}


def test_all_that_they_may_have_is_in_it_and_its_first_page_says_what_is_not() -> None:
    packet = f.sealed_packet()
    f.submission(claim=packet.claim)
    encounter, patient = packet.claim.encounter, packet.claim.encounter.patient
    signing.add(encounter, "Seen again by phone.", by=encounter.clinician.user, at=f.AT)
    draft = f.planned_visit(person=patient)
    other = f.signed_encounter()
    biller = f.user()
    row = give(patient, ASKED, by=biller, at=f.AT, today=f.TODAY)

    data = files.read(row.file)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names[0] == FIRST
        assert sorted(names[1:]) == row.contents
        said = archive.read(FIRST).decode("utf-8-sig")
        for name in row.contents:
            assert f"{hashlib.sha256(archive.read(name)).hexdigest()}  {name}" in said
        assert archive.read(f"records/{encounter.number}.pdf").startswith(b"%PDF")
        assert archive.read(f"claims/{packet.claim.number}-{packet.number}.pdf") == files.read(packet.pdf)
        assert len([n for n in names if n.startswith("pictures/")]) == encounter.images.count() > 0
        sent = list(csv.DictReader(io.StringIO(archive.read("disclosures.csv").decode("utf-8-sig"))))
    assert [line["Number"] for line in sent] == [packet.claim.number]
    assert f"{draft.number} of" in said
    assert "not signed yet" in said
    assert other.number not in said, "nobody else's"
    event = AuditEvent.objects.latest("seq")
    assert (event.action, event.patient, event.by) == ("record.give", patient, biller)
    assert "Alex" not in event.detail


def test_what_is_missing_is_asked_and_who_may_not_gives_nothing() -> None:
    patient = f.patient()
    biller = f.user()
    for wrong in ({"asked_on": f.TODAY + timedelta(days=1)}, {"given_to": ""}, {"way": "pigeon"}):
        with pytest.raises(ValidationError):
            give(patient, ASKED | wrong, by=biller, at=f.AT, today=f.TODAY)
    with pytest.raises(NotPermitted):
        give(patient, ASKED, by=f.user(role="assistant"), at=f.AT, today=f.TODAY)
    assert not PatientCopy.objects.exists()


def test_it_is_given_on_the_page_and_fetched_after_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: f.AT)
    encounter = f.signed_encounter()
    biller, client = f.user(), Client()
    client.force_login(biller)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = str(biller.pk)
    session.save()
    url = f"/patients/{encounter.patient}/copies/"
    form = {"once": client.get(url).context["once"], **ASKED}
    for _ in range(2):  # a double click
        assert client.post(url, form).status_code == 302
    row = PatientCopy.objects.get()
    answer = client.get(f"/copies/{row.pk}/")
    assert answer.status_code == 200
    assert zipfile.ZipFile(io.BytesIO(answer.getvalue())).testzip() is None
    assert f"/copies/{row.pk}/" in client.get(url).content.decode()

    unsure = Client()
    unsure.force_login(biller)
    assert unsure.get(f"/copies/{row.pk}/").status_code == 302, "the password is asked again"
