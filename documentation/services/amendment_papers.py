"""The papers of a request to amend: the letter of each answer, and the request with all that was said of it."""

from __future__ import annotations

from datetime import date

from documentation.kernel.dates import short_date
from documentation.kernel.identifiers import phone
from documentation.models import AmendmentRequest, AmendmentStep, Location, Organization
from documentation.prose.amendments import Asked, Told, letter, whole
from documentation.queries.encounters import address_facts, patient_facts
from documentation.typesetting import render
from documentation.workflow import AMENDMENT

TEMPLATE = "amendment.typ"


def print_letter(step: AmendmentStep) -> bytes:
    """The letter to the patient about one answer. Raises RenderRefused with a sentence."""
    return render(TEMPLATE, letter(_asked(step.request), _told(step)), {}).pdf


def print_request(request: AmendmentRequest, *, printed_on: date) -> bytes:
    """The request, the answer, the statement and the rebuttal, as they go along with the record. Raises the same."""
    steps = [_told(step) for step in request.steps.all()]
    return render(TEMPLATE, whole(_asked(request), steps, printed_on=printed_on), {}).pdf


def about(request: AmendmentRequest) -> str:
    """What a request is about, in words."""
    if request.encounter is None:
        return "name, address and other demographics"
    return f"the record {request.encounter.number} of the visit on {short_date(request.encounter.service_date)}"


def done(step: AmendmentStep) -> str:
    """By what the record was amended, in words; empty for a step that amends nothing."""
    if step.addendum:
        return f"an addendum to the record {step.addendum.encounter.number}"
    if step.encounter:
        return f"version {step.encounter.version} of the record, {step.encounter.number}"
    return "a correction of the demographics" if step.corrected_at else ""


def _asked(request: AmendmentRequest) -> Asked:
    patient, visit = request.patient, request.encounter
    place = visit.location if visit else Location.objects.order_by(*Location.IN_ORDER).first()
    practice = Organization.current()
    return Asked(
        number=request.number,
        patient=patient.full_name,
        initials=patient_facts(patient).initials,
        address=address_facts(patient).lines,
        practice=place.name if place else practice.name if practice else "",
        practice_address=address_facts(place).one_line if place else "",
        phone=phone(place.phone) if place else "",
        received_on=request.received_on,
        way=request.way,
        about=about(request),
        wanted=request.wanted,
        words=request.words,
        state=AMENDMENT.label(request.status),
    )


def _told(step: AmendmentStep) -> Told:
    return Told(step.kind, step.said_on, step.said, step.until, step.ground, done(step), step.tell)
