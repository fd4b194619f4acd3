"""Rows of getting paid."""

from claims.models.appeals import Appeal
from claims.models.channels import ChannelLimit
from claims.models.claims import Claim, ClaimLine, RuleOverride
from claims.models.codes import CodeMapping, CodeText
from claims.models.coverage import Authorization, Coverage, EligibilityCheck
from claims.models.denials import Denial
from claims.models.estimates import Estimate, EstimateSignature
from claims.models.evidence import EVIDENCE_KINDS, Evidence
from claims.models.figures import ClaimFigures
from claims.models.outcomes import SentFailure, SentReport
from claims.models.packets import Packet, PacketPart
from claims.models.payers import Fee, Payer, PlaybookFact
from claims.models.plans import CoverageTerms, PayerTerms, PlanOrder, SelfPayRestriction
from claims.models.rechecks import RecheckRun, SentBack
from claims.models.remittances import (
    Adjustment,
    FormerScan,
    Remittance,
    RemittanceClaim,
    RemittanceFile,
    RemittanceLine,
)
from claims.models.rules import OwnRule, OwnRuleTrial, OwnRuleVersion, RuleSeverity, RulesRelease
from claims.models.submissions import FilingProof, Submission
from claims.models.transmissions import (
    Acknowledgement,
    AcknowledgementFile,
    ControlSeries,
    Transmission,
    TransmittedClaim,
)

__all__ = [
    "EVIDENCE_KINDS",
    "Acknowledgement",
    "AcknowledgementFile",
    "Adjustment",
    "Appeal",
    "Authorization",
    "ChannelLimit",
    "Claim",
    "ClaimFigures",
    "ClaimLine",
    "CodeMapping",
    "CodeText",
    "ControlSeries",
    "Coverage",
    "CoverageTerms",
    "Denial",
    "EligibilityCheck",
    "Estimate",
    "EstimateSignature",
    "Evidence",
    "Fee",
    "FilingProof",
    "FormerScan",
    "OwnRule",
    "OwnRuleTrial",
    "OwnRuleVersion",
    "Packet",
    "PacketPart",
    "Payer",
    "PayerTerms",
    "PlanOrder",
    "PlaybookFact",
    "RecheckRun",
    "Remittance",
    "RemittanceClaim",
    "RemittanceFile",
    "RemittanceLine",
    "RuleOverride",
    "RuleSeverity",
    "RulesRelease",
    "SelfPayRestriction",
    "SentBack",
    "SentFailure",
    "SentReport",
    "Submission",
    "Transmission",
    "TransmittedClaim",
]
