"""The one permission table."""

import pytest

from documentation.kernel.permissions import GRANTS, Permission, Role, permissions_of

P = Permission


def test_every_role_has_its_row_and_every_permission_somebody() -> None:
    assert set(GRANTS) == set(Role)
    assert frozenset().union(*GRANTS.values()) == frozenset(Permission)


def test_only_clinicians_sign() -> None:
    assert [r for r in Role if P.ENCOUNTER_SIGN in permissions_of(r)] == [Role.CLINICIAN]


def test_only_a_manager_lets_a_patient_be_billed_early() -> None:
    assert [r for r in Role if P.BILLING_RELEASE in permissions_of(r)] == [Role.MANAGER]


def test_an_administrator_sees_no_chart() -> None:
    about_patients = {"patient", "visit", "encounter", "image", "coverage", "claim", "packet", "remittance", "appeal"}
    assert [p for p in permissions_of(Role.ADMINISTRATOR) if p.split(".")[0] in about_patients] == []


def test_billing_writes_no_clinical_record_and_clinicians_send_no_claims() -> None:
    assert not permissions_of(Role.BILLER) & {P.ENCOUNTER_EDIT, P.ENCOUNTER_SIGN, P.IMAGE_EDIT}
    assert not permissions_of(Role.CLINICIAN) & {P.CLAIM_PREPARE, P.CLAIM_SUBMIT, P.REMITTANCE_POST}


@pytest.mark.parametrize("role", Role)
def test_who_may_change_a_thing_may_see_it(role: Role) -> None:
    granted = permissions_of(role)
    for changed, seen in {
        P.PATIENT_EDIT: P.PATIENT_VIEW,
        P.ENCOUNTER_EDIT: P.ENCOUNTER_VIEW,
        P.ENCOUNTER_SIGN: P.ENCOUNTER_EDIT,
        P.IMAGE_EDIT: P.IMAGE_VIEW,
        P.ORIGINAL_DOWNLOAD: P.IMAGE_VIEW,
        P.PAYER_EDIT: P.PAYER_VIEW,
        P.COVERAGE_EDIT: P.COVERAGE_VIEW,
        P.CLAIM_PREPARE: P.CLAIM_VIEW,
        P.PACKET_BUILD: P.PACKET_VIEW,
        P.REMITTANCE_POST: P.REMITTANCE_VIEW,
        P.PAYMENT_RECORD: P.REMITTANCE_VIEW,
        P.BILLING_RELEASE: P.PAYMENT_RECORD,
        P.APPEAL_EDIT: P.APPEAL_VIEW,
    }.items():
        assert changed not in granted or seen in granted


@pytest.mark.parametrize("role", ["", "owner", "Clinician", "clinician "])
def test_an_unknown_role_may_do_nothing(role: str) -> None:
    assert permissions_of(role) == frozenset()
