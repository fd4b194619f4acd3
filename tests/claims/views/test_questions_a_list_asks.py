"""How often a list asks the database: at most three times besides session, user and audit, whatever there is."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models import Payer, SavedView, StartView
from claims.queries.worklists import QUEUES
from claims.services import queues
from tests import factories as f
from tests.claims import answered as a
from tests.claims.views.test_worklist import every_queue

MOST = 3
BESIDES = ("django_session", "usersessions_usersession", "documentation_auditevent")
MANNERS = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SELECT pg_advisory_xact_lock")
LISTS = (
    *(f"/worklist/?queue={queue.key}" for queue in QUEUES),
    *(f"/worklist/?{chosen}" for chosen in ("scope=mine", "kind=dental&within=90&order=due", "channel=fax&least=10")),
    "/worklist/",
    "/claims/",
    "/claims/?word=denied",
    "/appeals/",
    "/appeals/?stage=overdue",
    "/write-offs/",
    "/remittances/",
    "/remittances/?state=posted",
    "/patients/",
    "/encounters/",
    "/ready-to-bill/",
    "/payers/",
    "/visits-to-verify/",
    "/schedule/?day=2026-12-01&span=week",
    "/outbox/",
    "/deadlines/",
    "/worklist/calls/",
    "/claims/sent/",
    "/remittances/deposits/",
    "/remittances/unmatched/?state=by_hand",
    "/remittances/unmatched/?state=parked",
    "/channels/",
    "/codes/",
)
OF_MANAGERS = ("/overrides/", "/audit/", "/recheck/")


def asked(client: Any, address: str, typed: dict[str, str] | None = None) -> list[str]:
    """The questions of one page that are its own. The person is asked for by key, twice: by session and by device."""
    with CaptureQueriesContext(connection) as queries:
        answer = client.post(address, typed) if typed else client.get(address)
    assert answer.status_code == 200, address
    found = [q["sql"] for q in queries if not any(table in q["sql"] for table in BESIDES)]
    own = [sql for sql in found if not sql.startswith(MANNERS)]
    person = f'"documentation_user"."id" = {client.user.pk} LIMIT 21'
    return [sql for sql in own if person not in sql]


@pytest.fixture
def work() -> None:
    """Every queue with more than one claim, of several payers and people."""
    for _ in range(2):
        every_queue()
        f.coverage(person=f.planned_visit(service_date=date(2026, 12, 1)).patient, by=a.somebody())
    queues.place(a.claim(date(2026, 9, 1), of="Harbor Mutual", by="Specimen").pk)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["biller", "manager"])
def test_a_list_asks_three_times_at_most(work: None, person: Any, role: str) -> None:
    client = person(role)
    lists = (*LISTS, *OF_MANAGERS) if role == "manager" else LISTS
    often = {address: questions for address in lists if len(questions := asked(client, address)) > MOST}
    assert often == {}


@pytest.mark.django_db
def test_so_does_one_with_views_and_a_chosen_person(work: None, biller: Any, person: Any) -> None:
    view = SavedView.objects.create(
        owner=biller.user, name="Mine", query={"scope": "all"}, created_at=a.moment(date(2026, 9, 1))
    )
    StartView.objects.create(user=biller.user, view=view)
    payer = Payer.objects.first()
    assert payer
    address = f"/worklist/?scope=all&owner={person('manager').user.pk}&payer={payer.pk}&view={view.pk}"
    assert len(asked(biller, address)) <= MOST


@pytest.mark.django_db
def test_a_search_of_claims_asks_no_more_often(work: None, biller: Any) -> None:
    claim = f.claim_at(by=biller.user)
    name = claim.encounter.patient.last_name
    assert [row["claim"] for row in biller.post("/claims/", {"patient": name}).context["rows"]] == [claim]
    assert len(found := asked(biller, "/claims/", {"patient": name})) <= MOST, found
