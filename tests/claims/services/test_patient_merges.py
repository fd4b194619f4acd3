"""What becomes of plans, claims and packets where two patients are made one, and where they become two again."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command

from claims.models import Claim, Coverage, EligibilityCheck, Packet, PatientCopy, PlanOrder
from claims.queries.plans import out_of_place
from claims.queries.trail import Asked, events
from claims.services.coverage import save_authorization, save_coverage
from claims.services.integrity import damages
from claims.services.patient_copies import FIRST, give
from claims.services.preparation import start_claim
from documentation.kernel.machine import NotPossible
from documentation.kernel.permissions import Role
from documentation.locks import all_locks
from documentation.models import AuditEvent, Merge, Patient
from documentation.queries.doubles import doubles_list, doubles_of
from documentation.services import files, merges
from documentation.services.audit import first_break
from tests import factories as f

pytestmark = pytest.mark.django_db
LATER, LATEST = f.AT + timedelta(hours=1), f.AT + timedelta(hours=2)


def merge(kept: Patient, gone: Patient) -> Merge:
    seen = kept.revision, gone.revision
    return merges.merge(kept, gone, seen=seen, by=f.user(role=Role.MANAGER), at=LATER, today=f.TODAY)


def take_back(row: Merge) -> Merge:
    return merges.take_back(Merge.objects.get(pk=row.pk), by=f.user(role=Role.MANAGER), at=LATEST)


def everything() -> dict[str, list[dict[str, Any]]]:
    """The rows of every table but what a merge itself leaves."""
    besides = {"merge", "figurescheck", "movedrow", "auditevent", "patientword", "user"}
    labels = ("claims", "documentation")
    models = [
        m for label in labels for m in apps.get_app_config(label).get_models() if m._meta.model_name not in besides
    ]
    found = {}
    for model in models:
        rows = list(model._base_manager.order_by("pk").values())
        found[model._meta.label] = [{**r, "revision": 0} if model is Patient else r for r in rows]
    return found


def summaries_agree() -> bool:
    out = StringIO()
    try:
        call_command("rebuild_summaries", "--check", stdout=out, stderr=out)
    except SystemExit as end:
        return not end.code
    return True


def priorities(patient: Patient) -> list[tuple[str, int]]:
    rows = Coverage.objects.filter(patient=patient, is_active=True).order_by("priority")
    return [(row.member_id, row.priority) for row in rows]


def test_the_same_plan_proposes_two_people_of_nearly_the_same_first_name_and_no_family() -> None:
    payer = f.payer()
    one = f.patient(first_name="Alexander", last_name="Doe", phone="")
    other = f.patient(first_name="Alex", last_name="Rivera", phone="", birth_date=date(1990, 1, 1))
    child = f.patient(first_name="Beatrice", last_name="Doe", phone="", birth_date=date(2015, 1, 1))
    for person in (one, other, child):
        f.coverage(person=person, with_payer=payer, member_id="M1")
    (found,) = doubles_list().doubles
    assert (found.first, found.second, found.why) == (one, other, ("the same member ID at the same payer",))
    assert doubles_of(child) == []


def test_a_sent_claim_goes_over_as_it_is_and_all_is_whole_before_and_after() -> None:
    packet = f.sealed_packet()
    f.submission(claim=packet.claim)
    gone, kept = packet.claim.encounter.patient, f.patient()
    f.coverage(person=kept, member_id="OTHER")
    sealed = Packet.objects.filter(pk=packet.pk).values().get()
    assert summaries_agree()
    assert list(damages()) == []
    before = everything()

    row = merge(kept, gone)
    assert Packet.objects.filter(pk=packet.pk).values().get() == sealed
    claim = Claim.objects.get(pk=packet.claim.pk)
    assert claim.encounter.patient == claim.coverage.patient == kept
    assert summaries_agree()
    assert list(damages()) == []
    locked = {lock.table for lock in all_locks() if lock.event == "UPDATE" and lock.when == "1 = 1"}
    now = everything()
    for model in apps.get_models():
        if model._meta.db_table in locked and model._meta.label in before:
            assert now[model._meta.label] == before[model._meta.label], model._meta.label

    take_back(row)
    assert everything() == before
    assert summaries_agree()
    assert list(damages()) == []
    assert first_break() is None


def test_a_packet_is_sealed_after_a_merge_and_holds() -> None:
    gone, kept = f.patient(), f.patient()
    claim = f.claim_at(preparation="ready", encounter=f.signed_encounter(person=gone))
    merge(kept, gone)
    packet = f.sealed_packet(claim=Claim.objects.get(pk=claim.pk))
    assert list(damages()) == []
    assert gone.chart_number in packet.facts
    assert kept.chart_number not in packet.facts


def test_plans_whose_places_are_taken_come_behind_and_it_is_said() -> None:
    kept, gone = f.patient(), f.patient()
    f.coverage(person=kept, member_id="K1", priority=1), f.coverage(person=kept, member_id="K2", priority=2)
    for member, place in (("G1", 1), ("G2", 2), ("G5", 5)):
        f.coverage(person=gone, member_id=member, priority=place)
    said = [sentence for part in merges.PARTS for sentence in part.said(kept, gone)]
    row = merge(kept, gone)
    assert priorities(kept) == [("K1", 1), ("K2", 2), ("G1", 3), ("G2", 4), ("G5", 5)]
    assert [s.partition(" pays in ")[2].partition(",")[0] for s in said] == ["place 3 then", "place 4 then"]
    take_back(row)
    assert priorities(gone) == [("G1", 1), ("G2", 2), ("G5", 5)]


def test_more_plans_than_places_are_refused_before_anything_changes() -> None:
    kept, gone = f.patient(), f.patient()
    for n in range(1, 6):
        f.coverage(person=kept, member_id=f"K{n}", priority=n), f.coverage(person=gone, member_id=f"G{n}", priority=n)
    before = everything()
    with pytest.raises(NotPossible, match="more than 9 plans together"):
        merge(kept, gone)
    assert everything() == before


def test_the_very_same_plan_is_listed_once_and_takes_over_what_hangs_on_the_other() -> None:
    gone, kept = f.patient(), f.patient()
    claim = f.claim_at(preparation="ready", encounter=f.signed_encounter(person=gone))
    theirs = Coverage.objects.get(patient=gone)
    mine = f.coverage(person=kept)
    before = everything()
    row = merge(kept, gone)
    theirs.refresh_from_db()
    assert (theirs.patient, theirs.is_active) == (kept, False)
    assert Claim.objects.get(pk=claim.pk).coverage == mine
    assert EligibilityCheck.objects.filter(coverage=mine).count() == 2
    assert out_of_place(kept) == []
    assert summaries_agree()
    take_back(row)
    assert everything() == before


def test_an_order_that_was_confirmed_stays_with_the_registration_that_it_was_of() -> None:
    kept, gone = f.patient(), f.patient()
    by = f.user()
    order = PlanOrder.objects.create(patient=gone, order=[1], facts_sha256="0" * 64, confirmed_at=f.AT, confirmed_by=by)
    merge(kept, gone)
    assert PlanOrder.objects.get(pk=order.pk).patient == gone


def test_what_was_given_and_seen_is_shown_at_the_one_who_stays() -> None:
    gone, kept = f.patient(), f.patient()
    f.signed_encounter(person=gone)
    asked = {"asked_on": f.TODAY, "asked_by": "patient", "given_to": "Alex Doe", "way": "hand", "request": "All."}
    given = give(gone, asked, by=f.user(), at=f.AT, today=f.TODAY)
    merge(kept, gone)
    assert list(kept.copies.all()) == [PatientCopy.objects.get(pk=given.pk)]
    seen = set(events(Asked(), UTC, kept).values_list("action", "patient"))
    assert ("encounter.sign", gone.pk) in seen
    assert ("patient.merge", kept.pk) in seen
    again = give(kept, asked, by=f.user(), at=LATEST, today=f.TODAY)
    with zipfile.ZipFile(io.BytesIO(files.read(again.file))) as archive:
        first = archive.read(FIRST).decode("utf-8-sig")
        assert [n for n in archive.namelist() if n.startswith("records/")]
    assert f"Also registered as {gone.full_name}, chart {gone.chart_number}" in first
    with pytest.raises(NotPossible, match="was merged into"):
        give(gone, asked, by=f.user(), at=LATEST, today=f.TODAY)
    with pytest.raises(NotPossible, match="was merged into"):
        f.coverage(person=gone)


def test_what_was_made_of_both_as_one_keeps_them_together() -> None:
    gone, kept = f.patient(), f.patient()
    f.coverage(person=gone)
    visit = f.signed_encounter(person=gone)
    row = merge(kept, gone)
    plan = Coverage.objects.get(patient=kept)
    start_claim(type(visit).objects.get(pk=visit.pk), plan, by=f.user(), at=LATEST, fee=Decimal("850.00"))
    save_coverage(Patient.objects.get(pk=kept.pk), plan, {"group_number": "G"}, by=f.user(), at=LATEST)
    assert merges.objections(row) == [
        "A claim was made since, of both as one person.",
        f"A plan that came from {gone.number} was changed since.",
    ]
    with pytest.raises(NotPossible):
        take_back(row)
    assert AuditEvent.objects.filter(action="patient.merge_undo").count() == 0


def test_an_authorization_that_was_asked_for_since_keeps_them_together() -> None:
    gone, kept = f.patient(), f.patient()
    plan = f.coverage(person=kept)
    asked = {"kind": "prior_authorization", "status": "requested", "codes": ["D0371"]}
    save_authorization(plan, None, asked, by=f.user(), at=f.AT)
    row = merge(kept, gone)
    assert merges.objections(row) == [], "it was there before"
    save_authorization(plan, None, asked, by=f.user(), at=LATEST)
    assert merges.objections(row) == ["An authorization was made since, of both as one person."]
    with pytest.raises(NotPossible, match="An authorization was made since"):
        take_back(row)


def test_every_table_that_points_at_patients_is_led_over_or_stays_for_a_reason() -> None:
    """Whoever adds one decides: rows that may not change stay at the registration that they were written of."""
    assert {m._meta.label for m, _ in merges.moving()} == {
        "documentation.Encounter", "claims.Coverage", "claims.PatientCopy",
        "documentation.AmendmentRequest", "documentation.LegalHold", "documentation.KeptLonger",
    }  # fmt: skip
    fixed = {lock.table for lock in all_locks() if lock.event == "UPDATE" and lock.when == "1 = 1"}
    assert PlanOrder._meta.db_table in fixed
