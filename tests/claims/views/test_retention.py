"""The pages of keeping: periods with who verified them, holds, patients whose records reached their end."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date, timedelta
from typing import Any
from unittest import mock

from django.urls import reverse

from claims.services.exports import contents
from claims.services.patient_copies import FIRST, give
from documentation.models import AmendmentRequest, AuditEvent, KeptLonger, LegalHold, RetentionPeriod
from documentation.services import files, merges
from documentation.services.retention import place_hold
from tests import factories as f

ASKED = {"reason": "Malpractice claim 26-1182", "asked_by": "Our insurer", "from_on": f"{f.TODAY}"}
READ = {
    "name": "State law on dental records", "years": "7", "start": "visit", "whom": "everybody",
    "source": "Dental Practice Act, section 7", "verified_on": f"{f.TODAY}", "is_used": "on", "seen": "0",
}  # fmt: skip


def said(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_the_page_says_how_long_why_and_that_nobody_here_verified_it(person: Any) -> None:
    page = said(person("administrator").get(reverse("retention")))
    assert "State law on dental records" in page
    assert "10 years from the last visit" in page
    assert "not by you yet" in page
    assert "13 periods nobody here verified" in page
    assert "Ductus destroys no signed, sealed or posted record by itself" in page
    assert "The audit trail" in page
    assert "image.forget" in page


def test_a_period_is_written_down_with_its_source_and_counts(person: Any) -> None:
    f.organization()
    manager, url = person("manager"), reverse("retention_period", args=["record.state"])
    assert "State law on dental records" in said(manager.get(url))
    refused = manager.post(url, READ | {"verified_on": ""})
    assert refused.status_code == 422
    assert "shorter than 10 years" in said(refused)
    assert manager.post(url, READ).status_code == 302
    page = said(manager.get(reverse("retention")))
    assert "7 years from the last visit" in page
    assert "12 periods nobody here verified" in page
    fewer = manager.post(
        url, READ | {"whom": "medicaid", "verified_on": "", "seen": f"{RetentionPeriod.objects.get().pk}"}
    )
    assert fewer.status_code == 422
    assert "It leaves out some of those it counted for (Every patient)" in said(fewer)
    stale = manager.post(url, READ | {"years": "8"})
    assert stale.status_code == 409
    assert RetentionPeriod.objects.count() == 1


def test_a_practice_adds_a_period_of_its_own_and_sets_the_age_of_majority(person: Any) -> None:
    f.organization()
    manager = person("manager")
    own = READ | {"kind": "claims", "name": "Franchise contract", "start": "claim", "years": "12"}
    assert manager.post(reverse("retention_period_add"), own).status_code == 302
    assert RetentionPeriod.objects.get().key == "own.1"
    assert manager.get(reverse("retention_period", args=["own.1"])).status_code == 200
    age = {"name": "Age of majority", "years": "21", "source": "Mississippi", "verified_on": "", "seen": "0"}
    assert manager.post(reverse("retention_period", args=["majority.age"]), age).status_code == 302
    assert RetentionPeriod.objects.get(key="majority.age").years == 21
    assert manager.get(reverse("retention_period", args=["nothing"])).status_code == 404


def test_the_patients_page_says_until_when_and_which_period_decided(person: Any) -> None:
    patient = f.signed_encounter().patient
    page = said(person("assistant").get(reverse("patient", args=[patient.pk])))
    assert "Kept until" in page
    assert "Nov 5, 2036" in page
    assert "10 years from the last visit (November 5, 2026)" in page
    assert "It was not verified by you yet." in page
    assert "Put on legal hold" not in page


def test_a_hold_is_placed_shown_to_everybody_listed_and_released(person: Any) -> None:
    patient = f.signed_encounter().patient
    manager, biller = person("manager"), person("biller")
    url = reverse("patient", args=[patient.pk])
    assert manager.post(reverse("patient_hold", args=[patient.pk]), ASKED | {"reason": ""}).status_code == 422
    assert manager.post(reverse("patient_hold", args=[patient.pk]), ASKED).status_code == 302
    page = said(biller.get(url))
    assert "On legal hold since Nov 6, 2026." in page
    assert "Malpractice claim 26-1182" in page
    assert "Release the hold" not in page
    hold = LegalHold.objects.get()
    assert "On hold" in said(manager.get(reverse("legal_hold_list")))
    release = reverse("legal_hold_release", args=[hold.pk])
    assert "Our insurer" in said(manager.get(release))
    assert manager.post(release, {"reason": "Settled."}).status_code == 302
    page = said(biller.get(url))
    assert "On legal hold since" not in page
    assert "1 legal hold released" in page
    listed = said(manager.get(reverse("legal_hold_list")))
    assert "Released" in listed
    assert "Settled." in listed


def test_the_list_of_those_who_reached_their_end_can_be_taken_along_and_each_be_kept_longer(person: Any) -> None:
    manager, patient = person("manager"), f.signed_encounter().patient
    assert "Nothing has reached its end" in said(manager.get(reverse("retention_ended")))
    later = f.AT.replace(year=2037)
    with mock.patch("django.utils.timezone.now", return_value=later):
        manager = person("manager")
        page = said(manager.get(reverse("retention_ended")))
        assert patient.number in page
        assert "Ductus destroys none of these records" in page
        table = manager.get(reverse("retention_ended_table", args=["csv"]))
        (row,) = csv.DictReader(io.StringIO(b"".join(table.streaming_content).decode("utf-8-sig")))
        assert (row["Patient"], row["Kept until"]) == (patient.number, "2036-11-05")
        assert "10 years from the last visit" in row["Why"]
        url = reverse("patient_keep_longer", args=[patient.pk])
        assert manager.post(url, {"until": "2037-01-01", "reason": "Treated elsewhere."}).status_code == 422
        assert manager.post(url, {"until": "2040-01-01", "reason": "Treated elsewhere."}).status_code == 302
        assert KeptLonger.objects.get().until == date(2040, 1, 1)
        assert patient.number not in said(manager.get(reverse("retention_ended")))
        assert "By decision of the practice." in said(manager.get(reverse("patient", args=[patient.pk])))
    assert AuditEvent.objects.filter(action="retention.download").count() == 1


def test_every_page_of_one_patient_is_a_look_at_the_patient(person: Any) -> None:
    manager, patient = person("manager"), f.patient()
    row = place_hold(patient, ASKED | {"from_on": f.TODAY}, by=manager.user, at=f.AT, today=f.TODAY)
    for name, key in (
        ("patient_hold", patient.pk),
        ("patient_keep_longer", patient.pk),
        ("legal_hold_release", row.pk),
    ):
        before = AuditEvent.objects.filter(action="patient.view", patient=patient, by=manager.user).count()
        assert manager.get(reverse(name, args=[key])).status_code == 200
        after = AuditEvent.objects.filter(action="patient.view", patient=patient, by=manager.user).count()
        assert after == before + 1, name


def test_pages_of_a_registration_that_was_merged_lead_on_and_what_is_sent_there_is_refused(person: Any) -> None:
    manager, kept, gone = person("manager"), f.patient(), f.patient()
    merges.merge(kept, gone, seen=(kept.revision, gone.revision), by=manager.user, at=f.AT, today=f.TODAY)
    longer = {"until": "2060-01-01", "reason": "Treated elsewhere."}
    asked = {"received_on": f"{f.TODAY}", "way": "hand", "about": "person", "wanted": "The name.", "words": ""}
    for name, values in (("patient_hold", ASKED), ("patient_keep_longer", longer), ("amendment_new", asked)):
        url = reverse(name, args=[gone.pk])
        assert manager.get(url)["Location"] == reverse(name, args=[kept.pk])
        refused = manager.post(url, values)
        assert refused.status_code == 409
        assert f"Open {kept.number} and do it there." in said(refused)
    for model in (LegalHold, KeptLonger, AmendmentRequest):
        assert not model.objects.exists()


def test_the_copy_of_a_record_says_how_long_it_is_kept_and_that_it_is_on_hold_but_not_why(person: Any) -> None:
    patient = f.signed_encounter().patient
    by = person("manager").user
    asked = {"reason": "Malpractice claim 26-1182", "asked_by": "Our insurer", "from_on": f.TODAY}
    place_hold(patient, asked, by=by, at=f.AT, today=f.TODAY)
    wish = {"asked_on": f.TODAY, "asked_by": "patient", "given_to": "Alex Doe", "way": "hand", "request": "All."}
    row = give(patient, wish, by=by, at=f.AT, today=f.TODAY)
    with zipfile.ZipFile(io.BytesIO(files.read(row.file))) as archive:
        first = archive.read(FIRST).decode("utf-8-sig")
        known = json.loads(archive.read("patient.json"))
    assert "keeps your records until 11/05/2036 at least. Clinical record and images" in first
    assert "on legal hold since 11/06/2026" in first
    assert known["kept"]["until"] == "2036-11-05"
    assert known["kept"]["legal_holds"] == [{"from": "2026-11-06", "released": None}]
    assert "Malpractice" not in first + json.dumps(known)


def test_the_export_of_everything_names_the_periods_and_who_is_on_hold(person: Any) -> None:
    patient = f.patient()
    asked = {"reason": "A claim.", "asked_by": "Our insurer", "from_on": f.TODAY - timedelta(days=1)}
    place_hold(patient, asked, by=person("manager").user, at=f.AT, today=f.TODAY)
    kept = contents.retention()
    assert kept["on_hold"] == [patient.number]
    assert {"kept": "10 years from the last visit", "verified_on": None}.items() <= kept["periods"][0].items()
    names = [model._meta.label_lower for model in contents.tables()]
    assert {"documentation.legalhold", "documentation.retentionperiod", "documentation.keptlonger"} <= set(names)
