"""The page of one claim: what stands in its way, what it says, what was sealed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from claims.codes import icd10
from claims.facts import ClaimFacts
from claims.forms.preparation import ReasonForm
from claims.models import Authorization, Claim
from claims.queries import billing
from claims.queries.claims import estimates_of, facts_of, overrides_of, report_on, rules_for
from claims.queries.codes import proposals, text_on
from claims.queries.filing import filing_of_claim
from claims.queries.outcomes import risk_of
from claims.queries.packets import standing_of
from claims.queries.resending import proposal_for
from claims.rules.duplicates import duplicates
from claims.rules.evidence import evidence_of, is_looked_for
from claims.services import closing
from claims.views.fixing import groups
from claims.views.timeline import timeline
from claims.workflow import PREPARATION, WORD_LABELS, AuthorizationStatus, ClaimWord, Closing, Preparation, Transport
from documentation.kernel.machine import Action
from documentation.kernel.permissions import Permission
from documentation.kernel.rule import Report
from documentation.models import User
from documentation.views.work import at_location


def claim_or_404(pk: int) -> Claim:
    """A claim with what its page shows of the patient, the visit and the plan."""
    claim = billing.worded().select_related("encounter__signature", "coverage__patient").filter(pk=pk).first()
    if claim is None:
        raise Http404
    return claim


def claim_page(
    request: HttpRequest,
    claim: Claim,
    *,
    reason: ReasonForm | None = None,
    refusal: tuple[str, tuple[str, ...]] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The whole page.

    `reason` is a form that came back with errors; it stands open at its rule. `refusal` says what was not done, and
    why.
    """
    user: User = request.user  # type: ignore[assignment]
    today = claim.encounter.location.today(timezone.now())
    facts = facts_of(claim, today=today)
    report = report_on(facts, overrides_of(claim), rules_for(claim, today))
    packets = list(claim.packets.select_related("pdf", "zip", "sealed_by", "supplements"))
    is_open = claim.closing == Closing.OPEN and claim.transport in (Transport.NONE, Transport.REJECTED)
    sealed = next((p for p in packets if p.kind == "claim"), None)
    standing = standing_of(sealed, facts) if sealed else None
    current = sealed if standing and standing.is_current else None
    book, plan_name = claim.coverage.payer.book(), claim.coverage.plan_name
    context = {
        "claim": claim,
        "word": claim.said,  # type: ignore[attr-defined]
        "today": today,
        "filing": filing_of_claim(claim, today),
        "steps": timeline(claim, report, current),
        "report": report,
        "groups": groups(claim, report, user, is_open=is_open),
        "overrides": billing.newest_overrides(claim),
        "risk": risk_of(report, claim.coverage.payer) if is_open else None,
        "reason": reason,
        "refusal": refusal,
        "is_open": is_open,
        "may_edit": is_open and user.may(Permission.CLAIM_PREPARE),
        "may_see_packet": user.may(Permission.PACKET_VIEW),
        "may_build": is_open
        and claim.preparation == Preparation.READY
        and facts.newer is None
        and user.may(Permission.PACKET_BUILD),
        "resending": proposal_for(claim) if user.may(Permission.CLAIM_SUBMIT) else None,
        "replaced_by": claim.replaced_by.first() if claim.closing == Closing.CORRECTED else None,
        "may_void": claim.closing == Closing.OPEN
        and user.may(Permission.CLAIM_SUBMIT)
        and not closing.refusals_to_void(claim),
        "instead": [s.number for s in duplicates(facts) if s.same_visit] if claim.void_answered_at else [],
        "void": billing.told_with(claim, "claim.void") if claim.closing == Closing.VOIDED else {},
        "actions": _actions(claim, report, user) if is_open else (),
        "lines": _lines(claim, facts),
        "proposals": proposals(facts),
        "may_open_record": user.may(Permission.ENCOUNTER_VIEW),
        "diagnoses": [(chr(ord("A") + n), code, icd10.label(code)) for n, code in enumerate(claim.diagnoses)],
        "packets": packets,
        "current": current,
        "packet_shown": sealed,
        "packet_changed": standing.sentence if standing else "",
        "check": _check(claim),
        "authorizations": [a for a in claim.coverage.authorizations.all() if _still_matters(a, claim)],
        "references": dict(facts.references),
        "estimate": estimates_of(claim.encounter).first(),
        "policy": facts.policy,
        "authorization_rule": book.said("prior_authorization", plan_name),
        "authorization_is_stale": facts.policy.stale_fact("prior_authorization") is not None,
        "history": billing.history(claim, packets),
        "trail": trail(claim),
        "step_url": reverse("claim_step", args=[claim.pk]),
        "build_url": reverse("packet_build", args=[claim.pk]),
    }
    return at_location(request, claim.encounter, "claims/claim.html", context, status=status)


def _lines(claim: Claim, facts: ClaimFacts) -> list[dict[str, Any]]:
    """The lines with what in the signed record shows each of them, and the practice's licensed wording."""
    return [
        {
            "line": line,
            "amount": line.fee * line.quantity,
            "evidence": evidence_of(line.code, facts.encounter),
            "is_looked_for": is_looked_for(line.code),
            "text": text_on(line.code, claim.service_date, facts.listed),
        }
        for line in claim.lines.all()
    ]


def trail(claim: Claim) -> list[dict[str, str]]:
    word = ClaimWord(claim.said)  # type: ignore[attr-defined]
    everything = reverse("claim_list")
    crumbs = [{"label": "All claims", "url": everything}]
    if claim.closing != Closing.VOIDED:  # its word is of before, and the list of that word is not where it belongs
        crumbs.append({"label": WORD_LABELS[word][0], "url": f"{everything}?word={word}"})
    return crumbs


def _actions(claim: Claim, report: Report, user: User) -> list[Action]:
    actions = PREPARATION.actions(claim.preparation, user.permissions, report)
    # The main step stands at the end of the row, where the eye and the hand look for it.
    return sorted((_short(action, report) for action in actions), key=lambda a: a.transition.name == "mark_ready")


def _short(action: Action, report: Report) -> Action:
    # The report beside the buttons names every reason; here they are only counted.
    if action.is_open:
        return action
    left = len(report.blockers) + len(report.open_warnings)
    sentence = "1 check below stands against it." if left == 1 else f"{left} checks below stand against it."
    return replace(action, refusals=(sentence,))


def _still_matters(row: Authorization, claim: Claim) -> bool:
    """Neither void nor over before the day of service."""
    is_over = row.valid_to is not None and row.valid_to < claim.service_date
    return row.status != AuthorizationStatus.CANCELLED and not is_over


def _check(claim: Claim) -> Any:
    """The eligibility check that counts for the day of service."""
    checks = list(claim.coverage.eligibility_checks.all())
    return next((c for c in checks if c.checked_on <= claim.service_date), checks[0] if checks else None)
