"""A visit as a case (docs/case-files.md): from the record that counts, the patient's plans and what is known of payers.

A case holds what the format knows. Addenda, earlier versions, answers and appeals have no place in it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from claims.cases import record as r
from claims.cases import schema as s
from claims.cases.schema import Case, parse
from claims.cases.writing import write
from claims.models import Authorization, Claim, ClaimLine, Coverage, EligibilityCheck, Estimate
from claims.queries.plans import order_of
from claims.queries.shares import D0371
from documentation.models import Encounter, EncounterImage, StoredFile
from documentation.queries.encounters import facts_of, with_record
from documentation.workflow import EncounterStatus


@dataclass(frozen=True)
class CaseFiles:
    """What goes into the folder of a case: the data of its case.json, and its pictures by their names there."""

    data: dict[str, Any]
    pictures: dict[str, StoredFile]


def with_a_case() -> QuerySet[Encounter]:
    """Visits that a case is written of: each by its signed version, or as the draft or plan that it is."""
    unsigned = Q(status__in=(EncounterStatus.PLANNED, EncounterStatus.DRAFT), previous=None)
    return Encounter.objects.filter(Q(status=EncounterStatus.SIGNED) | unsigned).order_by("pk")


def case_of(key: int) -> CaseFiles:
    """The case of a visit. Raises CaseError where the record holds what the format cannot say."""
    encounter = with_record().get(pk=key)
    pictures = dict(_pictures(encounter))
    data = write(_case(encounter, list(pictures)))
    parse(data)
    return CaseFiles(data, pictures)


def _pictures(encounter: Encounter) -> Iterator[tuple[str, StoredFile]]:
    for number, image in enumerate(encounter.images.all(), start=1):
        yield f"image-{number}.{_ending(image)}", image.original


def _ending(image: EncounterImage) -> str:
    """A folder on disk is read by its names: without an ending nobody opens a picture."""
    kinds = {"image/jpeg": "jpg", "application/dicom": "dcm", "image/tiff": "tif"}
    kind = image.original.media_type
    return kinds.get(kind, kind.rpartition("/")[2] if kind.startswith("image/") else "bin")


def _case(encounter: Encounter, names: list[str]) -> Case:
    facts = facts_of(encounter)
    plans = list(Coverage.objects.filter(patient=encounter.patient, is_active=True).select_related("payer", "terms"))
    order = order_of(encounter.patient, encounter.service_date) if len(plans) > 1 else None
    claims = Claim.objects.filter(encounter=encounter)
    line = ClaimLine.objects.filter(claim__in=claims, code=D0371).order_by("claim__sequence", "pk").first()
    patient = _take(s.Patient, facts.patient, address=_address(facts.patient.address))
    return Case(
        id=f"export-{encounter.number}",
        patient=patient,
        location=_take(s.Location, facts.location, address=_address(facts.location.address)),
        payers=tuple(_payer(plan) for plan in {plan.payer_id: plan for plan in plans}.values()),
        coverages=tuple(_coverage(plan) for plan in plans),
        plan_order=s.PlanOrder() if order and order.is_confirmed else None,
        eligibility_checks=tuple(
            _take(s.EligibilityCheck, row, payer_id=row.coverage.payer.payer_id) for row in _checks(plans)
        ),
        authorizations=tuple(
            _take(s.Authorization, row, payer_id=row.coverage.payer.payer_id) for row in _authorizations(plans)
        ),
        encounter=_encounter(facts, names),
        estimate=_estimate(encounter),
        fee=line.fee if line else None,
        sign=encounter.status == EncounterStatus.SIGNED,
        claims=claims.exists(),
    )


def _take(cls: Any, row: Any, **more: Any) -> Any:
    """A part of the case from a row or a fact that has the same names; `more` is what is named otherwise."""
    names = [f.name for f in dataclasses.fields(cls) if f.name not in more]
    values = {name: getattr(row, name) for name in names}
    return cls(**{name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}, **more)


def _address(given: Any) -> s.Address | None:
    whole = given.line1 and given.city and given.state and given.zip
    return _take(s.Address, given) if whole else None


def _payer(plan: Coverage) -> s.Payer:
    policy = plan.payer.current_policy()
    return _take(s.Payer, plan.payer, address=_address(plan.payer), policy=_take(s.Policy, policy) if policy else None)


def _coverage(plan: Coverage) -> s.Coverage:
    subscriber = None
    if plan.subscriber_last_name:
        names = ("first_name", "last_name", "birth_date", "sex")
        values = {name: getattr(plan, f"subscriber_{name}") for name in names}
        subscriber = s.Subscriber(**values, address=_address(plan))
    terms = _take(s.Terms, plan.terms) if hasattr(plan, "terms") else None
    return _take(s.Coverage, plan, payer_id=plan.payer.payer_id, subscriber=subscriber, terms=terms)


def _checks(plans: list[Coverage]) -> QuerySet[EligibilityCheck]:
    return (
        EligibilityCheck.objects.filter(coverage__in=plans)
        .select_related("coverage__payer")
        .order_by("checked_on", "pk")
    )


def _authorizations(plans: list[Coverage]) -> QuerySet[Authorization]:
    return Authorization.objects.filter(coverage__in=plans).select_related("coverage__payer").order_by("pk")


def _estimate(encounter: Encounter) -> s.Estimate | None:
    row = Estimate.objects.filter(encounter=encounter).first()
    return _take(s.Estimate, row) if row and row.given_on else None


def _encounter(facts: Any, names: list[str]) -> r.Encounter:
    why, done = facts.justification, facts.procedure
    return _take(
        r.Encounter,
        facts,
        clinician=_take(r.Clinician, facts.clinician),
        justification=_take(
            r.Justification,
            why,
            prior_care=tuple(_take(r.PriorCare, row) for row in why.prior_care if row.type),
            prior_imaging=tuple(_take(r.PriorImaging, row) for row in why.prior_imaging if row.modality),
        ),
        procedure=_procedure(done),
        findings=tuple(_take(r.Finding, row) for row in facts.findings if row.type),
        interventions=tuple(_take(r.Intervention, row) for row in facts.interventions if row.type),
        images=tuple(_image(image, name) for image, name in zip(facts.images, names, strict=True) if image.kind),
        interpretation=_take(r.Interpretation, facts.interpretation),
        plan=_take(r.Plan, facts.plan),
        other_procedures=tuple(
            r.OtherProcedure(code=o.code, fee=Decimal(o.fee_cents) / 100, documented=o.documented)
            for o in facts.other_procedures
            if o.code
        ),
    )


def _procedure(done: Any) -> r.Procedure:
    anesthesia = None
    if done.anesthesia:
        anesthesia = r.Anesthesia(
            type=done.anesthesia,
            agent=done.anesthesia_agent,
            dose_mg=done.anesthesia_dose_mg,
            by=done.anesthesia_by,
        )
    scope = r.Scope(**{f.name: getattr(done, f"scope_{f.name}") for f in dataclasses.fields(r.Scope)})
    glands = tuple(_take(r.Gland, g, lsd=r.Lsd(L=g.lsd_l, S=g.lsd_s, D=g.lsd_d)) for g in done.glands)
    return _take(r.Procedure, done, anesthesia=anesthesia, scope=scope, glands=glands)


def _image(image: Any, name: str) -> r.Image:
    return _take(r.Image, image, file=name, annotations=tuple(_take(r.Annotation, mark) for mark in image.annotations))
