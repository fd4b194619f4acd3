"""Every page that lists rows asks the database at most three times besides session, user and audit trail, however many
rows it shows. A list that looks through the practice until it is full, as that of doubles, asks anew for each round.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from lxml import html

from claims.models import Claim, Coverage, Dispatch, DispatchedClaim, FullExport, RuleOverride, Transmission, WriteOff
from claims.services import imports, saved_views
from claims.services.recount import rebuild
from documentation.kernel.permissions import Role
from documentation.models import Job, Patient, User
from documentation.services import amendments, notices, phrases, retention
from documentation.views.addresses import addresses
from documentation.views.context import NAVIGATION
from tests import factories as f
from tests.browser.rooms import furnish
from tests.claims import answered, checks, papers

People = dict[Role, User]
MOST = 3
ADDRESSES = {a.name: a for a in addresses()}
SEES_MOST = (Role.MANAGER, Role.ADMINISTRATOR, Role.CLINICIAN)
"""Who opens a page, in this order: the first that may."""

ROW = "//main//tbody/tr"
LISTS = {
    "amendment_list": ROW,
    "appeal_checklists": ROW,
    "appeal_list": ROW,
    "channel_list": ROW,
    "claim_list": ROW,
    "claims_sent": ROW,
    "code_tables": ROW,
    "deadline_list": "//ul[@class='agenda-list']/li",
    "deadline_rules": ROW,
    "deposit_list": ROW,
    "encounter_list": ROW,
    "figure_claims": ROW,
    "full_export": ROW,
    "hand_out": ROW,
    "import_list": ROW,
    "legal_hold_list": ROW,
    "notice_list": "//ul[@class='notices']/li",
    "outbox": ROW,
    "override_list": ROW,
    "patient_doubles": ROW,
    "patient_list": ROW,
    "payer_list": ROW,
    "person_list": ROW,
    "phrase_list": "//article[@class='phrase']",
    "practice": ROW,
    "ready_to_bill": ROW,
    "reason_codes": ROW,
    "recheck": ROW,
    "remittance_list": ROW,
    "retention": ROW,
    "retention_ended": ROW,
    "rule_list": ROW,
    "schedule": "//article[@class='visit']",
    "status_calls": ROW,
    "trail": ROW,
    "unknown_codes": ROW,
    "unmatched_list": "//article[@class='answer-row']",
    "visits_to_verify": ROW,
    "worklist": ROW,
    "worklist_views": ROW,
    "write_off_list": ROW,
}
"""Pages that list rows, by the names of their addresses, and where each row stands."""

NO_LISTS = {
    "a form": """
        amendment_time clinician_new code_load code_mapping_add deadline_calendar fee_set letterhead location_new
        own_rule_add patient_new payer_add person_invite phone phrase_new practice_files practice_name reason_add
        reason_load remittance_import retention_period_add stock_alignment
    """,
    "counts and sums, each asked for by itself": "dashboard dashboard_pdf rehearsal system what_moves_it",
    "steps, each of which looks whether it is done": "setup",
    "whole records, checked for what each of them lacks": "today",
    "one claim beside the list": "worklist_beside",
    "what the program itself knows, or finds once something was typed": "find glossary",
    "a way to another page": "home",
}
"""Why the other pages are none. A page with a number in its address shows one thing and what belongs to it; those of
`accounts/` are about the own account.
"""


_OF_EVERY_PAGE = (
    (r'FROM "django_session" WHERE', 1),
    (r'FROM "usersessions_usersession" WHERE .*"usersessions_usersession"."session_key" = ', 1),
    (r'FROM "documentation_user" WHERE "documentation_user"."id" = \d+ LIMIT 21$', 2),
    (r'FROM "documentation_auditevent" ORDER BY "documentation_auditevent"."seq" DESC LIMIT 1$', 1),
    (r"^SELECT pg_advisory_xact_lock", 1),
)
"""Whose session it is, who that is, and after which event of the trail the next one is written: each so many times."""


QUESTIONS = ("SELECT", "PREPARE", "EXECUTE", "DEALLOCATE")
"""How what is asked begins; PostgreSQL prepares what it is asked again."""


def _asked_besides(captured: Iterable[dict[str, str]]) -> list[str]:
    """What was asked of the database besides session, user and audit trail; what the navigation counts is among it."""
    asked = [q["sql"] for q in captured if q["sql"].startswith(QUESTIONS)]
    for pattern, times in _OF_EVERY_PAGE:
        for sql in [sql for sql in asked if re.search(pattern, sql)][:times]:
            asked.remove(sql)
    return asked


@pytest.fixture(scope="module")
def furnished(django_db_setup: None, django_db_blocker: Any) -> Iterator[People]:
    """The people of a practice with work in each state, made once for all pages."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        patch.setattr("django.utils.timezone.now", lambda: f.AT)
        papers.plain_packets(patch)
        f.organization()
        people = f.one_of_each()
        furnish(people)
        for n in range(MOST + 1):
            _besides(people, n, _claims(people, n))
        rebuild()
        yield people
        transaction.set_rollback(True)


def _claims(people: People, n: int) -> Claim:
    """One more of what the practice has few of: a claim without an answer, and one that is denied and appealed."""
    biller, service = people[Role.BILLER], f.TODAY - timedelta(days=160)
    sending = answered.sent(answered.claim(service, transport="sent"), service)
    denied = answered.claim(service, transport="sent", adjudication="denied")
    answered.sent(denied, service, passed_over="COV-104")
    given = answered.answer(denied, service + timedelta(days=9), "denied", denied="850.00")
    denial = answered.denial(given, "images", "850.00", rarcs=[f"N999{n}"])
    answered.appeal(denial)
    asked = {"reason": "Filed late.", "limit": 100, "requested_at": f.AT, "requested_by": biller}
    WriteOff.objects.create(claim=denied, amount=850, **asked)
    RuleOverride.objects.create(claim=denied, rule="COV-104", reason="They said so.", by=biller, at=f.AT)
    written = {"interchange": 100 + n, "first_set": 100 + n, "written_at": f.AT, "written_by": biller}
    left = Transmission.objects.create(kind="837D", file=sending.packet.pdf, **written)
    planned = {"planned_at": f.AT, "planned_by": biller}
    sent = Dispatch.objects.create(way="sftp", transmission=left, delivered_at=f.AT, **planned)
    DispatchedClaim.objects.create(
        dispatch=sent, claim=sending.claim, packet=sending.packet, claim_revision=1, is_waiting=False
    )
    checks.take(checks.check(checks.answer(number=f"OLD-{n + 2}"), trace=f"OLD{n}"), by=biller, at=f.AT)
    return denied


def _besides(people: People, n: int, claim: Claim) -> None:
    """The same of visits, of what people write down, and of what they are told."""
    manager, biller, casey = people[Role.MANAGER], people[Role.BILLER], people[Role.CLINICIAN]
    visit = f.planned_visit(service_date=f.TODAY)
    Coverage.objects.create(patient=visit.patient, payer=f.payer(), member_id=f"V{n}")  # nobody asked it
    asked = {"reason": "A claim.", "asked_by": "Our insurer", "from_on": f.TODAY}
    retention.place_hold(visit.patient, asked, by=manager, at=f.AT, today=f.TODAY)
    Patient.objects.filter(pk=f.patient().pk).update(created_at=f.AT.replace(year=2009))
    wanted = {"received_on": f.TODAY, "way": "mail", "encounter": None, "wanted": "My name.", "words": "Quinn."}
    amendments.take_in(visit.patient, wanted, by=people[Role.ASSISTANT], at=f.AT, today=f.TODAY)
    words = {
        "field": "interpretation.text",
        "title": f"Normal duct {n}",
        "body": "The duct was normal.",
        "shared": True,
    }
    phrases.save(None, words, by=casey, at=f.AT)
    saved_views.keep(f"Denied {n}", {"queue": "denied"}, is_shared=True, by=manager, at=f.AT)
    imports.take_in("payers", f"{n}.csv", b"Name,Payer ID\nOther Plan,7700%d" % n, by=manager, at=f.AT)
    export = {"why": "We move.", "asked_at": f.AT, "asked_by": people[Role.ADMINISTRATOR], "is_running": False}
    FullExport.objects.create(**export)
    job = Job.objects.create(kind="recheck", subject=1000 + n, asked_at=f.AT, asked_by=manager, seen_at=f.AT)
    told = (("claim", claim.pk, "denied"), ("encounter", visit.pk, "held"), ("job", job.pk, "done"))
    notices.tell([notices.News(manager.pk, *news) for news in told], by=biller, at=f.AT)


@pytest.fixture
def people(furnished: People, db: None) -> People:
    return furnished


def test_every_page_is_a_list_or_none_for_a_reason() -> None:
    """A new page says here which of the two it is."""
    methods = json.loads((Path(__file__).parents[2] / "architecture" / "access.json").read_text())
    pages = {
        a.name
        for a in ADDRESSES.values()
        if "<" not in a.route and not a.route.startswith("/accounts/") and "get" in methods[a.name]["methods"]
    }
    others = {name for names in NO_LISTS.values() for name in names.split()}
    assert sorted(pages - LISTS.keys()) == sorted(others)
    assert {name for _, items in NAVIGATION for _, name, _, _ in items} <= LISTS.keys() | others


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_at_most_three_times(people: People, name: str) -> None:
    role = next(role for role in SEES_MOST if ADDRESSES[name].opens_for(role))
    path = ADDRESSES[name].route.replace("<slug:figure>", "initial_denial")
    client = Client()
    client.force_login(people[role])
    assert client.get(path).status_code == 200  # what is thought up once is thought up
    with CaptureQueriesContext(connection) as captured:
        page = client.get(path)
    rows = html.fromstring(page.content).xpath(LISTS[name])
    assert len(rows) > MOST, f"{path} shows too few rows to tell whether it asks for each"
    asked = _asked_besides(captured.captured_queries)
    assert len(asked) <= MOST, "\n".join([f"{path} asks {len(asked)} times:", *(sql[:200] for sql in asked)])
