"""The worklist: every open claim once, with its next step and the place where that is done."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.models import Claim, Denial, WriteOff
from claims.queries import worklists
from claims.queries.worklists import QUEUES
from claims.services import queues
from tests.claims import answered as a
from tests.claims.views.test_dashboard import text

DAY = date(2026, 9, 1)
PAGE = "/worklist/"


def every_queue() -> dict[str, Claim]:
    """One claim for each queue."""
    rows = {
        "to_prepare": a.claim(DAY, preparation="draft"),
        "to_send": a.claim(DAY),
        "held": a.claim(DAY, preparation="held", hold_reason="ask for the card"),
        "first_plan": a.claim(DAY),
        "second_person": a.claim(DAY, transport="sent", adjudication="denied"),
        "waiting": a.claim(DAY, transport="accepted"),
        "answered": a.claim(DAY, transport="sent", adjudication="patient_share"),
        "rejected": a.claim(DAY, transport="rejected"),
        "denied": a.claim(DAY, transport="sent", adjudication="denied"),
        "appeal_waiting": a.claim(DAY, transport="sent", adjudication="denied"),
        "appeal_due": a.claim(DAY, transport="sent", adjudication="denied"),
    }
    # The plan that pays second waits for the first one's answer.
    Claim.objects.filter(pk=rows["first_plan"].pk).update(sequence=2, encounter=rows["waiting"].encounter)
    denied = of(rows["second_person"])
    WriteOff.objects.create(
        claim=denied.claim, denial=denied, amount="850.00", limit="100.00", reason="too small",
        requested_at=a.moment(DAY), requested_by=a.somebody(),
    )  # fmt: skip
    queues.place(rows["first_plan"].pk, denied.claim_id)
    for key in ("waiting", "denied", "appeal_waiting", "appeal_due"):
        a.sent(rows[key], DAY)
    of(rows["denied"])
    a.sent(rows["appeal_waiting"], DAY, appeal=a.appeal(of(rows["appeal_waiting"], status="appealed"), status="sent"))
    a.appeal(of(rows["appeal_due"], status="appealed"), due=date(2026, 11, 20))
    a.claim(DAY, closing="closed", transport="sent", adjudication="paid")
    return rows


def of(row: Claim, **values: Any) -> Denial:
    return a.denial(a.answer(row, DAY + timedelta(days=20), "denied", denied="850.00"), "images", "850.00", **values)


def test_every_open_claim_stands_in_exactly_one_queue(biller: Any) -> None:
    rows = every_queue()
    found = {q.key: re.findall(r">(C\d{6})</a>", biller.get(f"{PAGE}?queue={q.key}").content.decode()) for q in QUEUES}
    assert found == {key: [row.number] for key, row in rows.items()}
    assert worklists.queue_counts() == dict.fromkeys(rows, 1)


@pytest.mark.parametrize(
    "key, words",
    [
        ("appeal_due", "Finish the letter of appeal 1 Nov 20, 2026 14 days left send by Nov 13 $850.00 30"),
        ("denied", "Missing image or reading Appeal with figures and interpretation Mar 20, 2027 134 days left"),
        ("appeal_waiting", "Wait for the decision Sep 1, 2026"),
        ("held", "Look why it is held ask for the card"),
        ("waiting", "Wait, or ask the payer Sep 1, 2026 66 days ago"),
    ],
)
def test_a_row_says_what_to_do_next_and_until_when(biller: Any, key: str, words: str) -> None:
    every_queue()
    assert words in text(biller.get(f"{PAGE}?queue={key}"))


def test_a_row_leads_to_where_the_step_is_done(biller: Any) -> None:
    rows = every_queue()
    appeal = rows["appeal_due"].appeals.get()  # type: ignore[attr-defined]
    hrefs = {
        "appeal_due": f"/appeals/{appeal.pk}/",
        "denied": f"/claims/{rows['denied']}/#denials",
        "waiting": f"/claims/{rows['waiting']}/#sending",
        "to_prepare": f"/claims/{rows['to_prepare']}/",
    }
    for key, url in hrefs.items():
        assert f'class="row-link" href="{url}"' in biller.get(f"{PAGE}?queue={key}").content.decode()


def test_the_first_queue_with_work_opens_by_itself(biller: Any) -> None:
    a.claim(DAY, transport="rejected")
    assert "Mend it and send it again" in text(biller.get(PAGE))


def test_an_unknown_queue_is_said(biller: Any) -> None:
    every_queue()
    answer = biller.get(f"{PAGE}?queue=lost")
    assert answer.status_code == 200
    assert "There is no such queue." in text(answer)


def test_nothing_open_teaches_what_belongs_here(biller: Any) -> None:
    assert "No open claim" in text(biller.get(PAGE))


def test_a_long_queue_has_pages(biller: Any) -> None:
    for n in range(55):
        a.claim(DAY + timedelta(days=n % 20))
    first = biller.get(f"{PAGE}?queue=to_send").content.decode()
    second = biller.get(f"{PAGE}?queue=to_send&page=2").content.decode()
    assert "1–50 of 55" in first
    numbers = [re.findall(r">(C\d{6})</a>", page) for page in (first, second)]
    assert [len(n) for n in numbers] == [50, 5]
    assert not set(numbers[0]) & set(numbers[1])


@pytest.mark.parametrize("key", ["denied", "appeal_due", "waiting"])
def test_a_queue_asks_as_often_for_many_as_for_one(biller: Any, django_assert_max_num_queries: Any, key: str) -> None:
    every_queue()
    with CaptureQueriesContext(connection) as first:
        biller.get(f"{PAGE}?queue={key}")
    for _ in range(4):
        every_queue()
    with django_assert_max_num_queries(len(first)):
        biller.get(f"{PAGE}?queue={key}")


def test_the_navigation_counts_what_presses(biller: Any) -> None:
    every_queue()
    page = biller.get(PAGE).content.decode()
    appeals = page[page.index('href="/appeals/"') :]
    assert re.search(r'count count-hot">1<span class="visually-hidden"> urgent', appeals)


def test_without_claims_a_role_sees_no_amounts_and_no_way_to_them(person: Any) -> None:
    row = every_queue()["denied"]
    for role in ("assistant", "administrator"):
        page = person(role).get(f"{PAGE}?queue=denied")
        assert page.status_code == 200
        assert row.number in text(page)
        for hidden in ("$", "850", "Priority", f"/claims/{row}/", f"/denials/{row.denials.get().pk}/"):  # type: ignore[attr-defined]
            assert hidden not in page.content.decode(), (role, hidden)


def test_without_the_chart_a_role_sees_no_names(person: Any) -> None:
    row = every_queue()["held"]
    name = row.encounter.patient.last_name
    assert name in text(person("assistant").get(f"{PAGE}?queue=held"))
    page = text(person("administrator").get(f"{PAGE}?queue=held"))
    assert row.number in page
    assert name not in page
    assert "ask for the card" not in page  # somebody's words may name them


def test_amounts_are_not_read_from_the_order_either(person: Any) -> None:
    every_queue()
    page = text(person("assistant").get(f"{PAGE}?queue=denied&least=100&order=amount"))
    assert "Amounts are not shown to your role" in page
