"""The reference case as facts, and ways to change one thing of it: the good and bad examples of the rules.

`COMPLETE` is the record of Alex Doe's visit, ready to be signed. Each `with_*` gives the same record with some
fields of one part changed, so that a rule's bad example shows exactly what the rule looks at.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from typing import Any

from documentation.facts import (
    Address,
    ClinicianFacts,
    EncounterFacts,
    FindingFacts,
    GlandFacts,
    ImageFacts,
    InterpretationFacts,
    InterventionFacts,
    JustificationFacts,
    LocationFacts,
    PatientFacts,
    PlanFacts,
    PriorCareFacts,
    PriorImagingFacts,
    ProcedureFacts,
)

_SERVICE_DATE = date(2026, 11, 5)

_JUSTIFICATION = JustificationFacts(
    indications=("recurrent_swelling", "swelling_at_meals", "inconclusive_conventional_imaging"),
    gland="submandibular",
    side="L",
    onset_on=date(2026, 3, 1),
    episodes_per_month=3,
    relation_to_meals=True,
    pain=3,
    statement="Periodic enlargement of the left submandibular gland for eight months, worse at meals; no fever.",
    change_of_care="A stone, a stricture and a tumour call for different treatment; the result decides between"
    " dilation, retrieval and surgery.",
    risk_without="Repeated infection and loss of the gland.",
    history=("none",),
    prior_care=(
        PriorCareFacts("hydration", date(2026, 4, 1), date(2026, 10, 30), "no lasting relief"),
        PriorCareFacts("sialogogue", date(2026, 5, 10), date(2026, 10, 30), "partial relief"),
    ),
    prior_imaging=(
        PriorImagingFacts("occlusal", date(2026, 8, 14), "inconclusive", True, "radiolucent obstruction not excluded"),
        PriorImagingFacts("ultrasound", date(2026, 9, 2), "inconclusive", True, "distal duct not seen"),
    ),
)

_PROCEDURE = ProcedureFacts(
    consent_on=_SERVICE_DATE,
    consent_by="Casey Example, DDS",
    anesthesia="local",
    anesthesia_agent="lidocaine 2 % with epinephrine 1:100,000",
    anesthesia_dose_mg=Decimal(36),
    scope_type="semi_rigid",
    scope_maker="Example Optics",
    scope_model="S11",
    scope_serial="SN-0417",
    scope_outer_diameter_mm=Decimal("1.10"),
    irrigation="saline 20 mL",
    complications=("none",),
    glands=(
        GlandFacts(
            "submandibular",
            "L",
            duct="wharton",
            access="dilated_papilla",
            extent="hilum",
            complete=True,
            lsd_l="0",
            lsd_s="1",
            lsd_d="0",
        ),
    ),
)

_FINDINGS = (
    FindingFacts(
        "f1",
        "stenosis",
        "submandibular",
        "L",
        "distal",
        distance_from_papilla_mm=Decimal(12),
        length_mm=Decimal(2),
        passable="after_dilation",
        note="thin membrane across about half of the lumen",
    ),
    FindingFacts(
        "f2",
        "normal",
        "submandibular",
        "L",
        "hilum",
        distance_from_papilla_mm=Decimal(50),
        note="remaining duct and hilum",
    ),
)


def _still(figure: int, segment: str, finding: str, caption: str, reading: str, key_image: bool = False) -> ImageFacts:
    return ImageFacts(
        figure=figure,
        kind="endoscopic_still",
        caption=caption,
        gland="submandibular",
        side="L",
        segment=segment,
        finding=finding,
        key_image=key_image,
        reading=reading,
        media_type="image/jpeg",
        width=1280,
        height=960,
    )


_IMAGES = (
    _still(
        1,
        "distal",
        "f1",
        "Left Wharton's duct, membranous stenosis at 12 mm before dilation",
        "A thin ring narrows the lumen to about half.",
        key_image=True,
    ),
    _still(
        2,
        "distal",
        "f1",
        "Left Wharton's duct, the same place after hydrostatic dilation",
        "The lumen is open.",
        key_image=True,
    ),
    _still(3, "middle", "f2", "Left Wharton's duct at 30 mm", "Normal wall and lumen."),
    _still(4, "hilum", "f2", "Left submandibular hilum", "Normal branching, no calculus."),
)

COMPLETE = EncounterFacts(
    number="E000001",
    today=_SERVICE_DATE,
    service_date=_SERVICE_DATE,
    start_time=time(9, 10),
    end_time=time(9, 42),
    place_of_service="11",
    sialoendoscopy_performed=True,
    patient=PatientFacts(
        number="P000001",
        chart_number="P-1001",
        first_name="Alex",
        last_name="Doe",
        birth_date=date(1981, 3, 14),
        sex="F",
        address=Address("22 Pine St", "", "Seattle", "WA", "98101"),
        phone="2065550142",
    ),
    location=LocationFacts(
        name="Harbor Oral Surgery",
        npi="1234567893",
        tax_id="123456789",
        time_zone="America/Los_Angeles",
        address=Address("100 Harbor Way", "", "Seattle", "WA", "981010001"),
        phone="2065550100",
    ),
    clinician=ClinicianFacts("Casey", "Example", "DDS", "1987654328", "DE60123456", "WA", "1223S0112X"),
    justification=_JUSTIFICATION,
    procedure=_PROCEDURE,
    findings=_FINDINGS,
    interventions=(InterventionFacts("hydrostatic_dilation", "f1"),),
    images=_IMAGES,
    interpretation=InterpretationFacts(
        text="The left Wharton's duct was entered through the dilated papilla and followed to the hilum. Figures 1 and"
        " 2 show a short membranous stenosis 12 mm from the papilla, passable after hydrostatic dilation. The"
        " remaining duct and the hilum are normal (figures 3 and 4). No calculus.",
        clinical_relevance="The stenosis of the left submandibular duct explains the meal-time swelling that radiograph"
        " and ultrasound left unexplained, and spares the patient removal of the gland.",
        quality="good",
        comparison="The occlusal film and the ultrasound did not show the distal duct.",
        findings=("f1", "f2"),
    ),
    diagnoses=("K11.8",),
    plan=PlanFacts(
        recommendations=(
            "sialogogues and massage for four weeks",
            "return at once with fever or increasing swelling",
        ),
        follow_up_days=28,
        statement="Review in four weeks; repeat dilation if swelling returns.",
    ),
)


def with_visit(**changes: Any) -> EncounterFacts:
    return replace(COMPLETE, **changes)


def with_justification(**changes: Any) -> EncounterFacts:
    return replace(COMPLETE, justification=replace(COMPLETE.justification, **changes))


def with_prior_care(**changes: Any) -> EncounterFacts:
    """The first treatment before the visit changed."""
    first, *others = COMPLETE.justification.prior_care
    return with_justification(prior_care=(replace(first, **changes), *others))


def with_prior_imaging(**changes: Any) -> EncounterFacts:
    """The first study before the visit changed."""
    first, *others = COMPLETE.justification.prior_imaging
    return with_justification(prior_imaging=(replace(first, **changes), *others))


def with_procedure(**changes: Any) -> EncounterFacts:
    return replace(COMPLETE, procedure=replace(COMPLETE.procedure, **changes))


def with_gland(**changes: Any) -> EncounterFacts:
    return with_procedure(glands=(replace(COMPLETE.procedure.glands[0], **changes),))


def with_finding(**changes: Any) -> EncounterFacts:
    """The first finding changed."""
    return with_visit(findings=(replace(COMPLETE.findings[0], **changes), *COMPLETE.findings[1:]))


def with_image(**changes: Any) -> EncounterFacts:
    """The first figure changed."""
    return with_visit(images=(replace(COMPLETE.images[0], **changes), *COMPLETE.images[1:]))


def with_interpretation(**changes: Any) -> EncounterFacts:
    return replace(COMPLETE, interpretation=replace(COMPLETE.interpretation, **changes))


def with_plan(**changes: Any) -> EncounterFacts:
    return replace(COMPLETE, plan=replace(COMPLETE.plan, **changes))


CUT_SHORT = with_visit(
    procedure=with_gland(
        complete=False,
        extent="middle",
        incomplete_causes=("bleeding",),
        not_judged=("hilum", "second_order"),
        next_steps=("repeat",),
    ).procedure,
    findings=COMPLETE.findings[:1],
    images=COMPLETE.images[:2],
    interpretation=replace(
        COMPLETE.interpretation,
        text="The left Wharton's duct was entered and followed to its middle part, where bleeding hid the view. Figures"
        " 1 and 2 show a short membranous stenosis 12 mm from the papilla. The hilum was not seen.",
        quality="limited",
        findings=("f1",),
    ),
)
"""The duct was entered, the hilum never seen: still D0371, with its limits said."""

ATTEMPT = with_visit(
    sialoendoscopy_performed=False,
    procedure=with_gland(
        complete=False,
        extent="not_entered",
        incomplete_causes=("papilla_too_narrow",),
        incomplete_reason="scarred after removal of a stone",
        lsd_l="",
        lsd_s="",
        lsd_d="",
    ).procedure,
    findings=(),
    interventions=(),
    images=(),
    interpretation=InterpretationFacts(),
    plan=replace(COMPLETE.plan, statement="MR sialography; surgery of the papilla if it shows a stone."),
)
"""The endoscope never came into the duct: a sound record, but no D0371."""
