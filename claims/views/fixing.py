"""Where each thing that a check of a claim names can be mended, for the person who looks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from django.urls import reverse

from claims.models import Authorization, Claim
from claims.playbook import POLICY_KEYS
from documentation.kernel.permissions import Permission
from documentation.kernel.rule import Report, Result, Severity
from documentation.models import User

RECORD = frozenset({"visit", "justification", "procedure", "findings", "images", "interpretation", "plan", "packet"})
"""Sections that the signed record answers for."""


@dataclass(frozen=True)
class Line:
    """A result with the address of its field; empty where this person cannot mend it."""

    result: Result
    url: str = ""
    may_reason: bool = False


@dataclass(frozen=True)
class Group:
    title: str
    hint: str
    sign: str
    lines: tuple[Line, ...]


def groups(claim: Claim, report: Report, user: User, *, is_open: bool) -> list[Group]:
    """What failed, the gravest first, each with the way to mend it."""
    links = _links(claim, user) if is_open else {}
    may_reason = is_open and user.may(Permission.CLAIM_OVERRIDE)

    def lines(results: Iterable[Result]) -> tuple[Line, ...]:
        return tuple(
            Line(r, _url(r, links), may_reason and r.severity is Severity.WARNING and not r.reason) for r in results
        )

    # Of a claim that left or is void, nothing can be mended: its lines only tell how the checks stand today.
    stop = "mend these before the claim may leave" if is_open else "what would stop it today"
    warn = "mend these, or give a reason for going on" if is_open else "what would want a reason today"
    found = (
        Group("Blockers", stop, "bad", lines(report.blockers)),
        Group("Warnings", warn, "warn", lines(report.open_warnings)),
        Group(
            "Passed with a reason", "sealed with the packet", "reasoned", lines(r for r in report.warnings if r.reason)
        ),
        Group("Advice", "worth a look; nothing waits for it", "advice", lines(report.advice)),
    )
    return [group for group in found if group.lines]


def _url(result: Result, links: dict[str, str]) -> str:
    section, _, field = result.field.partition(".")
    base = links.get(result.field) or links.get(section, "")
    if not base or "#" in base or section in RECORD:
        return base
    return f"{base}#{_ids(section, field)}"


def _ids(section: str, field: str) -> str:
    if section == "lines":
        return f"id_lines-0-{field}"
    return "id_diagnoses" if section == "diagnoses" else f"id_{field}"


def _links(claim: Claim, user: User) -> dict[str, str]:
    """Addresses by section, and by field where a field has its own; each leads back to the claim."""
    here = reverse("claim_page", args=[claim.pk])
    home = f"?back={quote(here)}"
    plan, payer, encounter, patient = claim.coverage, claim.coverage.payer, claim.encounter, claim.encounter.patient
    record = reverse("encounter", args=[encounter.pk])
    links: dict[str, str] = dict.fromkeys(RECORD, record)
    # What a locked record says of the visit can be read there, not typed.
    links |= dict.fromkeys(("claim.encounter", "claim.service_date", "claim.place_of_service"), f"{record}#part-visit")
    links["rules"] = reverse("rule_list") + "#release"
    links["claim.version"] = f"{here}#version"
    links["claim.code"] = f"{here}#medical-code"
    if user.may(Permission.CLAIM_PREPARE):
        links["lines"] = reverse("claim_lines", args=[claim.pk])
        links["diagnoses"] = reverse("claim_diagnoses", args=[claim.pk])
    if user.may(Permission.PATIENT_EDIT):
        links["claim.patient"] = links["patient"] = reverse("patient_edit", args=[patient.pk])
    if user.may(Permission.COVERAGE_EDIT):
        asked = Authorization.objects.filter(coverage=plan, kind="prior_authorization").first()
        links |= {
            "coverage": reverse("coverage_correct", args=[plan.pk]) + home,
            "coverage.subscriber": reverse("coverage_correct", args=[plan.pk]) + home + "#id_subscriber_first_name",
            "coverage.other_coverages": reverse("patient", args=[patient.pk]) + "#coverage",
            "claim.sequence": reverse("visit_plans", args=[encounter.pk]) + "#order",
            "coverage.order": reverse("visit_plans", args=[encounter.pk]) + "#order",
            "claim.restriction": reverse("visit_plans", args=[encounter.pk]) + "#restriction",
            "claim.primary": f"{here}#primary",
            "eligibility": reverse("eligibility_add", args=[plan.pk]) + home,
            "authorization": (
                reverse("authorization_change", args=[asked.pk])
                if asked
                else reverse("authorization_add", args=[plan.pk])
            )
            + home,
            "estimate": reverse("estimate_give", args=[encounter.pk]) + home,
        }
    if user.may(Permission.PAYER_EDIT):
        links["payer"] = reverse("payer_page", args=[payer.pk]) + "#playbook"
        links |= {f"payer.{key}": reverse("payer_fact", args=[payer.pk, key]) + home for key in POLICY_KEYS}
        links["payer.cob_as"] = reverse("payer_terms", args=[payer.pk]) + home + "#id_cob_as"
        links["payer.payer_id"] = reverse("payer_correct", args=[payer.pk]) + home
    return links
