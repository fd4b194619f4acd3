"""Payers & policies on the screen."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from claims.models import Fee, Payer
from claims.services.payers import record_fact, record_policy
from documentation.kernel.rule import Cause
from documentation.models import AuditEvent
from tests import factories
from tests.claims.views.test_dashboard import text

POLICY = {
    "covers_d0371": "yes",
    "treats_as": "dental",
    "prior_authorization": "unknown",
    "attachments": "always",
    "bundling_permitted": "d0330, D0340",
    "timely_filing_days": "",
    "appeal_days": "180",
    "source": "call with Dana",
    "verified_on": "2026-11-01",
}


def newest(payer: Payer) -> int:
    """What the page that is about to be saved has seen."""
    return payer.playbook.values_list("pk", flat=True)[0]


def test_a_payer_is_added_and_asks_for_its_rules_next(biller) -> None:
    answer = biller.post(
        "/payers/new/",
        {"name": "New Plan", "payer_id": "12345", "line": "dental", "state": "wa", "phone": "(206) 555-0142"},
    )
    payer = Payer.objects.get(payer_id="12345")
    assert answer["Location"] == f"/payers/{payer.pk}/policy/"
    assert (payer.name, payer.state, payer.phone) == ("New Plan", "WA", "2065550142")


def test_the_same_form_sent_twice_adds_one_payer(biller) -> None:
    data = {"name": "New Plan", "payer_id": "12345", "line": "dental"}
    key = "6f1f0c9e-8a55-4ad2-9d3c-3a1f5a7f0d11"
    first, second = (biller.post("/payers/new/", data, once=key) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Payer.objects.count() == 1


def test_a_payer_id_that_exists_is_refused_at_its_field_and_nothing_typed_is_lost(biller) -> None:
    factories.payer()
    answer = biller.post("/payers/new/", {"name": "Second “Plan”", "payer_id": "99991", "line": "medical", "zip": "12"})
    assert answer.status_code == 422
    assert "already exists" in answer.context["form"].errors["payer_id"][0]
    assert "five or nine digits" in answer.context["form"].errors["zip"][0]
    assert "Second “Plan”" in answer.content.decode()


def test_a_stale_page_keeps_what_was_typed_and_shows_what_was_saved(biller) -> None:
    payer = factories.payer()
    seen = payer.revision
    biller.post(
        f"/payers/{payer.pk}/correct/", {"name": "Renamed by Sam", "payer_id": "99991", "line": "dental", "seen": seen}
    )
    answer = biller.post(
        f"/payers/{payer.pk}/correct/", {"name": "Renamed by Kim", "payer_id": "99991", "line": "dental", "seen": seen}
    )
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Renamed by Sam" in page
    assert "Renamed by Kim" in page
    assert Payer.objects.get().name == "Renamed by Sam"
    payer.refresh_from_db()
    assert f'name="seen" value="{payer.revision}"' in page


def test_a_call_adds_rows_and_unknown_stays_unknown(biller) -> None:
    payer = factories.payer()
    answer = biller.post(f"/payers/{payer.pk}/policy/", POLICY | {"seen": newest(payer)})
    assert answer.status_code == 302
    assert payer.playbook.filter(key="prior_authorization").count() == 2
    policy = payer.current_policy()
    assert policy.bundling_permitted == ("D0330", "D0340")
    assert (policy.prior_authorization, policy.timely_filing_days) == ("unknown", None)
    page = biller.get(f"/payers/{payer.pk}/").content.decode()
    assert "Not required → <b>not known</b>" in page


def test_only_what_changed_takes_the_new_source_and_the_same_again_adds_nothing(biller) -> None:
    payer = factories.payer()
    known = payer.playbook.count()
    for _ in range(2):
        biller.post(f"/payers/{payer.pk}/policy/", POLICY | {"seen": newest(payer)})
    changed = {"prior_authorization", "bundling_permitted", "timely_filing_days"}
    rows = payer.playbook.all()[: payer.playbook.count() - known]
    assert {row.key for row in rows} == changed
    assert payer.book().newest("covers_d0371").source == "provider manual 2026, section 4"  # type: ignore[union-attr]


@pytest.mark.parametrize("age, is_amber", [(365, False), (366, True)])
def test_what_was_verified_more_than_a_year_ago_is_to_be_asked_again(biller, age: int, is_amber: bool) -> None:
    payer = factories.payer()
    record_policy(
        payer,
        {"covers_d0371": "yes", "verified_on": factories.TODAY - timedelta(days=age)},
        by=biller.user,
        at=factories.AT,
    )
    assert ("ask again" in biller.get("/payers/").content.decode()) is is_amber
    assert ("more than 365 days before" in biller.get(f"/payers/{payer.pk}/").content.decode()) is is_amber


def test_a_payer_of_which_nothing_is_known_says_what_to_ask(biller) -> None:
    fresh = Payer.objects.create(name="Silent Plan", payer_id="1", line="dental")
    page = biller.get(f"/payers/{fresh.pk}/").content.decode()
    assert "Nothing is written down yet" in page


def test_a_fee_is_set_from_a_day_on(biller) -> None:
    biller.post("/payers/fees/new/", {"code": "d0371", "amount": "$1,050.50", "effective_on": "2027-01-01"})
    fee = Fee.objects.get()
    assert (fee.code, fee.amount, fee.effective_on) == ("D0371", Decimal("1050.50"), date(2027, 1, 1))
    assert "not yet" in biller.get("/payers/").content.decode()


@pytest.mark.parametrize("amount", ["many", "-1", "1.234", ""])
def test_a_fee_that_is_no_amount_is_refused_at_its_field(biller, amount: str) -> None:
    answer = biller.post("/payers/fees/new/", {"code": "D0371", "amount": amount, "effective_on": "2027-01-01"})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"amount"}
    assert not Fee.objects.exists()


@pytest.mark.parametrize("role", ["clinician", "assistant", "administrator"])
def test_only_billing_sees_payers(person, role: str) -> None:
    payer = factories.payer()
    someone = person(role)
    for url in ("/payers/", f"/payers/{payer.pk}/", "/payers/new/", f"/payers/{payer.pk}/policy/", "/payers/fees/new/"):
        assert someone.get(url).status_code == 403
    assert AuditEvent.objects.filter(action="access.denied").count() == 5


def test_back_leads_only_to_pages_of_ours(biller) -> None:
    payer = factories.payer()
    for given in ("https://example.org/", "//example.org/", "javascript:alert(1)"):
        answer = biller.post(f"/payers/{payer.pk}/policy/?back={given}", POLICY | {"seen": newest(payer)})
        assert answer["Location"] == f"/payers/{payer.pk}/"
    answer = biller.post(f"/payers/{payer.pk}/policy/?back=/claims/", POLICY | {"seen": newest(payer)})
    assert answer["Location"] == "/claims/"


# --- The playbook -------------------------------------------------------------------------------------------------


def fact_url(payer: Payer, question: str = "appeal_days", more: str = "") -> str:
    return f"/payers/{payer.pk}/facts/{question}/{more}"


def stale_fact(payer: Payer, by, **values) -> int:
    old = {"value": 60, "source": "manual 2024", "verified_on": date(2024, 1, 5), **values}
    return record_fact(payer, "appeal_days", old, by=by, at=factories.AT).pk


def test_a_stale_fact_is_shown_as_such_and_one_step_makes_it_fresh(biller) -> None:
    payer = factories.payer()
    pk = stale_fact(payer, biller.user)
    page = text(biller.get(f"/payers/{payer.pk}/"))
    assert "1 fact is too old to rely on. It counts as not known" in page
    assert "was last verified on Jan 5, 2024" in page
    answer = biller.post(fact_url(payer, more="confirm/"), {"seen": pk, "source": "call 4712"})
    assert answer.status_code == 302
    page = text(biller.get(f"/payers/{payer.pk}/"))
    assert "too old to rely on" not in page
    assert "Still true: 60 days from the denial" in page
    assert "call 4712" in page


def test_a_confirmation_from_an_old_page_is_refused(biller) -> None:
    payer = factories.payer()
    pk = stale_fact(payer, biller.user)
    biller.post(fact_url(payer, more="confirm/"), {"seen": pk, "source": "call"})
    assert biller.post(fact_url(payer, more="confirm/"), {"seen": pk, "source": "call"}).status_code == 409
    assert payer.playbook.filter(key="appeal_days").count() == 3


def test_a_fact_of_one_plan_stands_beside_the_payers(biller) -> None:
    payer = factories.payer()
    values = {"appeal_days": "45", "source": "Gold manual", "verified_on": "2026-11-01", "expires_on": "", "seen": "0"}
    assert biller.post(fact_url(payer, more="?plan=PPO+Gold"), values).status_code == 302
    assert (payer.book().value("appeal_days", "PPO Gold"), payer.book().value("appeal_days")) == (45, 180)
    assert "only for PPO Gold" in text(biller.get(f"/payers/{payer.pk}/"))


def test_changing_the_fact_of_a_plan_starts_with_what_is_known_and_saving_keeps_it(biller) -> None:
    payer = factories.payer()
    url = fact_url(payer, more="?plan=PPO+Gold")
    values = {"appeal_days": "45", "source": "Gold manual", "verified_on": "2026-11-01", "expires_on": "", "seen": "0"}
    biller.post(url, values)
    page = biller.get(url)
    assert page.context["form"]["appeal_days"].value() == 45
    assert 'value="45"' in page.content.decode()
    kept = values | {"appeal_days": f"{page.context['form']['appeal_days'].value()}", "seen": newest(payer)}
    assert biller.post(url, kept | {"source": "Gold manual, page 3"}).status_code == 302
    assert payer.book().newest("appeal_days", "PPO Gold").value == 45  # type: ignore[union-attr]
    stale = biller.post(url, values | {"appeal_days": "60"})
    assert ["45" in d.theirs and "60" in d.yours for d in stale.context["differences"]] == [True]


def test_the_second_of_two_people_keeps_what_was_typed_and_sees_what_was_saved(biller) -> None:
    payer = factories.payer()
    seen = payer.playbook.get(key="appeal_days").pk
    values = {"source": "call", "verified_on": "2026-11-01", "seen": seen}
    assert biller.post(fact_url(payer), values | {"appeal_days": "60"}).status_code == 302
    answer = biller.post(fact_url(payer), values | {"appeal_days": "90"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "60 days from the denial" in page
    assert 'value="90"' in page
    assert payer.book().value("appeal_days") == 60


@pytest.mark.parametrize(
    "question, values, field",
    [
        ("appeal_days", {"appeal_days": "many"}, "appeal_days"),
        ("appeal_days", {"appeal_days": "0"}, "appeal_days"),
        ("appeal_days", {"appeal_days": "60", "source": ""}, "source"),
        ("appeal_days", {"appeal_days": "60", "verified_on": "2099-01-01"}, "verified_on"),
        ("appeal_days", {"appeal_days": "60", "verified_on": ""}, "verified_on"),
        ("appeal_days", {"appeal_days": "60", "expires_on": "2026-01-01"}, "expires_on"),
        ("covers_d0371", {"covers_d0371": "maybe"}, "covers_d0371"),
        ("bundling_permitted", {"bundling_permitted": "D03"}, "bundling_permitted"),
        ("appeals_fax", {"appeals_fax": "12345"}, "appeals_fax"),
        ("payer_id_claims", {"payer_id_claims": "9*1~"}, "payer_id_claims"),
    ],
)
def test_a_fact_that_cannot_be_is_refused_at_its_field(biller, question: str, values: dict, field: str) -> None:
    payer = factories.payer()
    known = payer.playbook.count()
    newest = payer.playbook.filter(key=question).values_list("pk", flat=True).first() or 0
    given = {"source": "call", "verified_on": "2026-11-01", "seen": newest} | values
    answer = biller.post(fact_url(payer, question), given)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert payer.playbook.count() == known


def test_our_own_claims_stand_beside_what_is_known_and_every_number_opens_its_claims(biller) -> None:
    denial = factories.denial(by=biller.user)
    payer = denial.claim.coverage.payer
    page = biller.get(f"/payers/{payer.pk}/").content.decode()
    assert "It paid 0 of 1 claim" in page
    assert f"1 claim denied for {Cause.IMAGES.label.lower()}" in page
    for query, shown in ((f"payer={payer.pk}&cause=images", True), (f"payer={payer.pk}&answer=paid", False)):
        assert (denial.claim.number in biller.get(f"/claims/?{query}").content.decode()) is shown


def test_a_question_that_nobody_asks_is_not_found(biller) -> None:
    assert biller.get(fact_url(factories.payer(), "shoe_size")).status_code == 404
