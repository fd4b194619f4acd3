"""Take any one part away from the reference case, and it stays unsigned or its claim not ready, for the right cause."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from claims.queries.claims import report_of as claim_report
from claims.services.case_loading import Loaded
from documentation.kernel.rule import Report
from documentation.queries.encounters import report_of, with_record

Data = dict[str, Any]
Change = Callable[[Data], Any]
AT = datetime(2026, 11, 10, 18, tzinfo=UTC)
YEARS_LATER = datetime(2028, 11, 10, 18, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def without_findings(visit: Data) -> None:
    visit["findings"], visit["interventions"] = [], []
    visit["interpretation"]["findings"] = []
    visit["images"] = [{k: v for k, v in image.items() if k != "finding"} for image in visit["images"]]


RECORD: list[tuple[str, Change, str]] = [
    ("justification left out", lambda v: v.pop("justification"), "medical_necessity"),
    ("justification empty", lambda v: v.update(justification={}), "medical_necessity"),
    ("indications", lambda v: v["justification"].update(indications=[]), "medical_necessity"),
    ("side of the complaint", lambda v: v["justification"].pop("side"), "medical_necessity"),
    ("earlier care", lambda v: v["justification"].update(prior_care=[]), "medical_necessity"),
    ("earlier imaging", lambda v: v["justification"].update(prior_imaging=[]), "medical_necessity"),
    ("procedure", lambda v: v.pop("procedure"), "documentation"),
    ("gland examined", lambda v: v["procedure"].update(glands=[]), "documentation"),
    ("name of the gland", lambda v: v["procedure"]["glands"][0].pop("gland"), "documentation"),
    ("side of the gland", lambda v: v["procedure"]["glands"][0].pop("side"), "documentation"),
    ("findings", without_findings, "documentation"),
    ("gland of a finding", lambda v: v["findings"][0].pop("gland"), "documentation"),
    ("treatments", lambda v: v.update(interventions=[]), "documentation"),
    ("complications", lambda v: v["procedure"].update(complications=[]), "documentation"),
    ("consent", lambda v: v["procedure"].pop("consent_on"), "documentation"),
    ("images", lambda v: v.update(images=[]), "images"),
    ("image of a finding", lambda v: v.update(images=v["images"][2:]), "images"),
    ("interpretation left out", lambda v: v.pop("interpretation"), "images"),
    ("words of the interpretation", lambda v: v["interpretation"].pop("text"), "images"),
    ("clinical relevance", lambda v: v["interpretation"].pop("clinical_relevance"), "images"),
    ("plan left out", lambda v: v.pop("plan"), "documentation"),
    ("plan empty", lambda v: v.update(plan={"recommendations": []}), "documentation"),
    ("diagnoses", lambda v: v.update(diagnoses=[]), "coding"),
    ("endoscope in the duct", lambda v: v.update(sialoendoscopy_performed=False), "coding"),
    ("whether an endoscope was used", lambda v: v.pop("sialoendoscopy_performed"), "coding"),
    ("a duct entered", lambda v: v["procedure"]["glands"][0].update(extent="not_entered"), "coding"),
    # Contradictions.
    ("side of a finding", lambda v: v["findings"][0].update(side="R"), "documentation"),
    ("gland of an image", lambda v: v["images"][0].update(gland="parotid"), "images"),
    ("complaint before the visit", lambda v: v["justification"].update(onset_on="2026-12-24"), "medical_necessity"),
    ("consent before the visit", lambda v: v["procedure"].update(consent_on="2026-11-06"), "documentation"),
]


@pytest.mark.parametrize(("change", "cause"), [c[1:] for c in RECORD], ids=[c[0] for c in RECORD])
def test_an_incomplete_record_stays_unsigned(
    case: Data, take_in: Callable[..., Loaded], change: Change, cause: str
) -> None:
    change(case["encounter"])
    loaded = take_in(case)
    assert loaded.encounter.status == "draft"
    assert loaded.claims == ()
    report = report_of(with_record().get(pk=loaded.encounter.pk), today=AT.date())
    assert cause in {r.cause for r in report.blockers}, told(report)


def other(code: str) -> Change:
    line = {"code": code, "fee": "60.00", "documented": True}
    return lambda c: c["encounter"].update(other_procedures=[line])


def demands_authorization(c: Data, **given: Any) -> None:
    c["payers"][0]["policy"]["prior_authorization"] = "required"
    if given:
        c["authorizations"] = [{"payer_id": "99991", "kind": "prior_authorization", "codes": ["D0371"], **given}]


CLAIM: list[tuple[str, Change, str, datetime]] = [
    ("another imaging code", other("D0220"), "bundling", AT),
    ("panoramic film", other("D0330"), "bundling", AT),
    ("photographs of the same", other("D0350"), "bundling", AT),
    ("the reading again", other("D0391"), "coding", AT),
    ("an undocumented service", lambda c: (other("D9230")(c), _undocumented(c)), "documentation", AT),
    ("no authorization", demands_authorization, "authorization", AT),
    ("authorization asked", lambda c: demands_authorization(c, status="requested"), "authorization", AT),
    ("without its number", lambda c: demands_authorization(c, status="approved"), "authorization", AT),
    (
        "for another code",
        lambda c: demands_authorization(c, status="approved", number="A1", codes=["D0220"]),
        "authorization",
        AT,
    ),
    (
        "of another time",
        lambda c: demands_authorization(c, status="approved", number="A1", valid_to="2026-11-04"),
        "authorization",
        AT,
    ),
    (
        "a predetermination instead",
        lambda c: demands_authorization(c, status="approved", number="A1", kind="predetermination"),
        "authorization",
        AT,
    ),
    ("authorization unknown", lambda c: c["payers"][0]["policy"].pop("prior_authorization"), "authorization", AT),
    ("plan not active", lambda c: c["eligibility_checks"][0].update(active=False), "eligibility", AT),
    ("eligibility not asked", lambda c: c.update(eligibility_checks=[]), "eligibility", AT),
    ("plan ended", lambda c: c["coverages"][0].update(terminated_on="2026-10-31"), "eligibility", AT),
    ("not covered", lambda c: c["payers"][0]["policy"].update(covers_d0371="no"), "coverage", AT),
    ("handled as medical", lambda c: c["payers"][0]["policy"].update(treats_as="medical"), "crossover", AT),
    ("too late", lambda c: None, "timely_filing", YEARS_LATER),
    ("no address", lambda c: c["patient"].pop("address"), "eligibility", AT),
    ("subscriber unknown", lambda c: c["coverages"][0].update(relationship="spouse"), "eligibility", AT),
]


def _undocumented(c: Data) -> None:
    c["encounter"]["other_procedures"][0]["documented"] = False


@pytest.mark.parametrize(("change", "cause", "at"), [c[1:] for c in CLAIM], ids=[c[0] for c in CLAIM])
def test_a_claim_that_would_be_denied_is_not_ready(
    case: Data, take_in: Callable[..., Loaded], change: Change, cause: str, at: datetime
) -> None:
    change(case)
    loaded = take_in(case, at)
    assert loaded.encounter.status == "signed"
    (claim,) = loaded.claims
    assert claim.word == "draft"
    report = claim_report(claim, today=at.date())
    assert cause in {r.cause for r in (*report.blockers, *report.warnings)}, told(report)


ALLOWED: list[tuple[str, Change]] = [
    ("imaging that the payer pays beside", lambda c: (other("D0220")(c), _bundle(c, "D0220"))),
    ("an authorization that fits", lambda c: demands_authorization(c, status="approved", number="A1")),
    ("no end of coverage reached", lambda c: c["coverages"][0].update(terminated_on="2026-11-05")),
    ("an estimate not given", lambda c: c.pop("estimate")),
]


def _bundle(c: Data, code: str) -> None:
    c["payers"][0]["policy"]["bundling_permitted"] = [code]


@pytest.mark.parametrize("change", [c[1] for c in ALLOWED], ids=[c[0] for c in ALLOWED])
def test_what_the_payer_permits_does_not_hold_a_claim(
    case: Data, take_in: Callable[..., Loaded], change: Change
) -> None:
    change(case)
    (claim,) = take_in(case).claims
    assert claim.word == "ready", told(claim_report(claim, today=AT.date()))


def told(report: Report) -> list[str]:
    return [f"{r.severity} {r.rule} {r.cause}" for r in report.failed]
