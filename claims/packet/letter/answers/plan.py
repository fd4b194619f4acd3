"""Answers about the plan: coverage, eligibility, dental or medical, who pays first."""

from __future__ import annotations

from collections.abc import Iterator

from claims.facts import AppealFacts, CoverageFacts
from claims.packet.letter.answers.formal import POLICY
from claims.packet.letter.model import Passage, item, lacks, of_record, say, text_of
from claims.packet.narrative import Sentence
from documentation.kernel.dates import long_date
from documentation.prose import phrases as p

_METHOD = {"portal": "your portal", "phone": "you by phone", "edi": "an electronic inquiry"}
ELIGIBILITY = "claim.eligibility"


def coverage(facts: AppealFacts) -> Iterator[Passage]:
    told = [*_wording(facts), *_checked(facts, needs_benefit=True)]
    if not told:
        told = [
            lacks(
                f"What your plan says about {facts.claim.procedure_code} is not recorded; it must be quoted here.",
                f"{POLICY}.covers_d0371",
                "part:claim",
            )
        ]
    yield text_of(*told)
    e = facts.claim.encounter
    if any(told in p.COMPLAINT for told in e.justification.indications):
        yield text_of(
            say(
                "This was no screening: it was done for the complaint of which the record tells.",
                of_record("justification.indications"),
                "note:justification",
            )
        )


def _wording(facts: AppealFacts) -> Iterator[Sentence]:
    c = facts.claim
    source, verified_on = c.policy.source_of("covers_d0371"), c.policy.verified("covers_d0371")
    if c.policy.covers_d0371 == "yes" and source:
        on = f", last checked on {long_date(verified_on)}" if verified_on else ""
        yield say(
            f"Your own rules cover {c.procedure_code} ({source}{on}).",
            [f"{POLICY}.covers_d0371", f"{POLICY}.source", f"{POLICY}.verified_on"],
            "part:claim",
        )


def _checked(facts: AppealFacts, *, needs_benefit: bool) -> Iterator[Sentence]:
    """The check of eligibility on record, as far as it speaks for the claim."""
    check = facts.claim.eligibility
    if check is None or not check.active:
        return
    if needs_benefit and check.covers_specialized_diagnostics != "yes":
        return
    what = "the coverage was active"
    tells_benefit = needs_benefit and check.covers_specialized_diagnostics == "yes"
    facts_ = [f"{ELIGIBILITY}.checked_on", f"{ELIGIBILITY}.active", f"{ELIGIBILITY}.reference", f"{ELIGIBILITY}.method"]
    if tells_benefit:
        what += " and included specialized diagnostics"
        facts_.append(f"{ELIGIBILITY}.covers_specialized_diagnostics")
    how = _METHOD.get(check.method, "you")
    number = f" (reference {check.reference})" if check.reference else ""
    yield say(
        f"On {long_date(check.checked_on)}, {how} confirmed that {what}{number}."
        if check.method != "edi"
        else f"On {long_date(check.checked_on)}, {how} showed that {what}{number}.",
        facts_,
        "part:claim",
    )


def eligibility(facts: AppealFacts) -> Iterator[Passage]:
    c = facts.claim
    plan = c.coverage
    told = list(_checked(facts, needs_benefit=False))
    if plan.effective_on and c.service_date and plan.effective_on <= c.service_date:
        end = f" to {long_date(plan.terminated_on)}" if plan.terminated_on else ", and we know of no end"
        told.append(
            say(
                f"By our record the coverage under member ID {plan.member_id} runs from"
                f" {long_date(plan.effective_on)}{end}; the service was on {long_date(c.service_date)}.",
                [
                    "claim.coverage.effective_on",
                    "claim.coverage.terminated_on",
                    "claim.coverage.member_id",
                    *of_record("service_date"),
                ],
                "part:claim",
            )
        )
    if not any(f.startswith(ELIGIBILITY) for s in told for f in s.facts):
        told.append(
            lacks("No check of eligibility that speaks for this claim is on record.", ELIGIBILITY, "part:claim")
        )
    yield text_of(*told)


def crossover(facts: AppealFacts) -> Iterator[Passage]:
    """You say that the other kind of plan should pay."""
    c = facts.claim
    wanted = "medical" if c.kind == "dental" else "dental"
    others = [(n, o) for n, o in enumerate(c.other_coverages) if o.kind == wanted]
    e = c.encounter
    yield text_of(
        say(
            f"{e.clinician.signature_name}, rendered the service at {e.location.name}, and we billed it to you as a"
            f" {c.kind} service, with {c.procedure_code}.",
            ["claim.kind", "claim.lines[0].code", *of_record("clinician.last_name", "location.name")],
            "note:visit",
            "part:claim",
        ),
        *_treated_as(facts),
    )
    if not others:
        yield text_of(
            say(
                f"No {wanted} plan of this patient is on record, so no other plan could pay in your place.",
                ["claim.other_coverages"],
                "part:claim",
            )
        )
    for n, plan in others:
        yield item(plan.payer.name or f"The {wanted} plan", _answer_of(facts, n, plan))


def _treated_as(facts: AppealFacts) -> Iterator[Sentence]:
    policy, kind = facts.claim.policy, facts.claim.kind
    source = policy.source_of("treats_as")
    if policy.treats_as == kind and source:
        yield say(
            f"Your own rules treat it as a {kind} service ({source}).",
            [f"{POLICY}.treats_as", f"{POLICY}.source"],
            "part:claim",
        )


def _answer_of(facts: AppealFacts, n: int, plan: CoverageFacts) -> Sentence:
    """What became of the claim to the other plan."""
    found = next(((k, s) for k, s in enumerate(facts.claim.siblings) if s.payer_id == plan.payer.payer_id), None)
    if found is None:
        return lacks(
            f"Whether {plan.payer.name} was billed, and what it answered, is not recorded.",
            f"claim.other_coverages[{n}].payer.name",
            "part:claim",
        )
    k, sibling = found
    words = {"denied": "was denied there", "paid": "was decided there", "submitted": "waits for its answer there"}
    if sibling.status not in words:
        return lacks(
            f"Claim {sibling.number} to {plan.payer.name} has no answer yet.",
            f"claim.siblings[{k}].status",
            "part:claim",
        )
    return say(
        f"Our claim {sibling.number} for the same visit {words[sibling.status]}.",
        [f"claim.siblings[{k}].number", f"claim.siblings[{k}].status", f"claim.other_coverages[{n}].payer.name"],
        "part:claim",
    )


def coordination(facts: AppealFacts) -> Iterator[Passage]:
    """You say that another plan comes first, or that its answer is missing."""
    c = facts.claim
    word = {1: "first", 2: "second"}.get(c.sequence, "later")
    alone = "" if c.other_coverages else "; no other plan of this patient is on record"
    yield text_of(
        say(
            f"By our record your plan pays {word} for this patient{alone}.",
            ["claim.sequence", "claim.coverage.priority", "claim.other_coverages"],
            "part:claim",
        )
    )
    for n, plan in enumerate(c.other_coverages):
        yield item(plan.payer.name or "Another plan", _answer_of(facts, n, plan))
