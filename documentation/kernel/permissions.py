"""Who may do what: one table, read by views, buttons, services and tests."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    CLINICIAN = "clinician"
    ASSISTANT = "assistant"
    BILLER = "biller"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        return self.value.capitalize()


class Permission(StrEnum):
    """One thing a person may do. The value is its token in the access matrix."""

    HOME_VIEW = "home.view"
    PATIENT_VIEW = "patient.view"
    PATIENT_EDIT = "patient.edit"
    AMENDMENT_ANSWER = "amendment.answer"
    PATIENT_MERGE = "patient.merge"
    VISIT_PLAN = "visit.plan"
    ENCOUNTER_VIEW = "encounter.view"
    ENCOUNTER_EDIT = "encounter.edit"
    ENCOUNTER_SIGN = "encounter.sign"
    IMAGE_VIEW = "image.view"
    IMAGE_EDIT = "image.edit"
    ORIGINAL_DOWNLOAD = "image.original"
    RULES_VIEW = "rules.view"
    RULES_EDIT = "rules.edit"
    PAYER_VIEW = "payer.view"
    PAYER_EDIT = "payer.edit"
    COVERAGE_VIEW = "coverage.view"
    COVERAGE_EDIT = "coverage.edit"
    WORKLIST_VIEW = "worklist.view"
    CLAIM_VIEW = "claim.view"
    CLAIM_PREPARE = "claim.prepare"
    CLAIM_OVERRIDE = "claim.override"
    CLAIM_RECHECK = "claim.recheck"
    CLAIM_SUBMIT = "claim.submit"
    PACKET_VIEW = "packet.view"
    PACKET_BUILD = "packet.build"
    REMITTANCE_VIEW = "remittance.view"
    REMITTANCE_POST = "remittance.post"
    WRITE_OFF_APPROVE = "write_off.approve"
    PAYMENT_RECORD = "payment.record"
    BILLING_RELEASE = "billing.release"
    APPEAL_VIEW = "appeal.view"
    APPEAL_EDIT = "appeal.edit"
    DASHBOARD_VIEW = "dashboard.view"
    CODES_LOAD = "codes.load"
    USER_MANAGE = "user.manage"
    SETTINGS_MANAGE = "settings.manage"
    AUDIT_VIEW = "audit.view"
    SYSTEM_VIEW = "system.view"
    DATA_IMPORT = "data.import"
    EXPORT_ALL = "export.all"
    RECORD_GIVE = "record.give"
    RETENTION_SET = "retention.set"
    LEGAL_HOLD = "legal_hold.set"


P = Permission

_CHART = frozenset({P.HOME_VIEW, P.PATIENT_VIEW, P.ENCOUNTER_VIEW, P.IMAGE_VIEW, P.RULES_VIEW})
_INTAKE = _CHART | {
    P.PATIENT_EDIT,
    P.VISIT_PLAN,
    P.ENCOUNTER_EDIT,
    P.IMAGE_EDIT,
    P.COVERAGE_VIEW,
    P.COVERAGE_EDIT,
    # Without amounts, and without a way to the claims: those need CLAIM_VIEW.
    P.WORKLIST_VIEW,
}
_BILLING = _CHART | {
    P.PATIENT_EDIT,
    P.VISIT_PLAN,
    P.ORIGINAL_DOWNLOAD,
    P.PAYER_VIEW,
    P.PAYER_EDIT,
    P.COVERAGE_VIEW,
    P.COVERAGE_EDIT,
    P.WORKLIST_VIEW,
    P.CLAIM_VIEW,
    P.CLAIM_PREPARE,
    P.CLAIM_OVERRIDE,
    P.CLAIM_SUBMIT,
    P.PACKET_VIEW,
    P.PACKET_BUILD,
    P.REMITTANCE_VIEW,
    P.REMITTANCE_POST,
    P.PAYMENT_RECORD,
    P.APPEAL_VIEW,
    P.APPEAL_EDIT,
    P.RECORD_GIVE,
}

GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.CLINICIAN: _INTAKE
    | {P.ENCOUNTER_SIGN, P.ORIGINAL_DOWNLOAD, P.CLAIM_VIEW, P.PACKET_VIEW, P.RECORD_GIVE, P.AMENDMENT_ANSWER},
    Role.ASSISTANT: _INTAKE,
    Role.BILLER: _BILLING,
    Role.MANAGER: _BILLING
    | {
        P.AMENDMENT_ANSWER,
        P.PATIENT_MERGE,
        P.CLAIM_RECHECK,
        P.RULES_EDIT,
        P.DASHBOARD_VIEW,
        P.AUDIT_VIEW,
        P.CODES_LOAD,
        P.WRITE_OFF_APPROVE,
        P.BILLING_RELEASE,
        P.SYSTEM_VIEW,
        P.DATA_IMPORT,
        P.RETENTION_SET,
        P.LEGAL_HOLD,
    },
    # Users and settings only: an administrator sees no chart by default, and the worklist without names and amounts.
    Role.ADMINISTRATOR: frozenset(
        {
            P.HOME_VIEW,
            P.RULES_VIEW,
            P.WORKLIST_VIEW,
            P.CODES_LOAD,
            P.USER_MANAGE,
            P.SETTINGS_MANAGE,
            P.AUDIT_VIEW,
            P.SYSTEM_VIEW,
            P.EXPORT_ALL,
            P.RETENTION_SET,
        }
    ),
}
"""The one permission table."""


def permissions_of(role: Role | str) -> frozenset[Permission]:
    """What a role may do; an unknown role may do nothing."""
    try:
        return GRANTS[Role(role)]
    except ValueError:
        return frozenset()
