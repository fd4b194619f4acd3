"""perform(): the one way to a new state, whichever row, whoever comes at the same moment."""

import threading
from itertools import product

import pytest
from django.db import connection, transaction

from claims.workflow import PREPARATION
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, Encounter
from documentation.services import encounters, signing
from documentation.services.transitions import perform
from documentation.workflow import ENCOUNTER, EncounterStatus
from tests import factories as f


def brought_to(status: str, encounter: Encounter) -> None:
    """Set the state behind every verb's back, as only a test may."""
    Encounter.objects.filter(pk=encounter.pk).update(status=status)


@pytest.mark.django_db
def test_every_step_from_every_state() -> None:
    """Each pair of state and step: taken and written, or refused and nothing changed."""
    treating = f.clinician()
    by, person = treating.user, f.patient()
    for status, transition in product(EncounterStatus, ENCOUNTER.transitions):
        encounter = f.planned_visit(treating=treating, person=person)
        brought_to(status, encounter)
        # An empty record cannot be signed, and only a signed version replaces another: test_signing and test_versions.
        if transition.name in ("sign", "supersede") and status in transition.sources:
            continue
        before, events = Encounter.objects.values().get(pk=encounter.pk), AuditEvent.objects.count()
        if status in transition.sources:
            with perform(ENCOUNTER, transition.name, encounter, by=by, at=f.AT):
                pass
            row = Encounter.objects.get(pk=encounter.pk)
            assert row.status == transition.target == encounter.status
            assert row.revision == before["revision"] + 1 == encounter.revision
            event = AuditEvent.objects.last()
            assert (event.action, event.subject) == (f"encounter.{transition.name}", encounter.number)
            assert f'"before":"{status}"' in event.detail
        else:
            with pytest.raises(NotPossible), perform(ENCOUNTER, transition.name, encounter, by=by, at=f.AT):
                raise AssertionError("the body of a refused step must not run")
            assert Encounter.objects.values().get(pk=encounter.pk) == before
            assert AuditEvent.objects.count() == events


@pytest.mark.django_db
@pytest.mark.parametrize("role", [r for r in Role if r is not Role.CLINICIAN])
def test_without_the_permission_nothing_happens(role: Role) -> None:
    encounter = f.drafted(with_images=False)
    with pytest.raises(NotPermitted), perform(ENCOUNTER, "sign", encounter, by=f.user(role=role), at=f.AT):
        raise AssertionError
    encounter.refresh_from_db()
    assert encounter.status == "draft"


@pytest.mark.django_db
def test_somebody_whose_account_is_closed_may_do_nothing() -> None:
    encounter = f.planned_visit()
    by = encounter.clinician.user
    by.is_active = False
    with pytest.raises(NotPermitted):
        encounters.start(encounter, by=by, at=f.AT)


@pytest.mark.django_db
def test_the_three_refusals_are_told_apart() -> None:
    planned = f.planned_visit()
    by = planned.clinician.user
    with pytest.raises(NotPermitted):
        encounters.start(planned, by=f.user(role=Role.BILLER), at=f.AT)
    with pytest.raises(NotPossible):
        encounters.reopen(planned, by=by, at=f.AT)
    encounters.start(planned, by=by, at=f.AT)
    with pytest.raises(Refused) as refusal:
        signing.sign(planned, by=by, at=f.AT)
    assert len(refusal.value.reasons) > 5


@pytest.mark.django_db
def test_a_body_that_fails_leaves_the_state() -> None:
    encounter = f.planned_visit()
    with pytest.raises(ZeroDivisionError), perform(ENCOUNTER, "start", encounter, by=encounter.clinician.user, at=f.AT):
        raise ZeroDivisionError
    encounter.refresh_from_db()
    assert encounter.status == "planned"
    assert not AuditEvent.objects.filter(action="encounter.start").exists()


@pytest.mark.django_db
def test_a_stale_copy_of_the_row_wins_nothing() -> None:
    """The state that counts is the one in the database, not the one a page was made from."""
    encounter = f.planned_visit()
    stale = Encounter.objects.get(pk=encounter.pk)
    encounters.cancel(encounter, by=encounter.clinician.user, at=f.AT)
    with pytest.raises(NotPossible, match="cancelled"):
        encounters.start(stale, by=encounter.clinician.user, at=f.AT)


@pytest.mark.django_db
def test_a_signed_record_takes_no_step_but_to_be_superseded() -> None:
    encounter = f.signed_encounter()
    by = encounter.clinician.user
    for name in {t.name for t in ENCOUNTER.transitions} - {"supersede"}:
        with pytest.raises(NotPossible), perform(ENCOUNTER, name, encounter, by=by, at=f.AT):
            raise AssertionError


@pytest.mark.django_db
def test_claims_take_the_same_road() -> None:
    by = f.user(role=Role.BILLER)
    claim = f.claim_at(by=by)
    with perform(PREPARATION, "hold", claim, by=by, at=f.AT):
        pass
    with pytest.raises(NotPossible), perform(PREPARATION, "hold", claim, by=by, at=f.AT):
        raise AssertionError
    claim.refresh_from_db()
    assert claim.preparation == "held"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("one", "other"), [("start", "start"), ("start", "cancel"), ("cancel", "cancel")])
def test_two_at_the_same_moment_cannot_both_win(one: str, other: str) -> None:
    encounter = f.planned_visit()
    start, outcomes = threading.Barrier(2), []

    def work(name: str) -> None:
        try:
            mine = Encounter.objects.select_related("clinician__user", "patient").get(pk=encounter.pk)
            start.wait()
            getattr(encounters, name)(mine, by=mine.clinician.user, at=f.AT)
            outcomes.append(name)
        except NotPossible:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(name,)) for name in (one, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # A draft may be cancelled: start and then cancel may both be taken, one after the other, never two of a kind.
    taken = sorted(o for o in outcomes if o != "refused")
    assert len(outcomes) == 2
    assert taken in ([one], [other], ["cancel", "start"] if {one, other} == {"start", "cancel"} else [one])
    events = list(AuditEvent.objects.filter(action__in=("encounter.start", "encounter.cancel")).order_by("seq"))
    assert sorted(e.action.split(".")[1] for e in events) == taken
    assert Encounter.objects.get(pk=encounter.pk).revision == 1 + len(taken)


@pytest.mark.django_db(transaction=True)
def test_where_rows_cannot_be_locked_the_condition_decides() -> None:
    """The last line of defence by itself: the state changed between the look and the write."""
    encounter = f.planned_visit()
    with (
        pytest.raises(NotPossible, match="same moment"),
        transaction.atomic(),
        perform(ENCOUNTER, "start", encounter, by=encounter.clinician.user, at=f.AT),
    ):
        brought_to("cancelled", encounter)
    assert Encounter.objects.get(pk=encounter.pk).status == "planned"
