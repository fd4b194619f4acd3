"""What billers see when a record is corrected: why a claim waits, the way on, and that nothing sent is touched."""

from typing import Any

import pytest

from claims.models import Claim
from documentation.models import Encounter
from documentation.services import signing, versions
from tests import factories as f

pytestmark = pytest.mark.django_db
REASON = "The side was wrong."


def unlocked(encounter: Encounter) -> Encounter:
    return versions.unlock(encounter, REASON, by=encounter.clinician.user, at=f.AT)


def corrected(encounter: Encounter) -> Encounter:
    return signing.sign(unlocked(encounter), by=encounter.clinician.user, at=f.AT)


def words(person: Any, url: str) -> str:
    return " ".join(person.get(url).content.decode().split())


def test_a_claim_says_that_its_record_is_being_corrected_and_why(biller: Any) -> None:
    claim = f.sealed_packet(by=biller.user).claim
    version = unlocked(claim.encounter)
    page = words(biller, f"/claims/{claim}/")
    assert "The record is being corrected." in page
    assert REASON in page
    assert f'href="/encounters/{version}/"' in page
    assert "Record as sent" not in page
    assert "Build packet" not in page
    assert "The record is being corrected" in words(biller, f"/encounters/{claim.encounter}/")
    for list_of_claims in ("/ready-to-bill/", "/claims/", "/worklist/?queue=to_send"):
        assert "the record was opened again" in words(biller, list_of_claims)


def test_a_signed_visit_that_is_being_corrected_waits_on_the_board(biller: Any) -> None:
    encounter = f.signed_encounter()
    f.coverage(person=encounter.patient, by=biller.user)
    unlocked(encounter)
    page = words(biller, "/ready-to-bill/")
    assert "waits: the record is being corrected" in page
    assert "Start claim" not in page
    answer = biller.post(f"/encounters/{encounter}/claims/start/")
    assert answer.status_code == 409
    assert "is being corrected, as version 2" in answer.content.decode()


def test_one_click_takes_the_new_version_over(biller: Any) -> None:
    claim = f.claim_at(preparation="ready", by=biller.user)
    second = corrected(claim.encounter)
    page = words(biller, f"/claims/{claim}/")
    assert "The record was corrected." in page
    assert f'href="/encounters/{second}/#changes"' in page
    assert "Take version 2 over" in page
    stale = biller.post(f"/claims/{claim}/version/", {"seen": claim.revision - 1})
    assert stale.status_code == 409
    assert "Not taken over." in stale.content.decode()
    answer = biller.post(f"/claims/{claim}/version/", {"seen": claim.revision})
    assert answer["Location"] == f"/claims/{claim}/"
    page = words(biller, f"/claims/{claim}/")
    assert "The claim tells of version 2 now." in page
    assert "Take version 2 over" not in page
    assert Claim.objects.get().encounter == second


def test_a_claim_that_was_sent_says_what_was_sent_and_offers_nothing_to_double_it(biller: Any) -> None:
    claim = f.submission(by=biller.user).claim
    second = corrected(claim.encounter)
    page = words(biller, f"/claims/{claim}/")
    assert "This claim was sent with version 1, and that stays what it was." in page
    assert "a second claim would be a duplicate" in page
    assert "Take version 2 over" not in page
    record = words(biller, f"/encounters/{second}/")
    assert f'href="/claims/{claim}/"' in record
    assert "Start claim" not in record
    assert biller.post(f"/claims/{claim}/version/", {"seen": claim.revision}).status_code == 409


def test_an_appeal_says_that_the_record_was_corrected_since(biller: Any) -> None:
    from claims.services.appeals import open_appeal

    claim = f.submission(by=biller.user).claim
    appeal = open_appeal(f.denial(by=biller.user, claim=claim), by=biller.user, at=f.AT)
    corrected(claim.encounter)
    assert "The record was corrected." in words(biller, f"/appeals/{appeal.pk}/")


def test_a_clinician_sees_it_and_takes_nothing_over(clinician: Any) -> None:
    claim = f.claim_at()
    corrected(claim.encounter)
    page = words(clinician, f"/claims/{claim}/")
    assert "The record was corrected." in page
    assert "Take version 2 over" not in page
    assert clinician.post(f"/claims/{claim}/version/", {"seen": claim.revision}).status_code == 403
