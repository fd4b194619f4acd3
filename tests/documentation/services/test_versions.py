"""An unlock is a new version: everything goes on, the old one stays, and one version counts at every moment."""

import threading
from dataclasses import replace
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction

from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Role
from documentation.locks import all_locks
from documentation.models import AuditEvent, Encounter, EncounterImage, Finding, Intervention, Patient
from documentation.queries.encounters import facts_of, with_record
from documentation.queries.last_visit import last_visit
from documentation.queries.versions import one_a_visit, versions_of
from documentation.services import encounters, images, patients, signing, versions
from tests import factories as f
from tests.architecture.test_locked_rows import signed_with_everything

pytestmark = pytest.mark.django_db

REASON = "The side was wrong."


def unlocked(encounter: Encounter, **more: Any) -> Encounter:
    return versions.unlock(encounter, REASON, by=encounter.clinician.user, at=f.AT, **more)


def signed_again(version: Encounter) -> Encounter:
    signing.sign(version, by=version.clinician.user, at=f.AT)
    return Encounter.objects.get(pk=version.pk)


def read(encounter: Encounter) -> Any:
    return facts_of(with_record().get(pk=encounter.pk))


def everything() -> dict[str, list[dict[str, Any]]]:
    """All rows of the clinical record, the audit trail included."""
    models = apps.get_app_config("documentation").get_models()
    return {m.__name__: list(m._default_manager.order_by("pk").values()) for m in models}


# --- What goes on -------------------------------------------------------------------------------------------------


def test_the_new_version_says_what_was_signed_and_why_it_was_opened() -> None:
    encounter = signed_with_everything()
    version = unlocked(encounter)
    assert (version.status, version.version, version.previous, version.visit_key) == (
        "draft",
        2,
        encounter,
        encounter.pk,
    )
    old, new = read(encounter), read(version)
    its_own = {
        "number": version.number, "version": 2, "status": "draft", "unlock_reason": REASON, "signature": None,
        "addenda": (replace(old.addenda[0], version=1),), "denied": (replace(old.denied[0], version=1),),
    }  # fmt: skip
    assert new == replace(old, **its_own)


def test_every_table_of_the_record_is_carried_over() -> None:
    """Derived from the locks: a table that joins the record later is carried over, or named here."""
    encounter = signed_with_everything()
    version = unlocked(encounter)
    of_their_own = {"encounter", "signature", "addendum", "auditevent", "storedfile"}
    of_their_own |= {"amendmentrequest", "amendmentstep", "amendmenttime"}
    of_their_own |= {"merge", "movedrow", "notsame", "legalhold", "keptlonger", "retentionperiod"}
    tables = {lock.table.removeprefix("documentation_") for lock in all_locks() if lock.table.startswith("doc")}
    assert {m._meta.model_name for m in versions.parts()} == tables - of_their_own
    counted = {
        m.__name__: [m._default_manager.filter(encounter=e).count() for e in (encounter, version)]
        for m in versions.parts()
    }
    assert all(old == new > 0 for old, new in counted.values()), counted


def test_links_lead_to_the_new_rows_and_files_are_shared() -> None:
    encounter = signed_with_everything()
    version = unlocked(encounter)
    for model in (Intervention, EncounterImage):
        linked = model.objects.filter(encounter=version, finding__isnull=False)
        assert linked.exists()
        assert {row.finding.encounter_id for row in linked} == {version.pk}
        assert [r.finding.key for r in linked] == [
            r.finding.key for r in model.objects.filter(encounter=encounter, finding__isnull=False)
        ]
    files = ("original", "clean_copy", "screen", "thumbnail", "uploaded_at", "uploaded_by")
    assert list(version.images.values(*files)) == list(encounter.images.values(*files))


def test_the_new_version_takes_the_demographics_of_today_and_the_old_one_keeps_its_own() -> None:
    encounter = f.signed_encounter()
    by = encounter.clinician.user
    patients.correct(encounter.patient, {"last_name": "Roe"}, by=by, at=f.AT, today=f.TODAY, seen=1)
    version = unlocked(encounter)
    assert (read(encounter).patient.last_name, read(version).patient.last_name) == ("Doe", "Roe")


def test_changing_the_new_version_leaves_the_old_one_as_it_was() -> None:
    encounter = signed_with_everything()
    before, by = read(encounter), encounter.clinician.user
    version = unlocked(encounter)
    encounters.save_section(version, "justification", {"pain": 1}, {}, by=by, at=f.AT)
    encounters.save_section(version, "findings", {}, {"findings": [], "interventions": []}, by=by, at=f.AT)
    images.remove(version.images.first(), by=by, at=f.AT)
    assert read(encounter) == before
    assert not Finding.objects.filter(encounter=version).exists()


# --- One version counts -------------------------------------------------------------------------------------------


def test_the_signed_version_counts_until_the_new_one_is_signed() -> None:
    first = f.signed_encounter()
    second = unlocked(first)
    first.refresh_from_db()
    seen = versions_of(first)
    assert (first.status, seen.in_force, seen.correction, seen.after) == ("signed", first, second, second)
    second = signed_again(second)
    first.refresh_from_db()
    seen = versions_of(first)
    assert (first.status, second.status) == ("superseded", "signed")
    assert (seen.in_force, seen.correction, seen.after) == (second, None, second)
    assert versions_of(second).before == first
    actions = (
        AuditEvent.objects.filter(action__startswith="encounter.").order_by("seq").values_list("action", flat=True)
    )
    assert list(actions)[-4:] == ["encounter.unlock", "encounter.start", "encounter.sign", "encounter.supersede"]


def test_a_third_version_follows_the_second_and_knows_the_first() -> None:
    first = f.signed_encounter()
    second = signed_again(unlocked(first))
    third = signed_again(unlocked(second))
    assert (third.version, third.previous, third.visit_key) == (3, second, first.pk)
    assert [v.pk for v in versions_of(first).rows] == [first.pk, second.pk, third.pk]
    assert versions_of(first).in_force == third


def test_a_replaced_version_keeps_its_signature_and_addenda_and_the_new_one_shows_them() -> None:
    first = f.signed_encounter()
    signing.add(first, "The patient called.", by=first.clinician.user, at=f.AT)
    signed = read(first)
    second = signed_again(unlocked(first))
    signing.add(second, "Free of pain.", by=first.clinician.user, at=f.AT)
    assert read(first) == replace(signed, status="superseded")
    assert [(a.text, a.version) for a in read(second).addenda] == [("The patient called.", 1), ("Free of pain.", 0)]


def test_nothing_is_added_to_a_replaced_version() -> None:
    first = f.signed_encounter()
    second = signed_again(unlocked(first))
    with pytest.raises(NotPossible, match=f"Version 2, {second}, has replaced this record"):
        signing.add(first, "Late.", by=first.clinician.user, at=f.AT)


def test_no_path_takes_a_signed_record_out_of_force_without_one_that_replaces_it() -> None:
    first = f.signed_encounter()
    version = unlocked(first)
    rows = Encounter.objects.filter(pk=first.pk)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(status="superseded")
    signed_again(version)
    assert rows.get().status == "superseded"


def test_lists_show_one_version_of_each_visit_and_the_correction_beside_it() -> None:
    first = f.signed_encounter()
    second = unlocked(first)

    def shown() -> list[int]:
        return list(one_a_visit(Encounter.objects.order_by("pk")).values_list("pk", flat=True))

    assert shown() == [first.pk, second.pk]
    versions.abandon(second, by=first.clinician.user, at=f.AT)
    assert shown() == [first.pk]
    versions.resume(second, by=first.clinician.user, at=f.AT)
    signed_again(second)
    assert shown() == [second.pk]


def test_the_version_that_is_corrected_is_not_the_last_visit() -> None:
    treating, person = f.clinician(), f.patient()
    earlier = f.signed_encounter(treating=treating, person=person)
    first = f.signed_encounter(treating=treating, person=person)
    second = unlocked(first)
    assert last_visit(second).number == earlier.number
    second = signed_again(second)
    later = f.planned_visit(treating=treating, person=person, service_date=f.SERVICE_DATE.replace(day=20))
    assert last_visit(later).number == second.number


# --- Giving it up -------------------------------------------------------------------------------------------------


def test_an_abandoned_version_leaves_the_signed_one_in_force_and_can_be_taken_up_again() -> None:
    first = f.signed_encounter()
    by = first.clinician.user
    second = unlocked(first)
    encounters.save_section(second, "justification", {"pain": 1}, {}, by=by, at=f.AT)
    versions.abandon(second, by=by, at=f.AT)
    assert (second.status, versions_of(first).in_force, versions_of(first).correction) == ("cancelled", first, None)
    versions.resume(second, by=by, at=f.AT)
    assert (read(second).justification.pain, second.status) == (1, "draft")
    assert signed_again(second).status == "signed"


def test_after_an_abandoned_version_the_record_is_unlocked_anew_with_the_same_number() -> None:
    first = f.signed_encounter()
    by = first.clinician.user
    abandoned = versions.abandon(unlocked(first), by=by, at=f.AT)
    second = unlocked(first)
    assert (second.version, second.pk != abandoned.pk) == (2, True)
    with pytest.raises(NotPossible, match=f"being corrected already, as version 2: {second}"):
        versions.resume(abandoned, by=by, at=f.AT)
    signed_again(second)
    with pytest.raises(NotPossible, match=f"Version 2, {second}, has replaced this one"):
        versions.resume(abandoned, by=by, at=f.AT)


def test_a_version_is_abandoned_and_a_visit_is_cancelled_never_the_other_way() -> None:
    first = f.signed_encounter()
    by = first.clinician.user
    second, visit = unlocked(first), f.drafted(with_images=False)
    with pytest.raises(NotPossible, match="the visit took place"):
        encounters.cancel(second, by=by, at=f.AT)
    versions.abandon(second, by=by, at=f.AT)
    with pytest.raises(NotPossible, match="the visit took place"):
        encounters.reopen(second, by=by, at=f.AT)
    with pytest.raises(NotPossible, match="first version"):
        versions.abandon(visit, by=visit.clinician.user, at=f.AT)
    encounters.cancel(visit, by=visit.clinician.user, at=f.AT)
    with pytest.raises(NotPossible, match="first version"):
        versions.resume(visit, by=visit.clinician.user, at=f.AT)


# --- Refused, and nothing half-written ----------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["", "  \n", "\u200b", "x" * 501])
def test_a_reason_is_needed_and_fits(reason: str) -> None:
    encounter = f.signed_encounter()
    before = everything()
    with pytest.raises(ValidationError) as error:
        versions.unlock(encounter, reason, by=encounter.clinician.user, at=f.AT)
    assert list(error.value.message_dict) == ["reason"]
    assert everything() == before


@pytest.mark.parametrize("role", Role)
def test_nobody_else_unlocks_whatever_their_role(role: Role) -> None:
    encounter = f.signed_encounter()
    somebody = f.clinician().user if role is Role.CLINICIAN else f.user(role=role)
    before = everything()
    with pytest.raises(NotPermitted, match="Only Casey Example, DDS can unlock"):
        versions.unlock(encounter, REASON, by=somebody, at=f.AT)
    assert everything() == before


def test_a_clinician_who_changed_roles_unlocks_no_more() -> None:
    encounter = f.signed_encounter()
    by = encounter.clinician.user
    by.role = Role.MANAGER
    before = everything()
    with pytest.raises(NotPermitted):
        versions.unlock(encounter, REASON, by=by, at=f.AT)
    assert everything() == before


def test_what_is_not_signed_is_not_unlocked() -> None:
    for encounter in (f.planned_visit(), f.drafted(with_images=False)):
        before = everything()
        with pytest.raises(NotPossible, match="Only a signed record is unlocked"):
            unlocked(encounter)
        assert everything() == before


def test_a_stale_page_and_a_second_unlock_are_told() -> None:
    encounter = f.signed_encounter()
    with pytest.raises(NotPossible, match="changed after you opened this page"):
        unlocked(encounter, seen=encounter.revision - 1)
    second = unlocked(encounter, seen=encounter.revision)
    before = everything()
    with pytest.raises(NotPossible, match=f"being corrected already, as version 2: {second}"):
        unlocked(encounter)
    signed_again(second)
    with pytest.raises(NotPossible, match=f"Version 2, {second}, has replaced this one. Unlock that one"):
        unlocked(encounter)
    assert len(everything()["Encounter"]) == len(before["Encounter"])


def test_the_database_holds_one_next_version_whatever_comes() -> None:
    first = f.signed_encounter()
    second = unlocked(first)
    values = {**Encounter.objects.values().get(pk=second.pk), "id": None}
    with pytest.raises(IntegrityError), transaction.atomic():
        Encounter.objects.create(**values)
    versions.abandon(second, by=first.clinician.user, at=f.AT)
    unlocked(first)
    with pytest.raises(IntegrityError), transaction.atomic():
        Encounter.objects.filter(pk=second.pk).update(status="draft")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("other", ["unlock", "resume", "sign"])
def test_two_at_the_same_moment_open_one_new_version(other: str) -> None:
    first = f.signed_encounter()
    by = first.clinician.user
    if other != "unlock":
        second = unlocked(first)
        if other == "resume":
            versions.abandon(second, by=by, at=f.AT)
    start, outcomes = threading.Barrier(2), []

    def work(name: str) -> None:
        try:
            start.wait()
            if name == "unlock":
                unlocked(Encounter.objects.get(pk=first.pk))
            elif name == "resume":
                versions.resume(Encounter.objects.get(pk=second.pk), by=by, at=f.AT)
            else:
                signed_again(Encounter.objects.get(pk=second.pk))
            outcomes.append(name)
        except NotPossible:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(name,)) for name in ("unlock", other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) in (sorted(["refused", "unlock"]), sorted(["refused", other]))
    followers = Encounter.objects.filter(previous=first).exclude(status="cancelled")
    assert followers.count() == 1
    assert Encounter.objects.filter(status="signed").count() == 1
    assert Patient.objects.count() == 1
