"""The practice itself and the list by which it is set up, as an administrator works with them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from claims.models import FileParties
from claims.queries.setup import standings
from claims.services.payers import set_fee
from claims.services.rules import release
from claims.services.transmissions import parties_of
from documentation.kernel.machine import NotPossible
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, Clinician, Location, Organization
from documentation.services import practice
from tests import factories as f
from tests.twice import DoubleClicking

pytestmark = pytest.mark.django_db

HARBOR = {
    "name": "Harbor Oral Surgery",
    "phone": "(206) 555-0100",
    "npi": "1234567893",
    "tax_id": "91-0000001",
    "line1": "100 Harbor Way",
    "line2": "",
    "city": "Seattle",
    "state": "wa",
    "zip": "98101-0001",
    "time_zone": "America/Los_Angeles",
}
CASEY = {
    "first_name": "Casey",
    "last_name": "Example",
    "credential": "DDS",
    "npi": "1234567893",
    "licence": "DE60000001",
    "licence_state": "WA",
    "taxonomy": "1223s0112x",
}


class Administrator:
    def __init__(self) -> None:
        self.user = f.user(role=Role.ADMINISTRATOR)
        self.client: Client = DoubleClicking()
        self.client.force_login(self.user)

    def send(self, name: str, /, *args: Any, **data: Any) -> Any:
        return self.client.post(reverse(name, args=args), {"once": str(uuid.uuid4()), **data})

    def page(self, name: str, /, *args: Any) -> str:
        return self.client.get(reverse(name, args=args)).content.decode()


@pytest.fixture
def boss() -> Administrator:
    return Administrator()


def test_a_location_is_added_as_people_write_it_and_its_former_values_are_kept(boss: Administrator) -> None:
    assert boss.send("location_new", **HARBOR).status_code == 302
    row = Location.objects.get()
    assert (row.tax_id, row.zip, row.state, row.phone) == ("910000001", "981010001", "WA", "2065550100")
    assert practice.missing(row) == []

    moved = {**HARBOR, "line1": "200 Harbor Way", "seen": row.revision}
    assert boss.send("location", row.pk, **moved).status_code == 302
    assert "Changed street address (was 100 Harbor Way)" in boss.page("location", row.pk)
    stale = boss.send("location", row.pk, **{**moved, "line1": "300 Harbor Way"})
    assert stale.status_code == 409
    assert "200 Harbor Way" in stale.content.decode()
    row.refresh_from_db()
    assert row.line1 == "200 Harbor Way"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("npi", "1234567890", "its check digit does not fit"),
        ("tax_id", "91000000", "nine digits"),
        ("zip", "98101", "all nine digits"),
        ("state", "ZZ", "two letters"),
        ("time_zone", "", "Choose the time zone"),
        ("line1", " ", "Give the street address"),
    ],
)
def test_a_location_that_claims_cannot_bill_under_is_refused(
    boss: Administrator, name: str, value: str, said: str
) -> None:
    page = boss.send("location_new", **{**HARBOR, name: value})
    assert page.status_code == 422
    assert said in page.content.decode()
    assert not Location.objects.exists()


def test_a_clinician_is_added_once_and_leaves(boss: Administrator) -> None:
    assert boss.send("clinician_new", **CASEY).status_code == 302
    row = Clinician.objects.get()
    assert row.taxonomy == "1223S0112X"
    assert "Another clinician has this NPI" in boss.send("clinician_new", **CASEY).content.decode()
    assert "ends with X" in boss.send("clinician_new", **{**CASEY, "npi": f.npi(), "taxonomy": "1223"}).content.decode()

    assert boss.send("clinician_close", row.pk).status_code == 302
    assert [e.action for e in AuditEvent.objects.order_by("seq") if e.subject == f"clinician {row.pk}"] == [
        "clinician.add",
        "clinician.close",
    ]
    with pytest.raises(ValidationError, match="no longer here"):
        f.planned_visit(treating=f.clinician(is_active=False))
    assert boss.send("clinician_reopen", row.pk).status_code == 302
    row.refresh_from_db()
    assert row.is_active


def test_a_location_is_closed_but_never_the_last(boss: Administrator) -> None:
    old, new = f.location(), f.location(name="New Harbor")
    practice.close(old, by=boss.user, at=f.AT)
    old.refresh_from_db()
    with pytest.raises(ValidationError, match="is closed"):
        f.planned_visit(at_location=old)
    with pytest.raises(NotPossible, match="the only open location"):
        practice.close(new, by=boss.user, at=f.AT)
    assert "is closed" not in boss.page("practice")
    assert Location.zone_of_practice() == new.zone


def test_what_is_saved_of_the_files_counts_instead_of_the_settings(boss: Administrator, settings: Any) -> None:
    settings.EDI_SENDER, settings.EDI_RECEIVER = "OLD", "OLDHOUSE"
    place, payer = f.location(), f.payer()
    assert parties_of(place, [payer])[1].identifier == "OLDHOUSE"
    ids = {"sender": "HARBOR1", "receiver_name": "Example Clearinghouse", "receiver": "NEW-HOUSE"}
    kinds = {"sender_qualifier": "ZZ", "receiver_qualifier": "30"}
    assert boss.send("practice_files", **ids, **kinds).status_code == 422
    assert boss.send("practice_files", **{**ids, "receiver": "NEWHOUSE"}, **kinds).status_code == 302
    sender, receiver = parties_of(place, [payer])
    assert (sender.identifier, receiver.identifier, receiver.qualifier) == ("HARBOR1", "NEWHOUSE", "30")
    assert FileParties.objects.get().revision == 1


def states() -> dict[str, str]:
    return {
        one.step.key: "done" if one.found.is_done else "left out" if one.is_left_out else "open"
        for one in standings(f.AT)
    }


def test_the_list_finds_what_is_done_and_goes_when_all_is(boss: Administrator, settings: Any) -> None:
    settings.EDI_RECEIVER = ""
    assert set(states().values()) == {"open"}
    assert boss.client.get("/")["Location"] == reverse("setup")
    assert "Give it one first" in boss.send("setup_leave_out", "files").content.decode()
    assert boss.send("practice_name", name="Harbor Oral Surgery").status_code == 302
    boss.send("location_new", **HARBOR)
    boss.send("clinician_new", **CASEY)
    assert [key for key, state in states().items() if state == "done"] == ["practice", "locations", "clinicians"]

    clinician = Clinician.objects.get()
    clinician.user = f.user(role=Role.CLINICIAN)
    clinician.save()
    manager = f.user(role=Role.MANAGER)
    for person in (clinician.user, manager):
        person.set_unusable_password()
        person.save()
    assert "a clinician who signs, somebody who bills, a manager." in boss.page("setup")
    for person in (clinician.user, manager):
        person.set_password("four words in a row")
        person.save()
    f.payer(by=manager)
    set_fee("D0371", f.reference().case.fee, effective_on=f.SERVICE_DATE, by=manager, at=f.AT)
    release(by=manager, at=f.AT)
    for step in ("files", "phrases"):
        assert boss.send("setup_leave_out", step).status_code == 302
    assert boss.send("setup_leave_out", "fee").status_code == 404
    assert states() == {
        **dict.fromkeys(("practice", "locations", "clinicians", "people", "fee", "payers", "rules"), "done"),
        **dict.fromkeys(("files", "phrases"), "left out"),
    }
    assert "Everything is there" in boss.page("setup")
    assert boss.client.get("/")["Location"] == reverse("person_list")
    Location.objects.update(zip="98101")
    assert states()["locations"] == "open"
    assert "lacks 1 entry" in boss.page("setup")
    boss.send("setup_take_up", "phrases")
    assert states()["phrases"] == "open"


def test_the_demo_practice_is_not_asked_to_be_set_up(boss: Administrator) -> None:
    f.organization()
    assert boss.client.get("/")["Location"] == reverse("person_list")
    assert Organization.objects.get().is_demo
