"""Rows of the clinical record. Constraints back what forms promise; triggers lock what was signed."""

from documentation.models.accounts import AccountLink, AccountReset, FirstLink, Guesses, RecoveryCode
from documentation.models.amendments import AmendmentRequest, AmendmentStep, AmendmentTime
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
from documentation.models.jobs import Job
from documentation.models.letterhead import Logo
from documentation.models.merges import Merge, MovedRow, NotSame
from documentation.models.notices import Notice
from documentation.models.patients import Patient, PatientWord
from documentation.models.people import Clinician, Location, Organization, User
from documentation.models.phones import PhoneLink
from documentation.models.rehearsal import Became, Rehearsal, RehearsalItem
from documentation.models.retention import KeptLonger, LegalHold, RetentionPeriod
from documentation.models.signatures import Addendum, Signature
from documentation.models.upkeep import Night, UpkeepStep

__all__ = [
    "AccountLink",
    "AccountReset",
    "ActionKey",
    "Addendum",
    "AmendmentRequest",
    "AmendmentStep",
    "AmendmentTime",
    "Annotation",
    "AuditEvent",
    "Became",
    "Clinician",
    "Encounter",
    "EncounterImage",
    "Finding",
    "FirstLink",
    "GlandExamined",
    "Guesses",
    "HeldUpload",
    "Interpretation",
    "Intervention",
    "Job",
    "Justification",
    "KeptLonger",
    "LegalHold",
    "Location",
    "Logo",
    "Merge",
    "MovedRow",
    "Night",
    "NotSame",
    "Notice",
    "Organization",
    "OtherProcedure",
    "Patient",
    "PatientWord",
    "PhoneLink",
    "Phrase",
    "PlanOfCare",
    "Presence",
    "PriorCare",
    "PriorImaging",
    "Procedure",
    "RecoveryCode",
    "Rehearsal",
    "RehearsalItem",
    "RetentionPeriod",
    "Signature",
    "StoredFile",
    "UpkeepStep",
    "User",
]
