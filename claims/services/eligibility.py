"""Between the rows of a plan and the electronic question about it: what is asked, and what an answer would fill in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from claims.edi.eligibility_270 import CannotAsk, Inquiry, PersonAsked
from claims.edi.eligibility_271 import Answer
from claims.models import Coverage
from claims.queries.plan_facts import coverage_facts
from claims.queries.plans import restriction_of
from documentation.kernel.dates import short_date
from documentation.kernel.money import from_cents
from documentation.models import Encounter, Location


def inquiry_for(coverage: Coverage, visit: Encounter | None, day: date) -> Inquiry:
    """The question about a plan for a day. A stale ID of the playbook is not used; the payer's own one is.

    Raises CannotAsk while the practice has no location, and for a visit of which the patient wants no plan to be told.
    """
    if visit and restriction_of(visit):
        raise CannotAsk(
            "The patient pays this visit in full and asked that no plan is told of it. Ask no plan about this visit."
        )
    location = visit.location if visit else Location.objects.order_by("pk").first()
    if location is None:
        raise CannotAsk("The practice has no location yet, so nobody can ask.")
    plan, patient = coverage_facts(coverage, day), coverage.patient
    holder = plan.subscriber
    is_other = coverage.relationship not in ("", "self")
    own_id = coverage.payer.book().reliable("payer_id_eligibility", coverage.plan_name, day)
    return Inquiry(
        payer_name=coverage.payer.name,
        payer_id=own_id or coverage.payer.payer_id,
        practice=location.name,
        npi=location.npi,
        tax_id=location.tax_id,
        member_id=coverage.member_id,
        subscriber=PersonAsked(holder.first_name, holder.last_name, holder.birth_date, holder.sex),
        patient=PersonAsked(patient.first_name, patient.last_name, patient.birth_date, patient.sex)
        if is_other
        else None,
        relationship=coverage.relationship,
        service_date=day,
        is_dental=coverage.payer.line == "dental",
        reference=f"{visit.number}-{coverage.pk}" if visit else f"PLAN-{coverage.pk}",
    )


def proposal(answer: Answer, *, today: date) -> dict[str, Any]:
    """What an answer fills into the form of a check, for a person to look at. An old answer is not of today."""
    amounts = {
        "deductible": answer.deductible_cents,
        "deductible_remaining": answer.deductible_left_cents,
        "annual_maximum": answer.maximum_cents,
        "annual_maximum_remaining": answer.maximum_left_cents,
    }
    return {
        "checked_on": min(answer.answered_on or today, today),
        "method": "edi",
        "reference": answer.reference[:60],
        "active": "yes" if answer.is_active else "no",
        "covers_specialized_diagnostics": answer.covers_code,
        "prior_authorization": answer.authorization,
        "begins_on": answer.begins_on,
        "ends_on": answer.ends_on,
        "coinsurance_percent": answer.share_percent,
        "frequency_limit": answer.frequency,
        **{name: from_cents(cents) for name, cents in amounts.items() if cents is not None},
    }


def changes(answer: Answer, coverage: Coverage) -> list[str]:
    """What recording an answer changes of the plan and of its claims, in sentences."""
    told = []
    for name, new, old in (
        ("begins", answer.begins_on, coverage.effective_on),
        ("ends", answer.ends_on, coverage.terminated_on),
    ):
        if new and new != old:
            on_file = f"on file it {name} on {short_date(old)}" if old else "on file stands no such day"
            told.append(f"The plan {name} on {short_date(new)}; {on_file}. Recording the answer changes it.")
    if answer.authorization == "required":
        told.append("Prior authorization is required for this patient. Claims to this plan then need one.")
    elif answer.authorization == "not_required":
        told.append("Prior authorization is not required for this patient, unless the payer's own rules say otherwise.")
    return told


@dataclass(frozen=True)
class Strangers:
    """Where an answer speaks of somebody else than the plan, in sentences."""

    sentences: tuple[str, ...] = ()
    is_refused: bool = False
    """Two signs of three differ: it is another person's answer."""


def strangers(answer: Answer, coverage: Coverage) -> Strangers:
    """Compares member ID, last name and birth date with the plan and its patient."""
    patient = coverage.patient
    names = {n.casefold() for n in (patient.last_name, coverage.subscriber_last_name) if n}
    births = {d for d in (patient.birth_date, coverage.subscriber_birth_date) if d}
    odd = []
    if answer.member_id and answer.member_id.replace(" ", "").upper() != coverage.member_id.upper():
        odd.append(f"The answer is for member ID {answer.member_id}; the plan says {coverage.member_id or 'none'}.")
    if answer.last_name and answer.last_name.casefold() not in names:
        odd.append(f"The answer names {answer.first_name} {answer.last_name}.".replace("  ", " "))
    if answer.birth_date and answer.birth_date not in births:
        odd.append(f"The answer gives {short_date(answer.birth_date)} as the birth date.")
    return Strangers(tuple(odd), is_refused=len(odd) > 1)
