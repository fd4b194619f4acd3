"""DOC-5xx: who was treated, when, where and by whom, and that the patient agreed."""

from __future__ import annotations

from datetime import date

from documentation.facts import ClinicianFacts, EncounterFacts, PatientFacts
from documentation.kernel.dates import long_date
from documentation.kernel.identifiers import npi_problem
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.rules.citations import DENTAL_FORM, NPI, SPECIFICS, at
from documentation.rules.examples import COMPLETE, with_procedure, with_visit
from documentation.rules.predicates import in_order, said


def with_clinician(**changes: str) -> EncounterFacts:
    clinician = {**vars(COMPLETE.clinician), **changes}
    return with_visit(clinician=ClinicianFacts(**clinician))


def patient_is_known(e: EncounterFacts) -> bool:
    return said(e.patient.first_name, e.patient.last_name) and e.patient.birth_date is not None


RULES: tuple[Rule[EncounterFacts], ...] = (
    Rule(
        id="DOC-501",
        title="The patient is identified",
        severity=Severity.BLOCKER,
        field="patient.birth_date",
        message="The patient's name or birth date is missing.",
        fix="Complete the patient's page.",
        citation=at(DENTAL_FORM, "items 20 and 21"),
        prevents=Cause.DOCUMENTATION,
        passes=patient_is_known,
        good=COMPLETE,
        bad=with_visit(patient=PatientFacts(first_name="Alex", last_name="Doe")),
    ),
    Rule(
        id="DOC-502",
        title="The date of service is recorded",
        severity=Severity.BLOCKER,
        field="visit.service_date",
        message="The date of service is missing.",
        fix="Enter the day of the examination.",
        citation=at(DENTAL_FORM, "item 24"),
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: e.service_date is not None,
        good=COMPLETE,
        bad=with_visit(service_date=None),
    ),
    Rule(
        id="DOC-503",
        title="The date of service is not in the future",
        severity=Severity.BLOCKER,
        field="visit.service_date",
        message="The date of service is in the future.",
        fix="Correct the date, or sign on the day of the examination.",
        citation=at(DENTAL_FORM, "item 24"),
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: in_order(e.service_date, e.today),
        good=COMPLETE,
        bad=with_visit(service_date=date(2026, 11, 6)),
        tell=lambda e: f"The date of service, {long_date(e.service_date)}, is in the future." if e.service_date else "",
    ),
    Rule(
        id="DOC-504",
        title="The patient was born before the visit",
        severity=Severity.BLOCKER,
        field="visit.service_date",
        message="The date of service is before the patient's birth.",
        fix="Correct the date of service, or the birth date on the patient's page.",
        citation=at(DENTAL_FORM, "items 21 and 24"),
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: in_order(e.patient.birth_date, e.service_date),
        good=COMPLETE,
        bad=with_visit(service_date=date(1980, 1, 1)),
    ),
    Rule(
        id="DOC-505",
        title="The place of service is recorded",
        severity=Severity.BLOCKER,
        field="visit.place_of_service",
        message="The place of service is missing.",
        fix="Choose where the patient was treated, such as 11 Office.",
        citation=at(DENTAL_FORM, "item 38"),
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: len(e.place_of_service) == 2 and e.place_of_service.isdecimal(),
        good=COMPLETE,
        bad=with_visit(place_of_service=""),
    ),
    Rule(
        id="DOC-506",
        title="The clinician is named",
        severity=Severity.BLOCKER,
        field="visit.clinician",
        message="The treating clinician is not named.",
        fix="Choose who performed the examination.",
        citation=at(DENTAL_FORM, "item 53"),
        prevents=Cause.PROVIDER,
        passes=lambda e: said(e.clinician.first_name, e.clinician.last_name),
        good=COMPLETE,
        bad=with_clinician(last_name=""),
    ),
    Rule(
        id="DOC-507",
        title="The clinician's NPI is sound",
        severity=Severity.BLOCKER,
        field="visit.clinician",
        message="The clinician's NPI is missing or mistyped.",
        fix="Correct it on the clinician's page.",
        citation=NPI,
        prevents=Cause.PROVIDER,
        passes=lambda e: not npi_problem(e.clinician.npi),
        good=COMPLETE,
        bad=with_clinician(npi="1234567890"),
        tell=lambda e: f"The clinician's NPI {e.clinician.npi} is not valid." if e.clinician.npi else "",
    ),
    Rule(
        id="DOC-508",
        title="The clinician's licence is recorded",
        severity=Severity.BLOCKER,
        field="visit.clinician",
        message="The clinician's licence number is missing.",
        fix="Enter it on the clinician's page.",
        citation=at(DENTAL_FORM, "item 55"),
        prevents=Cause.PROVIDER,
        passes=lambda e: said(e.clinician.licence),
        good=COMPLETE,
        bad=with_clinician(licence=""),
    ),
    Rule(
        id="DOC-511",
        title="Consent is dated",
        severity=Severity.BLOCKER,
        field="procedure.consent_on",
        message="Consent is not recorded.",
        fix="Enter the day on which the patient consented.",
        citation=SPECIFICS,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: e.procedure.consent_on is not None,
        good=COMPLETE,
        bad=with_procedure(consent_on=None),
    ),
    Rule(
        id="DOC-512",
        title="Somebody took the consent",
        severity=Severity.BLOCKER,
        field="procedure.consent_by",
        message="The record does not say who took the consent.",
        fix="Enter who explained the examination to the patient.",
        citation=SPECIFICS,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: said(e.procedure.consent_by),
        good=COMPLETE,
        bad=with_procedure(consent_by=""),
    ),
    Rule(
        id="DOC-513",
        title="Consent came before the examination",
        severity=Severity.BLOCKER,
        field="procedure.consent_on",
        message="Consent is dated after the examination.",
        fix="Correct the date of consent or of service.",
        citation=SPECIFICS,
        prevents=Cause.DOCUMENTATION,
        passes=lambda e: in_order(e.procedure.consent_on, e.service_date),
        good=COMPLETE,
        bad=with_procedure(consent_on=date(2026, 11, 6)),
    ),
)
