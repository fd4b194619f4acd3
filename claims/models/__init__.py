"""Rows of getting paid."""

from claims.models.appeals import Appeal
from claims.models.balances import BillingRelease, PatientPayment
from claims.models.calls import StatusCall
from claims.models.channels import ChannelLimit
from claims.models.claims import Claim, ClaimLine, RuleOverride
from claims.models.clocks import AppealPath, CalendarLink, PeerToPeer, Reminder, SendingLag
from claims.models.codes import CodeMapping, CodeText, ReasonCode
from claims.models.coverage import Authorization, Coverage, EligibilityCheck
from claims.models.denials import Decision, Denial, WriteOff
from claims.models.dispatches import Dispatch, DispatchAttempt, DispatchedClaim, DispatchFile
from claims.models.estimates import Estimate, EstimateSignature
from claims.models.evidence import EVIDENCE_KINDS, FROM_PAYER, Evidence, Unobtainable, VisitDocument
from claims.models.exports import WAYS_GIVEN, WHO_ASKED, FullExport, PatientCopy
from claims.models.figures import SUMMAND, ClaimFigures, FiguresCheck, FiguresSum
from claims.models.imports import Import, ImportRow
from claims.models.outcomes import AnsweredSending, AnsweredSum, SentFailure, SentReport
from claims.models.packets import Packet, PacketPart
from claims.models.parties import FileParties
from claims.models.payers import Fee, Payer, PlaybookFact
from claims.models.plans import CoverageTerms, PayerTerms, PlanOrder, SelfPayRestriction
from claims.models.predeterminations import Predetermination
from claims.models.queues import AppealSum, DecidedAppeal, OwedClaim, QueuedClaim, VisitToBill
from claims.models.rechecks import RecheckRun, SentBack
from claims.models.remittances import (
    Adjustment,
    EobSpot,
    FormerScan,
    Remittance,
    RemittanceClaim,
    RemittanceFile,
    RemittanceLine,
)
from claims.models.rules import OwnRule, OwnRuleTrial, OwnRuleVersion, RuleOffer, RuleSeverity, RulesRelease
from claims.models.submissions import FilingProof, Submission
from claims.models.transmissions import (
    Acknowledgement,
    AcknowledgementFile,
    ControlSeries,
    Transmission,
    TransmittedClaim,
)
from claims.models.work import BULK_ACTS, BulkRow, BulkRun, ClaimNote, SavedView, StartView

__all__ = [
    "BULK_ACTS",
    "EVIDENCE_KINDS",
    "FROM_PAYER",
    "SUMMAND",
    "WAYS_GIVEN",
    "WHO_ASKED",
    "Acknowledgement",
    "AcknowledgementFile",
    "Adjustment",
    "AnsweredSending",
    "AnsweredSum",
    "Appeal",
    "AppealPath",
    "AppealSum",
    "Authorization",
    "BillingRelease",
    "BulkRow",
    "BulkRun",
    "CalendarLink",
    "ChannelLimit",
    "Claim",
    "ClaimFigures",
    "ClaimLine",
    "ClaimNote",
    "CodeMapping",
    "CodeText",
    "ControlSeries",
    "Coverage",
    "CoverageTerms",
    "DecidedAppeal",
    "Decision",
    "Denial",
    "Dispatch",
    "DispatchAttempt",
    "DispatchFile",
    "DispatchedClaim",
    "EligibilityCheck",
    "EobSpot",
    "Estimate",
    "EstimateSignature",
    "Evidence",
    "Fee",
    "FiguresCheck",
    "FiguresSum",
    "FileParties",
    "FilingProof",
    "FormerScan",
    "FullExport",
    "Import",
    "ImportRow",
    "OwedClaim",
    "OwnRule",
    "OwnRuleTrial",
    "OwnRuleVersion",
    "Packet",
    "PacketPart",
    "PatientCopy",
    "PatientPayment",
    "Payer",
    "PayerTerms",
    "PeerToPeer",
    "PlanOrder",
    "PlaybookFact",
    "Predetermination",
    "QueuedClaim",
    "ReasonCode",
    "RecheckRun",
    "Reminder",
    "Remittance",
    "RemittanceClaim",
    "RemittanceFile",
    "RemittanceLine",
    "RuleOffer",
    "RuleOverride",
    "RuleSeverity",
    "RulesRelease",
    "SavedView",
    "SelfPayRestriction",
    "SendingLag",
    "SentBack",
    "SentFailure",
    "SentReport",
    "StartView",
    "StatusCall",
    "Submission",
    "Transmission",
    "TransmittedClaim",
    "Unobtainable",
    "VisitDocument",
    "VisitToBill",
    "WriteOff",
]
