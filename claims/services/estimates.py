"""Verbs on what the patient is told: count it, put it on a page, have it signed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.codes import procedures
from claims.models import Estimate, EstimateSignature, Fee
from claims.queries.claims import estimates_of
from claims.queries.shares import D0371, Scenario, outlook_of
from claims.shares.good_faith import GoodFaith, missing
from claims.shares.notice import Notice, PlanWords
from claims.shares.page import Visit, drawing_of, page, strokes_problem, with_signature
from claims.shares.spread import Number
from documentation.kernel.dates import long_date, short_date
from documentation.kernel.identifiers import phone
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.money import from_cents, to_cents
from documentation.kernel.permissions import Permission
from documentation.models import Encounter, User
from documentation.models.fields import canonical
from documentation.prose.moments import moment
from documentation.queries import encounters
from documentation.services import files, letterhead
from documentation.services.audit import record
from documentation.typesetting import place_logo, render

TEMPLATE = "estimate.typ"


def make_estimate(encounter: Encounter, *, without_plan: bool = False, by: User, at: datetime) -> Estimate:
    """Count the patient's share from what is known now and put it on a page to sign.

    `without_plan` makes a good-faith estimate: no plan is asked, and the whole fee is the patient's. Raises Refused
    where there is no fee, or a good-faith estimate would lack what it must hold; RenderRefused where the page cannot
    be set. Rows are written only after the page was set.
    """
    _require(by)
    outlook = outlook_of(encounter)
    if outlook.fee is None or outlook.recorded is None:
        raise Refused("The fee schedule has no fee for D0371 on the day of the visit. Add it under Payers & policies.")
    good_faith = without_plan or outlook.is_private or not outlook.recorded.plans
    scenario = outlook.recorded
    document = _page(encounter, outlook.fee, scenario, good_faith=good_faith, is_private=outlook.is_private, at=at)
    document["logo_sha256"] = letterhead.sum_now()
    pdf = _set(document)
    amount = outlook.fee.amount
    low, high = (amount, amount) if good_faith else (from_cents(scenario.spread.low), from_cents(scenario.spread.high))
    with transaction.atomic():
        estimate = Estimate(
            encounter=encounter,
            kind="good_faith" if good_faith else "plans",
            low=low,
            high=high,
            basis=_basis(scenario, document, good_faith=good_faith),
            document=files.keep(pdf, media_type="application/pdf", at=at),
            given_on=encounter.location.today(at),
            recorded_at=at,
            recorded_by=by,
        )
        estimate.full_clean()
        estimate.save()
        record("estimate.give", by=by, at=at, subject=encounter, patient=encounter.patient, kind=estimate.kind)
    return estimate


def _basis(scenario: Scenario, document: dict[str, Any], *, good_faith: bool) -> dict[str, Any]:
    plans = () if good_faith else zip(scenario.known, scenario.spread.plans, strict=False)
    return {
        "order": "" if good_faith else scenario.title,
        "plans": [{"name": known.name, "low": low, "high": high} for known, (low, high) in plans],
        "questions": [] if good_faith else [{"what": q.what, "settle": q.settle} for q in scenario.spread.questions],
        "notes": [] if good_faith else list(scenario.spread.notes),
        "page": document,
    }


def _page(
    encounter: Encounter, fee: Fee, scenario: Scenario, *, good_faith: bool, is_private: bool, at: datetime
) -> dict[str, Any]:
    facts = encounters.facts_of(encounters.with_record().get(pk=encounter.pk))
    place = encounter.location
    cents, found = to_cents(fee.amount), scenario.spread
    notice = Notice(
        practice=place.name,
        phone=phone(place.phone),
        low=cents if good_faith else found.low,
        high=cents if good_faith else found.high,
        fee=cents,
        good_faith=good_faith,
        plans=()
        if good_faith
        else tuple(PlanWords(k.name, low, high) for k, (low, high) in zip(scenario.known, found.plans, strict=False)),
        questions=() if good_faith else tuple(q.what for q in found.questions),
        is_private=is_private,
    )
    visit = Visit(
        number=encounter.number,
        patient=facts.patient.full_name,
        initials=facts.patient.initials,
        clinician=facts.clinician.signature_name,
        day=encounter.service_date,
        practice=place.name,
        address=" · ".join(x for x in (facts.location.address.one_line, phone(place.phone)) if x),
    )
    items = None
    if good_faith:
        born = facts.patient.birth_date
        items = GoodFaith(
            patient=visit.patient,
            birth_date=long_date(born) if born else "",
            service=procedures.label(D0371),
            code=D0371,
            day=long_date(visit.day),
            diagnoses=facts.diagnoses,
            charge_cents=cents,
            clinician=visit.clinician,
            npi=facts.clinician.npi,
            tax_id=place.tax_id,
            place=", ".join(x for x in (place.name, place.city, place.state) if x),
        )
        if lacking := missing(items):
            raise Refused(f"A good-faith estimate must also hold {', '.join(lacking)}. Complete that first.")
    source = f"fee schedule, from {short_date(fee.effective_on)}"
    plans = () if good_faith else scenario.known[:2]
    return page(visit, notice, Number("Our fee", cents, source), plans, made_on=place.today(at), items=items)


def sign_estimate(
    estimate: Estimate, *, name: str, agreed: bool, strokes: Any = (), on_behalf: str = "", by: User, at: datetime
) -> EstimateSignature:
    """Keep the patient's signature under an estimate, with `by` as the witness.

    `strokes` is the drawing; without one the typed name and the mark count. Raises ValidationError by field,
    NotPossible for an estimate that was replaced, signed already, or never put on a page.
    """
    _require(by)
    drawing, errors = list(strokes or ()), {}
    if not name.strip():
        errors["name"] = "Type the full name of the person who signs."
    if not agreed:
        errors["agreed"] = "Set this mark: it says that the person has read the page and agrees."
    if problem := strokes_problem(drawing):
        errors["strokes"] = problem
    if errors:
        raise ValidationError(errors)
    _require_open(estimate)
    encounter = estimate.encounter
    signed_page = with_signature(
        estimate.basis["page"],
        name=name,
        on_behalf=on_behalf,
        moment=moment(at, encounter.location.time_zone),
        witness=by.display_name,
        is_drawn=bool(drawing),
    )
    pdf = _set(signed_page, {"signature.svg": drawing_of(drawing)} if drawing else {})
    with transaction.atomic():
        row = Estimate.objects.select_for_update().select_related("encounter").get(pk=estimate.pk)
        _require_open(row)
        if canonical(row.basis) != canonical(estimate.basis):
            raise NotPossible("This estimate changed meanwhile. Look at the page again.")
        # First the date, then the signature: with the signature the row is locked.
        row.acknowledged_on = encounter.location.today(at)
        row.save(update_fields=["acknowledged_on"])
        signature = EstimateSignature(
            estimate=row,
            name=name.strip(),
            on_behalf=on_behalf,
            strokes=drawing,
            document=files.keep(pdf, media_type="application/pdf", at=at),
            signed_at=at,
            witnessed_by=by,
        )
        signature.full_clean()
        signature.save()
        record("estimate.sign", by=by, at=at, subject=encounter, patient=encounter.patient, drawn=bool(drawing))
    return signature


def _set(document: Mapping[str, Any], drawn: Mapping[str, bytes] = MappingProxyType({})) -> bytes:
    """The page as a PDF, with the logo that it was made with: what is signed is what was shown."""
    digest = document.get("logo_sha256", "")
    logo = place_logo(digest, letterhead.pictures(digest), document["practice"])
    return render(TEMPLATE, {**document, "logo": logo.data}, {**drawn, **logo.files}).pdf


def _require_open(estimate: Estimate) -> None:
    if EstimateSignature.objects.filter(estimate=estimate).exists():
        raise NotPossible("This estimate is signed already. Look at the page again.")
    if estimates_of(estimate.encounter).first() != estimate:
        raise NotPossible("A newer estimate replaced this one. Have that one signed.")
    if not estimate.basis.get("page"):
        raise NotPossible("This estimate was typed, not put on a page. Make the page first.")


def _require(by: User) -> None:
    if not by.may(Permission.COVERAGE_EDIT):
        raise NotPermitted("Your role does not allow you to give estimates.")
