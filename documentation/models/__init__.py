"""Rows of the clinical record. Constraints back what forms promise; triggers lock what was signed."""

from documentation.models.audit import ActionKey, AuditEvent
from documentation.models.encounters import (
    Encounter,
    Finding,
    GlandExamined,
    Interpretation,
    Intervention,
    Justification,
    OtherProcedure,
    Phrase,
    PlanOfCare,
    Presence,
    PriorCare,
    PriorImaging,
    Procedure,
)
from documentation.models.images import Annotation, EncounterImage, HeldUpload, StoredFile
from documentation.models.patients import Patient
from documentation.models.people import Clinician, Location, Organization, User
from documentation.models.phones import PhoneLink
from documentation.models.signatures import Addendum, Signature

__all__ = [
    "ActionKey",
    "Addendum",
    "Annotation",
    "AuditEvent",
    "Clinician",
    "Encounter",
    "EncounterImage",
    "Finding",
    "GlandExamined",
    "HeldUpload",
    "Interpretation",
    "Intervention",
    "Justification",
    "Location",
    "Organization",
    "OtherProcedure",
    "Patient",
    "PhoneLink",
    "Phrase",
    "PlanOfCare",
    "Presence",
    "PriorCare",
    "PriorImaging",
    "Procedure",
    "Signature",
    "StoredFile",
    "User",
]
