"""The pages of own rules: built part by part without a script, tried, adopted, retired, proposed by a denial."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from claims.conditions.condition import Clause, Group
from claims.facts import LineFacts
from claims.models import OwnRule, RuleSeverity, RulesRelease
from claims.rules.examples import READY
from claims.services import rules
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, User
from documentation.views.once import new_key
from tests import factories as f
from tests.claims import answered

WORDS = {
    "title": "Reasons for a costly claim",
    "message": "This claim is costly.",
    "fix": "Say why.",
    "field": "lines.code",
    "cause": "medical_necessity",
    "severity": "warning",
}


@pytest.fixture
def manager(db: None) -> Client:
    f.location()
    client = Client()
    client.force_login(f.user(role=Role.MANAGER))
    return client


def send(client: Client, url: str, data: dict[str, Any], **more: Any) -> Any:
    return client.post(url, {"once": new_key(), **data}, **more)


def condition(**fields: Any) -> dict[str, Any]:
    """The fields of a condition: `c_0__property` is `c-0.property`."""
    return {name.replace("__", ".").replace("_", "-"): value for name, value in fields.items()}


COSTLY = condition(c__match="all", c_0__property="claim.total", c_0__operator="more", c_0__value="$1,000.00")


def test_a_condition_is_built_part_by_part_and_nothing_is_saved_meanwhile(manager: Client) -> None:
    build = reverse("own_rule_build")
    page = manager.get(reverse("own_rule_add"))
    assert "Choose what to ask of the claim." in page.content.decode()
    steps: list[tuple[dict[str, Any], str]] = [
        (condition(c__match="all", c_0__property="reason.pain") | {"do": "go"}, "is at least"),
        (COSTLY | {"do": "add:c"}, 'name="c-1.property"'),
        (COSTLY | {"do": "group:c"}, 'name="c-1-0.property"'),
        (COSTLY | {"do": "remove:c-0"}, "Add at least one condition."),
        (COSTLY, "the total charge is more than $1,000.00"),
    ]
    for data, shown in steps:
        for headers in ({}, {"HX-Request": "true"}):
            answer = manager.post(build, WORDS | data, headers=headers)
            assert answer.status_code == 200
            assert shown in answer.content.decode(), (data, headers)
            assert (WORDS["title"] in answer.content.decode()) is not bool(headers)
    said = manager.post(build, COSTLY, headers={"HX-Request": "true", "HX-Target": "said"}).content.decode()
    assert "Hold the claim when the total charge is more than $1,000.00." in said
    assert "c-0.property" not in said
    assert not OwnRule.objects.exists()


@pytest.mark.parametrize(
    ("about", "operator", "value", "said"),
    [
        ("plan.ended", "is", "9999-12-31", "December 31, 9999"),
        ("plan.ended", "is", "0001-01-01", "January 1, 1"),
        ("claim.total", "is", "1e999999999", "Give an amount in dollars"),
        ("reason.pain", "is", "1e999999999", "Give a number"),
        ("reading.text", "shorter", "999999999", "Give a whole number of characters, from 1 to 5,000."),
    ],
)
def test_whatever_is_typed_the_builder_answers(
    manager: Client, about: str, operator: str, value: str, said: str
) -> None:
    typed = {"c.match": "all", "c-0.property": about, "c-0.operator": operator, "c-0.value": value, "payers": "²"}
    answer = manager.post(reverse("own_rule_build"), WORDS | typed)
    assert answer.status_code == 200
    assert said in answer.content.decode()


def test_what_makes_no_sense_is_said_beside_its_part_and_not_tried(manager: Client) -> None:
    backwards = condition(
        c__match="all", c_0__property="reason.pain", c_0__operator="between", c_0__value="8", c_0__to="3"
    )
    answer = send(manager, reverse("own_rule_add"), WORDS | backwards | {"then": "try"})
    assert answer.status_code == 422
    assert 'id="c-0-problem"' in answer.content.decode()
    assert not OwnRule.objects.exists()
    assert send(manager, reverse("own_rule_add"), WORDS | backwards | {"then": "draft"}).status_code == 302
    rule = OwnRule.objects.get()
    assert 'value="8"' in manager.get(reverse("own_rule_change", args=[rule.pk])).content.decode()
    assert "It cannot be adopted as it stands." in manager.get(reverse("own_rule", args=[rule.pk])).content.decode()


def test_every_kind_of_value_comes_back_as_it_was_typed(manager: Client) -> None:
    fields = condition(
        c__match="any",
        c_0__property="claim.service_day", c_0__operator="before", c_0__value="2026-11-05",
        c_1__property="procedure.complete", c_1__operator="is", c_1__value="no",
        c_2__property="procedure.glands", c_2__operator="any_of", c_2__value=["parotid", "minor"],
        c_3__match="all",
        c_3_0__property="claim.codes", c_3_0__operator="all_of", c_3_0__value="D0330\nD0350",
        c_3_1__property="plan.name", c_3_1__operator="unknown",
        c_3_2__property="reason.pain", c_3_2__operator="is", c_3_2__value="much",
    )  # fmt: skip
    fields = {name.replace("service-day", "service_day"): value for name, value in fields.items()}
    assert send(manager, reverse("own_rule_add"), WORDS | fields).status_code == 302
    rule = OwnRule.objects.get()
    assert rule.condition == {
        "any": [
            {"property": "claim.service_day", "operator": "before", "value": "2026-11-05"},
            {"property": "procedure.complete", "operator": "is", "value": False},
            {"property": "procedure.glands", "operator": "any_of", "value": ["parotid", "minor"]},
            {
                "all": [
                    {"property": "claim.codes", "operator": "all_of", "value": ["D0330", "D0350"]},
                    {"property": "plan.name", "operator": "unknown"},
                    {"property": "reason.pain", "operator": "is"},
                ]
            },
        ]
    }
    page = manager.get(reverse("own_rule_change", args=[rule.pk])).content.decode()
    assert ">D0330\nD0350</textarea>" in page
    assert page.count(" checked>") >= 2
    assert "Give a number" in page


def test_a_rule_is_tried_adopted_and_retired_with_its_lists(manager: Client) -> None:
    again = f'<a href="{reverse("recheck")}">Check all open claims again</a>'
    denial = answered.denied_reference(by=f.user(role=Role.BILLER))
    cheap = condition(c__match="all", c_0__property="claim.total", c_0__operator="at-most", c_0__value="850")
    cheap["c-0.operator"] = "at_most"
    answer = send(manager, reverse("own_rule_add"), WORDS | cheap | {"then": "try"}, follow=True)
    page = answer.content.decode()
    assert "1 that was denied" in page
    assert "0 that were paid" in page
    assert denial.claim.number in page
    rule = OwnRule.objects.get()
    step, looked_at = reverse("own_rule_step", args=[rule.pk]), {"transition": "adopt", "seen": rule.revision}
    assert f'name="seen" value="{rule.revision}"' in page
    assert again in send(manager, step, looked_at, follow=True).content.decode()
    assert send(manager, step, {"transition": "adopt"}).status_code == 409
    answer = send(manager, reverse("own_rule_retire", args=[rule.pk]), {"reason": ""})
    assert answer.status_code == 422
    answer = send(manager, reverse("own_rule_retire", args=[rule.pk]), {"reason": "It held too many."}, follow=True)
    assert "It held too many." in answer.content.decode()
    assert manager.get(reverse("own_rule_change", args=[rule.pk])).status_code == 404
    assert rule.number in manager.get(reverse("rule_list")).content.decode()


def test_a_step_is_of_the_rule_as_the_person_saw_it(manager: Client) -> None:
    by = f.user(role=Role.MANAGER)
    rule = rules.save_and_try(
        None, WORDS | {"condition": _code(), "payers": []}, day=f.TODAY, by=by, at=f.AT
    )  # fmt: skip
    step = reverse("own_rule_step", args=[rule.pk])

    def refused(transition: str, looked_at: int) -> bool:
        answer = send(manager, step, {"transition": transition, "seen": looked_at})
        return answer.status_code == 409 and "Somebody else changed this rule meanwhile" in answer.content.decode()

    rule.refresh_from_db()
    looked_at = rule.revision
    rules.save_and_try(rule, {"severity": "blocker"}, day=f.TODAY, by=by, at=f.AT)
    assert refused("adopt", looked_at)
    rule.refresh_from_db()
    send(manager, step, {"transition": "adopt", "seen": rule.revision})
    rule.refresh_from_db()
    rules.save_rule(rule, {"severity": "advice"}, by=by, at=f.AT)
    assert refused("try", looked_at)
    assert refused("keep", looked_at)
    assert not rule.trials.filter(severity="advice").exists()
    rule.refresh_from_db()
    assert (rule.severity, rule.versions.get().severity) == ("advice", "blocker")


def _code() -> dict[str, Any]:
    return Group("all", (Clause("claim.code", "is", "D0371"),)).as_data()


def test_a_severity_is_set_from_the_page_of_rules_and_shown_there(manager: Client) -> None:
    url = reverse("rule_severity", args=["COD-111"])
    payer = f.payer()
    data = {"payer": payer.pk, "severity": "blocker", "effective_on": "2020-01-01", "reason": "Told so, call 4471."}
    assert send(manager, url, data).status_code == 422
    data["effective_on"] = "2099-01-01"
    assert send(manager, url, data).status_code == 302
    assert RuleSeverity.objects.get().payer == payer
    assert "Told so, call 4471." in manager.get(reverse("rule_list")).content.decode()
    assert manager.get(reverse("rule_severity", args=["OWN-000"])).status_code == 404


def test_an_own_rule_shows_the_severity_that_counts(manager: Client) -> None:
    rule = adopted(f.user(role=Role.MANAGER))
    words = {"severity": "advice", "effective_on": f.TODAY, "reason": "Told so, call 4471."}
    send(manager, reverse("rule_severity", args=[rule.number]), words | {"payer": ""})
    send(manager, reverse("rule_severity", args=[rule.number]), words | {"payer": f.payer().pk, "severity": "blocker"})
    for url in (reverse("own_rule", args=[rule.pk]), reverse("rule_list")):
        shown = " ".join(manager.get(url).content.decode().split())
        assert f"blocker for <bdi>{f.payer().name}</bdi>, advice for every other payer" in shown
    now, by = f.AT + timedelta(hours=1), f.user(role=Role.MANAGER)
    rules.save_rule(rule, {"title": "Other"}, by=by, at=now)
    rules.try_rule(rule, day=f.TODAY, by=by, at=now)
    rules.adopt(rule, day=f.TODAY, by=by, at=now)
    page = manager.get(reverse("own_rule", args=[rule.pk])).content.decode()
    assert page.count("counted until version 2 was adopted") == 2
    assert "advice for every other payer" not in page


def test_a_new_practice_is_released_with_one_press(client: Client, db: None) -> None:
    people = f.one_of_each()
    release = reverse("rules_release")
    client.force_login(people[Role.BILLER])
    assert "Every claim of this practice is held" in client.get(reverse("rule_list")).content.decode()
    assert send(client, release, {}).status_code == 403
    client.force_login(people[Role.MANAGER])
    assert release in client.get(reverse("rule_list")).content.decode()
    page = send(client, release, {}, follow=True).content.decode()
    assert "Every claim of this practice is held" not in page
    assert RulesRelease.objects.get().released_by == people[Role.MANAGER]


def test_a_denial_proposes_a_rule_that_is_adopted_with_one_press(manager: Client) -> None:
    denial = answered.denied_reference(by=f.user(role=Role.BILLER))
    assert reverse("denial_replay", args=[denial.pk]) in manager.get(
        reverse("claim_page", args=[denial.claim_id])
    ).content.decode()  # fmt: skip
    url = reverse("denial_replay", args=[denial.pk])
    page = manager.get(url)
    assert "No rule would have caught it" in page.content.decode()
    assert AuditEvent.objects.filter(action="denial.replay", patient=denial.claim.encounter.patient).exists()
    chosen = page.context["found"].proposed[0]
    take = reverse("denial_replay_take", args=[denial.pk])
    send(manager, take, {"proposal": chosen.proposal.key, "then": "adopt"})
    rule = OwnRule.objects.get()
    assert (rule.status, rule.payers) == ("adopted", [denial.claim.coverage.payer_id])
    assert denial.claim.number in rule.origin
    page = manager.get(url).content.decode()
    assert "These would have caught it" in page
    assert rule.message in page
    assert send(manager, take, {"proposal": chosen.proposal.key}).status_code == 409


def test_the_card_that_is_pressed_is_the_rule_that_is_adopted(manager: Client) -> None:
    """Two cards of one denial may ask for the same thing with other values."""
    claim = answered.claim(f.TODAY, of="Delta")
    two = replace(READY, lines=(*READY.lines, LineFacts("D0140", 10_000)))
    packet = answered.seal_with(answered.sent(claim, f.TODAY).packet, facts=two)
    denial = answered.denial(answered.answer(claim, f.TODAY, "denied"), "bundling", "850.00", packet=packet)
    shown = manager.get(reverse("denial_replay", args=[denial.pk])).context["found"].proposed
    asked = [[c.value for c in p.proposal.condition.clauses() if c.key == "claim.codes"] for p in shown]
    assert [("D0140",)] in asked
    chosen = shown[asked.index([("D0371",)])]
    send(manager, reverse("denial_replay_take", args=[denial.pk]), {"proposal": chosen.proposal.key, "then": "adopt"})
    assert OwnRule.objects.get().condition == json.loads(json.dumps(chosen.proposal.condition.as_data()))


def adopted(by: User) -> OwnRule:
    return rules.adopt_proposal(WORDS | {"condition": _code(), "payers": []}, "", day=f.TODAY, by=by, at=f.AT)


def test_a_claim_that_an_own_rule_holds_says_so_with_the_way_to_mend_it(manager: Client) -> None:
    claim = f.claim_at()
    adopted(f.user(role=Role.MANAGER))
    page = manager.get(reverse("claim_page", args=[claim.pk])).content.decode()
    assert WORDS["message"] in page
    assert reverse("claim_lines", args=[claim.pk]) in page


def test_values_stand_one_on_a_line_may_hold_commas_and_are_refused_rather_than_cut(manager: Client) -> None:
    def built(text: str) -> str:
        data = condition(c__match="all", c_0__property="plan.name", c_0__operator="one_of", c_0__value=text)
        answer: str = manager.post(reverse("own_rule_build"), WORDS | data).content.decode()
        return answer

    assert "“Gold, with dental”" in built("Gold, with dental\r\nSilver")
    long = "x" * 201
    said = built(long)
    assert "has 201 characters; at most 200 are compared" in said
    assert long in said, "nothing is cut off"
    many = "\n".join(f"Plan {n}" for n in range(61))
    assert "These are 61 values; at most 60 are compared" in built(many)


def test_what_the_program_asks_already_is_said_while_building_and_hinders_nothing(manager: Client) -> None:
    unknown = condition(c__match="all", c_0__property="eligibility.active", c_0__operator="unknown")
    said = "ELG-101 (Eligibility was checked) of the program asks the same."
    assert said in manager.post(reverse("own_rule_build"), WORDS | unknown).content.decode()
    send(manager, reverse("own_rule_add"), WORDS | unknown | {"then": "try"})
    rule = OwnRule.objects.get()
    assert said in manager.get(reverse("own_rule", args=[rule.pk])).content.decode()
    assert rule.status == "tried"


def test_a_built_in_rule_that_is_not_in_force_says_so_with_its_days(manager: Client) -> None:
    data = {
        "severity": "off",
        "effective_on": f.TODAY.isoformat(),
        "reason": "Never asked here, call 4471.",
        "payer": "",
    }
    send(manager, reverse("rule_severity", args=["ELG-202"]), data)
    page = manager.get(reverse("rule_list")).content.decode()
    assert "not in force for every payer" in page
