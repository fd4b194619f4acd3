"""The first road, walked by the people it is for: from an unknown patient to a sealed packet, in the browser alone.

What they type is the reference case. In the end the rows say, field by field, what the case says.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from claims.demo import SEED
from claims.models import Claim, Coverage, EligibilityCheck, Estimate, Payer
from documentation.kernel import vocabulary as v
from documentation.kernel.permissions import Role
from documentation.models import Encounter, Patient
from documentation.queries.encounters import draft_facts
from tests import factories
from tests.browser.conftest import PASSWORD, VISIT_DAY
from tests.browser.hands import (
    add_row,
    card,
    chip,
    field,
    group,
    log_in,
    pick,
    pick_numbered,
    press,
    saved,
    write,
    yes_no,
)

pytestmark = pytest.mark.every_engine

CASE = factories.reference().case
VISIT = CASE.encounter
ADDENDUM = "The patient called the next day: no swelling after lunch."


def test_the_first_road(open_as: Any, people: Any, clock: Any) -> None:
    clock.set(VISIT_DAY)
    page = open_as()
    log_in(page, people[Role.CLINICIAN].username, PASSWORD)
    register_the_patient(page)
    plan_the_visit(page)
    document(page)
    sign(page)
    add_to_it(page)

    clock.set(factories.AT)
    page = open_as()
    log_in(page, people[Role.BILLER].username, PASSWORD)
    set_the_fee(page)
    add_the_payer(page)
    add_the_coverage(page)
    give_the_estimate(page)
    start_the_claim(page)
    build_the_packet(page)

    the_record_says_what_the_case_says()
    the_claim_says_what_the_case_says()


# --- The clinician ------------------------------------------------------------------------------------------------


def register_the_patient(page: Page) -> None:
    page.get_by_role("link", name="Patients").click()
    page.get_by_role("link", name="Register a patient").first.click()
    person = CASE.patient
    write(page, "First name", person.first_name)
    write(page, "Last name", person.last_name)
    write(page, "Date of birth", person.birth_date)
    pick(page, "Sex", v.SEX.label(person.sex))
    write(page, "Chart number", person.chart_number)
    write(page, "Street address", person.address.line1)
    write(page, "City", person.address.city)
    write(page, "State", person.address.state)
    write(page, "ZIP code", person.address.zip)
    write(page, "Phone", "(206) 555-0142")
    press(page, "Register")
    expect(page.get_by_role("heading", level=1)).to_have_text("Alex Doe")


def plan_the_visit(page: Page) -> None:
    page.get_by_role("link", name="Plan a visit").first.click()
    expect(field(page, "Treating clinician").locator("option:checked")).to_have_text("Casey Example, DDS")
    write(page, "Date", VISIT.service_date)
    write(page, "Time", VISIT.start_time)
    write(page, "Place of service", VISIT.place_of_service)
    press(page, "Plan the visit")
    expect(page.get_by_text("The visit is planned.")).to_be_visible()
    press(page, "Start documenting")
    expect(page.get_by_role("heading", name="Visit", exact=True)).to_be_visible()


def document(page: Page) -> None:
    expect(elsewhere(page)).to_be_visible()
    write(page, "End time", VISIT.end_time)
    saved(page)  # by itself, after a pause
    next_section(page, "Medical justification")
    justify(page)
    next_section(page, "Procedure")
    tell_the_procedure(page)
    next_section(page, "Findings")
    tell_the_findings(page)
    next_section(page, "Images")
    add_the_images(page)
    page.get_by_role("link", name="Next: Interpretation").first.click()
    read_the_images(page)
    next_section(page, "Plan of care")
    plan_the_care(page)
    next_section(page, "Sign")


def report_of(page: Page) -> Any:
    return page.get_by_role("complementary", name="Readiness")


def elsewhere(page: Page) -> Any:
    """What the report holds against the other sections."""
    return report_of(page).get_by_text(re.compile("^In other sections: "))


def next_section(page: Page, label: str) -> None:
    press(page, f"Save, next: {label}")
    heading = "Review and sign" if label == "Sign" else label
    expect(page.get_by_role("heading", name=heading, exact=True, level=2)).to_be_visible()


def justify(page: Page) -> None:
    why = VISIT.justification
    chip(page, "Indications", *map(v.INDICATION.label, why.indications))
    pick(page, "Gland with the complaint", v.GLAND.label(why.gland))
    pick(card(page, "The complaint"), "Side", v.SIDE.label(why.side))
    write(page, "Since", why.onset_on)
    write(page, "Episodes", why.episodes_per_month)
    write(page, "Worst pain", why.pain)
    yes_no(page, "Worse at meals", why.relation_to_meals)
    write(page, "Complaint", why.statement)
    for number, tried in enumerate(why.prior_care, 1):
        row = add_row(page, "treatment", number)
        pick(row, "Treatment", v.PRIOR_CARE.label(tried.type))
        write(row, "From", tried.from_on)
        write(row, "To", tried.to_on)
        write(row, "Result", tried.result)
    for number, study in enumerate(why.prior_imaging, 1):
        row = add_row(page, "study", number)
        pick(row, "Study", v.IMAGING_MODALITY.label(study.modality))
        write(row, "Date", study.done_on)
        pick(row, "Result", v.IMAGING_RESULT.label(study.result))
        yes_no(row, "Left the question open", study.inconclusive)
        write(row, "What it could not show", study.limitation)
    chip(page, "History", *map(v.HISTORY.label, why.history))
    write(page, "How the result changes care", why.change_of_care)
    write(page, "Risk without the examination", why.risk_without)


def tell_the_procedure(page: Page) -> None:
    done = VISIT.procedure
    yes_no(page, "Was an endoscope in the duct?", VISIT.sialoendoscopy_performed)
    for number, gland in enumerate(done.glands, 1):
        row = add_row(page, "gland", number)
        pick(row, "Gland", v.GLAND.label(gland.gland))
        pick(row, "Side", v.SIDE.label(gland.side))
        pick(row, "Duct", v.DUCT.label(gland.duct))
        pick(row, "Access", v.ACCESS.label(gland.access))
        pick(row, "Extent", v.EXTENT.label(gland.extent))
        yes_no(row, "Examination complete", gland.complete)
        row.get_by_text("More", exact=True).click()
        pick(row, "LSD: stone", v.LSD_L.label(gland.lsd.L))
        pick(row, "LSD: stenosis", v.LSD_S.label(gland.lsd.S))
        pick(row, "LSD: dilatation", v.LSD_D.label(gland.lsd.D))
    chip(page, "What occurred", *map(v.COMPLICATION.label, done.complications))
    write(page, "Consent obtained on", done.consent_on)
    write(page, "Consent obtained by", done.consent_by)
    numbing, scope = card(page, "Anesthesia"), card(page, "Endoscope and irrigation")
    assert done.anesthesia is not None
    pick(numbing, "Kind", v.ANESTHESIA.label(done.anesthesia.type))
    write(numbing, "Agent", done.anesthesia.agent)
    write(numbing, "Dose", done.anesthesia.dose_mg)
    pick(scope, "Kind", v.SCOPE_TYPE.label(done.scope.type))
    write(scope, "Outer diameter", done.scope.outer_diameter_mm)
    write(scope, "Maker", done.scope.maker)
    write(scope, "Model", done.scope.model)
    write(scope, "Serial number", done.scope.serial)
    write(scope, "Irrigation", done.irrigation)


def tell_the_findings(page: Page) -> None:
    numbers = {}
    for number, found in enumerate(VISIT.findings, 1):
        numbers[found.key] = number
        row = add_row(page, "finding", number)
        pick(row, "Finding", v.FINDING.label(found.type))
        pick(row, "Gland", v.GLAND.label(found.gland))
        if number == 1:  # the next one lies on the same side unless somebody says otherwise
            pick(row, "Side", v.SIDE.label(found.side))
        write(row, "From the papilla", found.distance_from_papilla_mm)
        write(row, "Length", found.length_mm)
        pick(row, "Passable", v.PASSABLE.label(found.passable))
        row.get_by_text("More", exact=True).click()
        pick(row, "Segment", v.SEGMENT.label(found.segment))
        write(row, "Note", found.note)
    press(page, "Save")
    saved(page)
    mark = page.get_by_role("slider", name="Finding 1", exact=True)
    expect(mark).to_have_attribute("aria-valuetext", re.compile("Stenosis, 12 mm from the papilla"))
    for number, done in enumerate(VISIT.interventions, 1):
        row = add_row(page, "treatment", number)
        pick(row, "Treatment", v.INTERVENTION.label(done.type))
        pick_numbered(row, "For which finding", numbers[done.finding])


def add_the_images(page: Page) -> None:
    given = VISIT.images
    field(page, "Drop images here, or choose them").set_input_files([SEED / image.file for image in given])
    expect(page.locator(".picture")).to_have_count(len(given))
    expect(page.locator(".upload-list").get_by_text("added", exact=True)).to_have_count(len(given))
    for number, image in enumerate(given, 1):
        figure = page.get_by_role("region", name=f"Figure {number}", exact=True)
        write(figure, "Caption", image.caption)
        pick_numbered(figure, "Shows", [f.key for f in VISIT.findings].index(image.finding) + 1)
        pick(figure, "Kind of image", v.IMAGE_KIND.label(image.kind))
        write(figure, "Reading", image.reading)
        if image.key_image:
            field(figure, "Key image").check()
        figure.get_by_text("Place, view and time").click()
        pick(figure, "Gland", v.GLAND.label(image.gland))
        pick(figure, "Side", v.SIDE.label(image.side))
        pick(figure, "Segment", v.SEGMENT.label(image.segment))
    saved(page)


def read_the_images(page: Page) -> None:
    read = VISIT.interpretation
    for number in (1, 2):
        group(page, "Findings covered").get_by_label(re.compile(rf"^\s*{number}: ")).check()
    write(page, "Interpretation", read.text)
    write(page, "Clinical relevance", read.clinical_relevance)
    pick(page, "Image quality", v.QUALITY.label(read.quality))
    write(page, "Comparison with prior studies", read.comparison)


def plan_the_care(page: Page) -> None:
    page.get_by_role("button", name="K11.8 stenosis and other disease").click()  # one click puts the code in
    expect(field(page, "ICD-10-CM codes")).to_have_value("\n".join(VISIT.diagnoses))
    write(page, "Recommendations", VISIT.plan.recommendations)
    write(page, "Next visit in", VISIT.plan.follow_up_days)
    write(page, "Plan", VISIT.plan.statement)
    press(page, "Save")
    saved(page)
    expect(report_of(page).get_by_text("Nothing is missing. It can be signed.")).to_be_visible()
    expect(elsewhere(page)).to_have_count(0)


def sign(page: Page) -> None:
    expect(page.get_by_text("It cannot be signed yet.")).to_have_count(0)
    write(page, "Your password", PASSWORD)
    press(page, "Sign and lock")
    expect(page.get_by_text("Signed and locked.")).to_be_visible()
    expect(page.get_by_text("The record is locked.")).to_be_visible()
    expect(page.locator(".signature-name")).to_have_text("Casey Example, DDS")
    expect(page.get_by_role("link", name="Continue documenting")).to_have_count(0)


def add_to_it(page: Page) -> None:
    page.get_by_text("Add to this record").click()
    write(page, "What is added", ADDENDUM)
    write(page, "Your password", PASSWORD)
    press(page, "Sign the addendum")
    expect(page.get_by_role("article").get_by_text(ADDENDUM)).to_be_visible()


# --- The biller ---------------------------------------------------------------------------------------------------


def set_the_fee(page: Page) -> None:
    page.get_by_role("link", name="Payers & policies").click()
    page.get_by_role("link", name="Set a fee").first.click()
    write(page, "Code", "D0371")
    write(page, "Full fee", f"${CASE.fee}")
    write(page, "In force from", "2026-01-01")
    press(page, "Save fee")
    expect(page.get_by_role("row", name=re.compile("D0371"))).to_contain_text("$850.00")


def add_the_payer(page: Page) -> None:
    payer, policy = CASE.payers[0], CASE.payers[0].policy
    page.get_by_role("link", name="Add payer").first.click()
    write(page, "Name", payer.name)
    write(page, "Payer ID", payer.payer_id)
    pick(page, "Pays as", payer.line.capitalize())
    write(page, "Street address", payer.address.line1)
    write(page, "City", payer.address.city)
    write(page, "State", payer.address.state)
    write(page, "ZIP code", payer.address.zip)
    press(page, "Add payer")
    pick(page, "Covers D0371", policy.covers_d0371.capitalize())
    pick(page, "Treats it as", policy.treats_as.capitalize())
    pick(page, "Prior authorization", "Not required")
    pick(page, "Wants attachments", policy.attachments.capitalize())
    write(page, "Timely filing (days)", policy.timely_filing_days)
    write(page, "Time to appeal (days)", policy.appeal_days)
    write(page, "Source", policy.source)
    write(page, "Verified on", policy.verified_on)
    press(page, "Save")
    expect(page.get_by_role("heading", level=1)).to_have_text(payer.name)
    expect(page.get_by_text(policy.source).first).to_be_visible()


def add_the_coverage(page: Page) -> None:
    plan, check = CASE.coverages[0], CASE.eligibility_checks[0]
    page.get_by_role("link", name="Ready to bill").click()
    expect(page.get_by_text("no coverage yet")).to_be_visible()
    page.get_by_role("link", name="Add coverage").click()
    pick(page, "Payer", CASE.payers[0].name)
    write(page, "Plan name", plan.plan_name)
    write(page, "Member ID", plan.member_id)
    write(page, "Group number", plan.group_number)
    write(page, "Pays in order", plan.priority)
    write(page, "In force from", plan.effective_on)
    yes_no(page, "Signature on file", plan.signature_on_file)
    yes_no(page, "Benefits assigned to the practice", plan.assignment_of_benefits)
    pick(page, "The patient is the plan holder's", plan.relationship.capitalize())
    press(page, "Add coverage")
    page.get_by_role("link", name="Alex Doe").click()
    page.get_by_role("link", name="Record a check of Example Dental Plan").click()
    write(page, "Checked on", check.checked_on)
    write(page, "Reference", check.reference)
    pick(page, "Asked by", check.method.capitalize())
    pick(page, "On that day the coverage was", "Active" if check.active else "Not active")
    pick(page, "Covers specialized diagnostics", check.covers_specialized_diagnostics.capitalize())
    write(page, "Deductible left", f"${check.deductible_remaining}")
    write(page, "Annual maximum left", f"${check.annual_maximum_remaining:,}")
    write(page, "Patient's share (%)", check.coinsurance_percent)
    press(page, "Record the answer")
    expect(page.get_by_text("Active, checked 3 days before the visit")).to_be_visible()


def give_the_estimate(page: Page) -> None:
    assert CASE.estimate is not None
    page.get_by_role("link", name="Give an estimate").click()
    expect(page.get_by_text("Where each number comes from")).to_be_visible()
    page.get_by_role("link", name="Type the amounts").click()
    write(page, "At least", CASE.estimate.low)
    write(page, "At most", CASE.estimate.high)
    write(page, "Told to the patient on", CASE.estimate.given_on)
    write(page, "Patient agreed on", CASE.estimate.acknowledged_on)
    press(page, "Keep the estimate")
    expect(card(page, "Patient's share")).to_contain_text("$170.00")


def start_the_claim(page: Page) -> None:
    press(page, "Start claim")
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile(r"Claim C\d+ · Alex Doe · D0371"))
    expect(page.get_by_role("heading", name="Nothing stands against it")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^Fix"))).to_have_count(0)
    press(page, "Mark ready")
    expect(page.get_by_role("heading", name="Ready to leave")).to_be_visible()


def build_the_packet(page: Page) -> None:
    page.get_by_role("button", name="Build packet").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Packet")
    page.wait_for_load_state()
    sheets = page.locator(".sheets img")
    assert sheets.count() >= 4
    for sheet in sheets.all():
        sheet.scroll_into_view_if_needed()
        expect(sheet).to_be_visible()
        assert sheet.evaluate("image => image.decode().then(() => image.naturalWidth)") > 1000
    pdf = download(page, "PDF")
    assert pdf.startswith(b"%PDF-")
    with zipfile.ZipFile(io.BytesIO(download(page, "Packet .zip"))) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        files = {name: archive.read(name) for name in archive.namelist() if name != "manifest.json"}
    assert {f["name"]: f["sha256"] for f in manifest["files"]} == {n: digest(data) for n, data in files.items()}
    assert files["packet.pdf"] == pdf
    assert len(manifest["figures"]) == len(VISIT.images)


def download(page: Page, name: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("link", name=name, exact=True).click()
    return Path(waiting.value.path()).read_bytes()


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


# --- What is stored -----------------------------------------------------------------------------------------------


def the_record_says_what_the_case_says() -> None:
    encounter = Encounter.objects.get()
    assert encounter.status == "signed"
    assert [a.body for a in encounter.addenda.all()] == [ADDENDUM]
    # The same case, taken in by the verbs instead of by hand, for the same person.
    given = factories.drafted(person=encounter.patient, treating=encounter.clinician, at_location=encounter.location)
    assert facts(encounter) == facts(given)
    assert [i.original.sha256 for i in encounter.images.all()] == [
        digest((SEED / i.file).read_bytes()) for i in VISIT.images
    ]


def facts(encounter: Encounter) -> dict[str, Any]:
    said = dataclasses.asdict(draft_facts(encounter))
    return {k: value for k, value in said.items() if k not in {"number", "status"}}


def the_claim_says_what_the_case_says() -> None:
    claim = Claim.objects.get()
    assert (claim.kind, claim.preparation, claim.total) == ("dental", "ready", CASE.fee)
    assert claim.diagnoses == list(VISIT.diagnoses)
    payer, plan = CASE.payers[0], CASE.coverages[0]
    says(Patient.objects.get(), factories.fields(CASE.patient, "address") | factories.fields(CASE.patient.address))
    says(Payer.objects.get(), factories.fields(payer, "address", "policy") | factories.fields(payer.address))
    says(
        Payer.objects.get().current_policy(),
        factories.fields(payer.policy) | {"bundling_permitted": (), "bundling_refused": ()},
    )
    says(Coverage.objects.get(), factories.fields(plan, "payer_id", "subscriber", "terms"))
    says(EligibilityCheck.objects.get(), factories.fields(CASE.eligibility_checks[0], "payer_id"))
    says(Estimate.objects.get(), factories.fields(CASE.estimate))


def says(row: Any, given: dict[str, Any]) -> None:
    assert {name: getattr(row, name) for name in given} == given
