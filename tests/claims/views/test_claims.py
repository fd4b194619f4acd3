"""From the signed record to a ready claim, on the screen."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from claims.models import Claim, RuleOverride
from claims.rules import CATALOGUE
from claims.services import preparation, rules
from claims.services.payers import record_fact, record_policy
from claims.views.fixing import RECORD, _links
from claims.workflow import ClaimWord, word_of
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent
from documentation.services import versions
from documentation.views.once import new_key
from tests import factories

KEY = "6f1f0c9e-8a55-4ad2-9d3c-3a1f5a7f0d11"


def lines(*rows: dict[str, Any], seen: int, first: int | None = None) -> dict[str, Any]:
    """A filled form of lines, with the empty row at its end."""
    empty = {
        "code": "",
        "description": "",
        "diagnosis_pointers": "",
        "modifiers": "",
        "quantity": "1",
        "fee": "",
        "documented": "on",
    }
    sent: dict[str, Any] = {
        "lines-TOTAL_FORMS": len(rows) + 1,
        "lines-INITIAL_FORMS": len(rows) if first is None else first,
        "seen": seen,
    }
    for n, row in enumerate((*rows, {})):
        sent |= {f"lines-{n}-{k}": v for k, v in {**empty, **row}.items()}
    return sent


D0371 = {"code": "D0371", "description": "Endoscopy", "diagnosis_pointers": "A", "quantity": "1", "fee": "850.00"}


@pytest.fixture
def claim(biller) -> Claim:
    return factories.claim_at(by=biller.user)


@pytest.fixture
def warned(biller, claim) -> Claim:
    """A claim that one check warns about: nobody knows whether the payer covers the procedure."""
    policy = claim.coverage.payer.current_policy()
    known = {name: getattr(policy, name) for name in preparation_fields()}
    record_policy(claim.coverage.payer, {**known, "covers_d0371": "unknown"}, by=biller.user, at=factories.AT)
    return claim


def preparation_fields() -> tuple[str, ...]:
    from claims.services.payers import POLICY_FIELDS

    return POLICY_FIELDS


def test_one_click_starts_the_claims_of_a_signed_record_and_a_second_click_starts_no_more(biller) -> None:
    encounter = factories.signed_encounter()
    factories.coverage(person=encounter.patient)
    medical = factories.payer(name="Medical Plan", payer_id="M1", line="medical")
    factories.coverage(person=encounter.patient, with_payer=medical, priority=2, member_id="M-2")
    from claims.services.payers import set_fee

    set_fee("D0371", Decimal("850.00"), effective_on=date(2026, 1, 1), by=biller.user, at=factories.AT)
    for _ in range(2):
        answer = biller.post(f"/encounters/{encounter}/claims/start/", once=KEY)
        assert answer["Location"] == f"/claims/{Claim.objects.get(sequence=1)}/"
    assert [(c.kind, c.sequence, c.lines.get().code) for c in Claim.objects.order_by("pk")] == [
        ("dental", 1, "D0371"),
        ("medical", 2, "42699"),
    ]


def test_without_a_fee_or_coverage_the_refusal_says_what_to_do(biller) -> None:
    encounter = factories.signed_encounter()
    answer = biller.post(f"/encounters/{encounter}/claims/start/")
    assert answer.status_code == 422
    assert "no coverage" in answer.content.decode()
    factories.coverage(person=encounter.patient)
    answer = biller.post(f"/encounters/{encounter}/claims/start/")
    assert answer.status_code == 422
    assert "fee schedule" in answer.content.decode()
    assert not Claim.objects.exists()


def test_a_record_that_is_not_signed_starts_no_claim(biller) -> None:
    visit = factories.planned_visit()
    factories.coverage(person=visit.patient)
    assert biller.post(f"/encounters/{visit}/claims/start/").status_code == 409


def test_the_page_shows_the_claim_and_looking_is_recorded(biller, claim) -> None:
    page = biller.get(f"/claims/{claim}/").content.decode()
    for words in (
        "Nothing stands against it",
        "Mark ready",
        "$850.00",
        "K11.8",
        "Nov 5, 2027",
        "364 days left",
        "365 days from service",
    ):
        assert words in page, words
    assert AuditEvent.objects.filter(action="claim.view", subject=str(claim), by=biller.user).count() == 1


def test_a_clinician_reads_the_claim_and_changes_nothing(clinician, claim) -> None:
    page = clinician.get(f"/claims/{claim}/").content.decode()
    assert "Mark ready" not in page
    assert "Edit lines" not in page
    for url in ("step/", "reasons/", "packets/", "lines/", "diagnoses/", "hold/"):
        assert clinician.post(f"/claims/{claim}/{url}").status_code == 403


@pytest.mark.parametrize("role", ["assistant", "administrator"])
def test_others_do_not_see_claims(person, claim, role: str) -> None:
    someone = person(role)
    for url in ("/claims/", f"/claims/{claim}/", "/ready-to-bill/"):
        assert someone.get(url).status_code == 403


def test_a_claim_that_is_not_there_is_not_found(biller) -> None:
    for url in (
        "/claims/C000777/",
        "/claims/C1/",
        "/claims/C000777/lines/",
        "/packets/K000009/",
        "/claims/C999999999999/",
    ):
        assert biller.get(url).status_code == 404


def test_marking_ready_is_one_click_and_clicks_twice_act_once(biller, claim) -> None:
    for _ in range(2):
        answer = biller.post(f"/claims/{claim}/step/", {"transition": "mark_ready"}, once=KEY)
        assert answer["Location"] == f"/claims/{claim}/"
    claim.refresh_from_db()
    assert claim.preparation == "ready"
    assert AuditEvent.objects.filter(action="claim.mark_ready").count() == 1


def test_a_step_from_a_stale_page_is_refused_with_its_reason(biller, claim) -> None:
    biller.post(f"/claims/{claim}/step/", {"transition": "mark_ready"})
    answer = biller.post(f"/claims/{claim}/step/", {"transition": "mark_ready"})
    assert answer.status_code == 409
    assert "This claim is ready now" in answer.content.decode()


@pytest.mark.parametrize("name", ["", "sign", "pay"])
def test_steps_that_do_not_exist_are_not_found(biller, claim, name: str) -> None:
    assert biller.post(f"/claims/{claim}/step/", {"transition": name}).status_code == 404


def test_a_warning_stops_and_each_line_leads_to_its_field(biller, warned) -> None:
    answer = biller.post(f"/claims/{warned}/step/", {"transition": "mark_ready"})
    assert answer.status_code == 422
    page = answer.content.decode()
    payer = warned.coverage.payer
    assert f"/payers/{payer.pk}/facts/covers_d0371/?back=/claims/{warned}/#id_covers_d0371" in page
    assert "Give a reason for going on" in page
    warned.refresh_from_db()
    assert warned.preparation == "draft"


def test_a_reason_lets_a_warning_pass_and_can_be_withdrawn(biller, warned) -> None:
    rule = (
        next(g for g in biller.get(f"/claims/{warned}/").context["groups"] if g.title == "Warnings")
        .lines[0]
        .result.rule
    )
    refused = biller.post(f"/claims/{warned}/reasons/", {"rule": rule, "reason": "   "})
    assert refused.status_code == 422
    assert "Give the reason" in refused.content.decode()
    biller.post(f"/claims/{warned}/reasons/", {"rule": rule, "reason": "Dana at the plan said yes, call 77 <b>"})
    page = biller.get(f"/claims/{warned}/").content.decode()
    assert "Passed with a reason" in page
    assert "call 77 &lt;b&gt;" in page
    assert biller.user.display_name in page
    assert biller.post(f"/claims/{warned}/step/", {"transition": "mark_ready"}).status_code == 302
    biller.post(f"/claims/{warned}/reasons/withdraw/", {"rule": rule})
    warned.refresh_from_db()
    assert warned.preparation == "draft"
    assert RuleOverride.objects.get().withdrawn_at is not None


def test_a_reason_for_what_is_no_warning_is_refused_and_kept_in_the_field(biller, claim) -> None:
    answer = biller.post(f"/claims/{claim}/reasons/", {"rule": "NOT-1", "reason": "words that stay"})
    assert answer.status_code == 409
    assert not RuleOverride.objects.exists()


def test_holding_asks_why_and_the_reason_stands_on_the_page(biller, claim) -> None:
    assert biller.post(f"/claims/{claim}/step/", {"transition": "hold"})["Location"] == f"/claims/{claim}/hold/"
    assert biller.get(f"/claims/{claim}/hold/").status_code == 200
    assert biller.post(f"/claims/{claim}/hold/", {"reason": " "}).status_code == 422
    biller.post(f"/claims/{claim}/hold/", {"reason": "The card shows another ID"})
    page = biller.get(f"/claims/{claim}/").content.decode()
    assert "The card shows another ID" in page
    assert "Needs attention" in page


def test_lines_are_changed_and_a_ready_claim_goes_back_to_draft(biller, claim) -> None:
    preparation.mark_ready(claim, by=biller.user, at=factories.AT)
    extra = {**D0371, "code": "d0350", "fee": "1,020.00", "quantity": "2", "description": "Photo “x”"}
    answer = biller.post(f"/claims/{claim}/lines/", lines(D0371, extra, seen=claim.revision))
    assert answer.status_code == 302
    claim.refresh_from_db()
    assert [(x.code, x.quantity, x.fee) for x in claim.lines.all()] == [
        ("D0371", 1, Decimal(850)),
        ("D0350", 2, Decimal(1020)),
    ]
    assert claim.total == Decimal("2890.00")
    assert claim.preparation == "draft"


def test_an_emptied_code_takes_its_line_off_but_a_claim_keeps_one(biller, claim) -> None:
    answer = biller.post(f"/claims/{claim}/lines/", lines({**D0371, "code": ""}, seen=claim.revision))
    assert answer.status_code == 422
    assert "at least one line" in answer.content.decode()
    assert claim.lines.count() == 1


@pytest.mark.parametrize(
    "change, words",
    [
        ({"code": "D37"}, "five characters"),
        ({"fee": "a lot"}, "amount in dollars"),
        ({"fee": ""}, "full fee"),
        ({"fee": "-5"}, "amount in dollars"),
        ({"quantity": "0"}, "1"),
        ({"quantity": "1.5"}, "whole number"),
        ({"diagnosis_pointers": "AZ"}, "letters of the diagnoses"),
        ({"description": "x" * 81}, "80"),
    ],
)
def test_a_bad_line_is_refused_at_its_field_and_nothing_typed_is_lost(
    biller, claim, change: dict[str, str], words: str
) -> None:
    typed = {**D0371, "description": "Kept words", **change}
    answer = biller.post(f"/claims/{claim}/lines/", lines(typed, seen=claim.revision))
    assert answer.status_code == 422
    (field,) = change
    assert words in " ".join(answer.context["form"].forms[0].errors[field])
    if field != "description":
        assert "Kept words" in answer.content.decode()
    assert claim.lines.get().description != "Kept words"


def test_stale_lines_overwrite_nothing_and_both_versions_are_shown(biller, claim) -> None:
    seen = claim.revision
    biller.post(f"/claims/{claim}/lines/", lines({**D0371, "fee": "700"}, seen=seen))
    answer = biller.post(f"/claims/{claim}/lines/", lines({**D0371, "fee": "999"}, seen=seen))
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "$700.00" in page
    assert 'value="999"' in page
    assert claim.lines.get().fee == Decimal(700)


def test_a_damaged_form_of_lines_is_refused_without_a_fault(biller, claim) -> None:
    assert biller.post(f"/claims/{claim}/lines/", {"seen": claim.revision}).status_code == 422
    assert (
        biller.post(
            f"/claims/{claim}/lines/", {"lines-TOTAL_FORMS": "x", "lines-INITIAL_FORMS": "-3", "seen": "x"}
        ).status_code
        == 422
    )


def test_diagnoses_are_set_in_order_and_refused_in_their_words(biller, claim) -> None:
    url = f"/claims/{claim}/diagnoses/"
    refused = biller.post(url, {"diagnoses": "K118", "seen": claim.revision})
    assert refused.status_code == 422
    assert "looks like K11.8" in refused.content.decode()
    assert biller.post(url, {"diagnoses": "k11.5\nk11.8", "seen": claim.revision}).status_code == 302
    stale = biller.post(url, {"diagnoses": "K11.1", "seen": claim.revision})
    assert stale.status_code == 409
    assert "Saved now: K11.5, K11.8." in stale.content.decode()
    claim.refresh_from_db()
    assert claim.diagnoses == ["K11.5", "K11.8"]


def test_every_rule_leads_a_biller_to_a_page(biller, claim) -> None:
    links = _links(claim, biller.user)
    without = {
        rule.field
        for rule in CATALOGUE
        if rule.field not in links and (section := rule.field.partition(".")[0]) not in links and section not in RECORD
    }
    assert without <= {"claim.billing", "claim.clinician", "claim.kind"}  # these lie with the administrator


def test_fix_links_open(biller, claim) -> None:
    for url in set(_links(claim, biller.user).values()):
        if not url.startswith(("/encounters/", "/patients/")):
            assert biller.get(url.partition("#")[0]).status_code == 200, url


# --- Lists --------------------------------------------------------------------------------------------------------


def board(someone: Any) -> dict[str, list[str]]:
    context = someone.get("/ready-to-bill/").context
    found = {"to_start": [str(row["encounter"]) for row in context["to_start"]]}
    return found | {key: [str(row["claim"]) for row in context[key]] for key in ("drafts", "held", "to_pack", "packed")}


def test_each_claim_is_in_the_group_of_its_next_step(biller, plain_packets) -> None:
    from claims.services.packets import seal_packet

    encounter = factories.signed_encounter()
    draft, held, ready, packed = (factories.claim_at(by=biller.user) for _ in range(4))
    preparation.hold(held, "Look", by=biller.user, at=factories.AT)
    for claim in (ready, packed):
        preparation.mark_ready(claim, by=biller.user, at=factories.AT)
    seal_packet(packed, by=biller.user, at=factories.AT)
    assert board(biller) == {
        "to_start": [str(encounter)],
        "drafts": [str(draft)],
        "held": [str(held)],
        "to_pack": [str(ready)],
        "packed": [str(packed)],
    }
    preparation.back_to_draft(packed, by=biller.user, at=factories.AT)
    preparation.mark_ready(packed, by=biller.user, at=factories.AT)
    assert board(biller)["to_pack"] == [str(ready), str(packed)]
    assert "the claim changed since" in biller.get("/ready-to-bill/").content.decode()


def test_a_draft_names_the_first_thing_that_is_missing(biller, warned) -> None:
    (row,) = biller.get("/ready-to-bill/").context["drafts"]
    assert (row["left"], row["blockers"]) == (1, 0)
    page = biller.get("/ready-to-bill/").content.decode()
    assert row["first"].message in page.replace("&#x27;", "'")
    assert "364 days left" in page
    assert "365 days from service" in page


# --- Several at once ----------------------------------------------------------------------------------------------


def at_once(someone: Any, step: str, *claims: Any) -> Any:
    form = {"step": step, "claim": [c if isinstance(c, str) else c.pk for c in claims], "once": new_key()}
    return someone.post("/ready-to-bill/several/", form)


def boxes(someone: Any) -> list[int]:
    found = re.findall(r'name="claim" value="(\d+)"', someone.get("/ready-to-bill/").content.decode())
    return [int(key) for key in found]


@pytest.fixture
def lacking(claim) -> Claim:
    """A claim that lost its diagnoses."""
    Claim.objects.filter(pk=claim.pk).update(diagnoses=[])
    return claim


def test_only_claims_that_lack_nothing_can_be_chosen(biller, lacking) -> None:
    whole = [factories.claim_at(by=biller.user) for _ in range(2)]
    held = factories.claim_at(by=biller.user)
    preparation.hold(held, "Look", by=biller.user, at=factories.AT)
    assert boxes(biller) == [c.pk for c in whole]
    preparation.mark_ready(whole[0], by=biller.user, at=factories.AT)
    assert boxes(biller) == []  # one of each kind: its own row has the button


def test_where_a_box_would_be_stands_why_there_is_none_and_where_to_mend_it(biller, lacking) -> None:
    whole = [factories.claim_at(by=biller.user) for _ in range(2)]
    reopened = factories.claim_at(by=biller.user)
    versions.unlock(reopened.encounter, "A typo.", by=reopened.encounter.clinician.user, at=factories.AT)
    shown = biller.get("/ready-to-bill/").content.decode()
    found = re.findall(r'class="pick-not"><a href="/claims/(\w+)/#(\w+)">([\w ]+)<', shown)
    assert found == [
        (lacking.number, "readiness", "1 blocker"),
        (reopened.number, "version", "Record reopened"),
    ]
    assert boxes(biller) == [c.pk for c in whole]


def test_what_todays_rules_hold_is_not_chosen_though_it_is_ready(biller, plain_packets) -> None:
    from claims.services.packets import seal_packet

    ready = [factories.claim_at(by=biller.user, preparation="ready") for _ in range(4)]
    for claim in ready[2:]:
        seal_packet(claim, by=biller.user, at=factories.AT)
    assert sorted(boxes(biller)) == [c.pk for c in ready]
    condition = {"all": [{"property": "claim.code", "operator": "is", "value": "D0371"}]}
    values = {
        "title": "D0371", "message": "It has D0371.", "fix": "Say why.", "field": "lines.code", "cause": "coding",
        "severity": "warning", "payers": [], "condition": condition,
    }  # fmt: skip
    rules.adopt_proposal(values, "", day=factories.TODAY, by=factories.user(role=Role.MANAGER), at=factories.AT)
    assert boxes(biller) == []
    page = biller.get("/ready-to-bill/").content.decode()
    for claim in ready:
        assert re.search(rf'href="/claims/{claim.number}/#readiness">1 to mend', page)


def test_each_chosen_claim_has_its_own_answer(biller, lacking) -> None:
    whole = factories.claim_at(by=biller.user)
    answer = at_once(biller, "mark_ready", whole, lacking, "nonsense", "999999999")
    assert answer.status_code == 200
    assert (answer.context["done"], answer.context["left"]) == (1, 1)
    whole.refresh_from_db()
    lacking.refresh_from_db()
    assert (whole.preparation, lacking.preparation) == ("ready", "draft")
    page = answer.content.decode()
    assert "1 claim marked ready" in page
    assert "not marked ready" in page
    events = AuditEvent.objects.filter(action="claim.mark_ready")
    assert [e.subject for e in events] == [str(whole)]


def test_the_packets_of_several_claims_are_sealed_each_for_itself(biller, plain_packets) -> None:
    ready = [factories.claim_at(preparation="ready", by=biller.user) for _ in range(2)]
    draft = factories.claim_at(by=biller.user)
    assert boxes(biller) == [c.pk for c in ready]
    answer = at_once(biller, "build_packet", *ready, draft)
    assert [c.packets.count() for c in (*ready, draft)] == [1, 1, 0]
    assert "A packet is built from a ready claim." in answer.content.decode()
    assert board(biller)["packed"] == [str(c) for c in ready]


def test_nothing_chosen_too_much_or_an_unknown_step_does_nothing(biller, claim, monkeypatch) -> None:
    assert "No claim was chosen" in biller.get(at_once(biller, "mark_ready").url).content.decode()
    monkeypatch.setattr("claims.views.several.MOST", 1)
    other = factories.claim_at(by=biller.user)
    told = biller.get(at_once(biller, "mark_ready", claim, other).url).content.decode()
    assert "Choose at most 1 at once; nothing was done." in told
    assert at_once(biller, "void", claim).status_code == 404
    claim.refresh_from_db()
    assert claim.preparation == "draft"


def test_the_same_form_again_leads_back_to_the_board(biller, claim) -> None:
    form = {"step": "mark_ready", "claim": [claim.pk], "once": new_key()}
    assert biller.post("/ready-to-bill/several/", form).status_code == 200
    again = biller.post("/ready-to-bill/several/", form)
    assert (again.status_code, again.url) == (302, "/ready-to-bill/")


def test_today_shows_the_time_to_file_of_what_is_not_signed_yet(biller, person, django_assert_num_queries) -> None:
    from claims.queries.filing import shortest_clocks
    from claims.services import plans

    today = factories.location().today(timezone.now())

    def covered(visit: Any) -> Any:
        factories.coverage(person=visit.patient, by=biller.user)
        return visit

    def begun() -> Any:
        return covered(factories.drafted(with_images=False, service_date=today - timedelta(days=40)))

    private, visits = begun(), [begun(), covered(factories.planned_visit(service_date=today - timedelta(days=5)))]
    covered(factories.planned_visit(service_date=today + timedelta(days=5)))
    wish = {"asked_on": factories.TODAY, "reason": "Pays alone.", "paid_in_full": True}
    plans.restrict(private, wish, by=biller.user, at=timezone.now())
    told = person("assistant").get("/today/").content.decode()
    assert told.count("To file with the plan:") == 2
    assert "325 days left" in told
    assert "360 days left" in told
    for some in (visits[:1], [*visits, begun(), private]):
        with django_assert_num_queries(1):
            clocks = shortest_clocks([(visit, today) for visit in some])
        assert private.pk not in clocks
    assert len(clocks) == 3


def test_an_unknown_limit_to_file_is_a_question(biller, claim) -> None:
    record_policy(claim.coverage.payer, {"covers_d0371": "yes"}, by=biller.user, at=factories.AT)
    assert "not known, ask" in biller.get("/claims/").content.decode()
    assert "The time to file is not known" in biller.get(f"/claims/{claim}/").content.decode()


def test_an_empty_board_teaches(biller) -> None:
    assert "When a clinician signs a record" in biller.get("/ready-to-bill/").content.decode()
    assert "No claim yet" in biller.get("/claims/").content.decode()


def test_the_worklist_filters_by_word_and_payer(biller, claim) -> None:
    ready = factories.claim_at(by=biller.user, preparation="ready")
    shown = lambda url: [str(r["claim"]) for r in biller.get(url).context["rows"]]  # noqa: E731
    assert shown("/claims/") == [str(ready), str(claim)]
    assert shown("/claims/?word=ready") == [str(ready)]
    assert shown(f"/claims/?word=draft&payer={claim.coverage.payer_id}") == [str(claim)]
    assert shown("/claims/?payer=99999") == []
    assert shown("/claims/?word=nonsense&payer=x&older=y&newer=-1") == [str(ready), str(claim)]


def test_a_patient_is_searched_without_a_name_in_the_address(biller, claim) -> None:
    other = factories.patient(first_name="Zoë", last_name="Ünlike")
    found = factories.claim_at(by=biller.user, encounter=factories.signed_encounter(person=other))
    answer = biller.post("/claims/", {"patient": "unlike zoe"})
    assert [r["claim"] for r in answer.context["rows"]] == [found]
    assert [r["claim"] for r in biller.post("/claims/", {"patient": str(claim).lower()}).context["rows"]] == [claim]
    assert "No claim fits" in biller.post("/claims/", {"patient": "nobody at all"}).content.decode()
    events = AuditEvent.objects.filter(action="claim.search")
    assert events.count() == 3
    assert not any("unlike" in e.detail.lower() for e in events)


def test_pages_go_on_by_key_in_both_directions(biller, monkeypatch) -> None:
    made = [str(factories.claim_at(by=biller.user)) for _ in range(5)][::-1]
    monkeypatch.setattr("claims.views.boards.PAGE", 2)
    seen, url = [], "/claims/?word=draft"
    while url:
        context = biller.get(url).context
        seen.append([str(r["claim"]) for r in context["rows"]])
        url = f"/claims/{context['page']['next']}" if context["page"]["next"] else ""
    assert seen == [made[:2], made[2:4], made[4:]]
    last = biller.get(f"/claims/?older={int(made[3][1:])}").context
    back = biller.get(f"/claims/{last['page']['previous']}").context
    assert [str(r["claim"]) for r in back["rows"]] == made[2:4]


@pytest.mark.parametrize("preparation_state", ["draft", "ready", "held"])
@pytest.mark.parametrize("transport", ["none", "sent", "accepted", "rejected"])
def test_the_word_in_the_database_is_the_word_of_the_table(
    biller, claim, preparation_state: str, transport: str
) -> None:
    from claims.queries.billing import worded

    for adjudication in ("none", "pended", "paid", "partly_paid", "denied", "patient_share"):
        for closing in ("open", "corrected", "voided", "written_off", "closed"):
            state = {
                "preparation": preparation_state,
                "transport": transport,
                "adjudication": adjudication,
                "closing": closing,
            }
            Claim.objects.filter(pk=claim.pk).update(**state)
            assert worded().get(pk=claim.pk).said == word_of(**state), state
    assert {w.value for w in ClaimWord} >= {worded().get(pk=claim.pk).said}


def test_time_to_file_ends(biller, claim) -> None:
    from claims.queries.filing import filing

    assert filing(factories.SERVICE_DATE, 30, factories.TODAY).is_urgent
    late = filing(factories.SERVICE_DATE, 1, factories.TODAY + timedelta(days=5))
    assert (late.due, late.left) == (factories.TODAY, -5)


# --- The life of a claim ------------------------------------------------------------------------------------------


def life(someone: Any, claim: Claim) -> dict[str, str]:
    return {step["label"]: step["state"] for step in someone.get(f"/claims/{claim}/").context["steps"]}


def test_the_timeline_says_where_a_claim_stands(biller, claim) -> None:
    to_come = ["Submitted", "Accepted", "Decided", "Paid"]
    assert life(biller, claim) == {
        "Signed": "done",
        "Checked": "now",
        "Packet": "open",
        **dict.fromkeys(to_come, "open"),
    }
    preparation.mark_ready(claim, by=biller.user, at=factories.AT)
    assert life(biller, claim)["Packet"] == "now"


def test_the_timeline_goes_on_to_a_denial(biller) -> None:
    sent = factories.submission(by=biller.user).claim
    assert life(biller, sent)["Accepted"] == "now"
    denied = factories.denial(by=biller.user, claim=factories.submission(by=biller.user).claim).claim
    Claim.objects.filter(pk=denied.pk).update(adjudication="denied")
    seen = life(biller, denied)
    assert (seen["Submitted"], seen["Denied"], seen["Paid"]) == ("done", "now", "open")


def test_a_stale_time_to_file_is_told_on_the_claims_page(biller, claim) -> None:
    old = {"value": 365, "source": "manual", "verified_on": claim.service_date - timedelta(days=400)}
    record_fact(claim.coverage.payer, "timely_filing_days", old, by=biller.user, at=factories.AT)
    page = " ".join(biller.get(f"/claims/{claim}/").content.decode().split())
    assert "The time to file was last verified on Oct 1, 2025" in page
    assert "90 days from service counted: the payer’s limit was last verified on Oct 1, 2025" in page
