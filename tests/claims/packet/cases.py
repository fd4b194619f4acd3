"""More records that differ in what was found and done: a stent, a second try, a child. All people are invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from documentation.facts import (
    EncounterFacts,
    FindingFacts,
    GlandFacts,
    ImageFacts,
    InterpretationFacts,
    InterventionFacts,
    JustificationFacts,
    PatientFacts,
    PlanFacts,
    PriorCareFacts,
    PriorImagingFacts,
)
from documentation.rules.examples import COMPLETE


def still(figure: int, finding: str, gland: str, side: str, caption: str) -> ImageFacts:
    """A key image of a finding; its sums stand for pictures that nobody needs here."""
    digest = f"{figure:064x}"
    return ImageFacts(
        figure, "endoscopic_still", caption, gland, side, finding=finding, key_image=True, sha256=digest,
        clean_sha256=digest,
    )  # fmt: skip


STRICTURE_STENTED = replace(
    COMPLETE,
    patient=PatientFacts("P000003", "P-3", "Jamie", "", "Poe", date(1974, 2, 3), "F"),
    justification=JustificationFacts(
        indications=("recurrent_swelling", "suspected_stricture"),
        gland="parotid", side="L", onset_on=date(2024, 11, 1), episodes_per_month=4, relation_to_meals=True, pain=5,
        change_of_care="A stricture that can be passed is dilated; one that cannot leads to open surgery.",
        risk_without="The duct may close and the gland may become infected.",
        history=("none",),
        prior_care=(
            PriorCareFacts("massage", date(2025, 1, 5), date(2026, 10, 1), "short relief"),
            PriorCareFacts("heat"),
            PriorCareFacts("antibiotic", date(2026, 6, 2), date(2026, 6, 12), "the swelling came back"),
        ),
        prior_imaging=(PriorImagingFacts("mr_sialography", date(2026, 7, 20), "stricture", True, "length not seen"),),
        symptoms=("swelling", "bad_taste", "pus"),
    ),
    procedure=replace(
        COMPLETE.procedure, anesthesia="moderate_sedation",
        glands=(GlandFacts("parotid", "L", "stensen", "guidewire", "hilum", True, "", "0", "3", "1"),),
    ),
    findings=(
        FindingFacts(
            "f1", "stenosis", "parotid", "L", "middle", Decimal(31), length_mm=Decimal(9), lumen_percent=80,
            passable="after_dilation",
        ),
        FindingFacts("f2", "ectasia", "parotid", "L", "hilum", Decimal(44)),
    ),
    interventions=(
        InterventionFacts(
            "balloon_dilation", "f1", diameter_mm=Decimal(3), pressure_atm=Decimal(8), duration_s=60, device="Example"
        ),
        InterventionFacts("stent", "f1", size_fr=Decimal(5), planned_days=14),
    ),
    images=(
        still(1, "f1", "parotid", "L", "Stricture of the left Stensen's duct before dilation"),
        still(2, "f1", "parotid", "L", "The stricture after balloon dilation"),
        still(3, "f2", "parotid", "L", "Widened hilum"),
    ),
    interpretation=InterpretationFacts(
        "Figures 1 to 3 show a stricture of the middle duct and the widened hilum behind it.",
        "The stricture explains the retention of saliva and the infections.", "good", "", ("f1", "f2"),
    ),
    diagnoses=("K11.8",),
    plan=PlanFacts(("Massage of the gland", "Removal of the stent in two weeks"), 14, ""),
)  # fmt: skip

REVISION = replace(
    COMPLETE,
    patient=PatientFacts("P000004", "P-4", "Alex", "", "Loe", date(1959, 5, 30), "M"),
    justification=JustificationFacts(
        indications=("persistent_symptoms_after_stone_removal",),
        gland="submandibular", side="R", onset_on=date(2026, 8, 12), episodes_per_month=1, relation_to_meals=True,
        statement="A first attempt on August 20 ended at a narrow papilla; the swelling comes with every large meal.",
        change_of_care="A remaining fragment can be retrieved through the duct; a scar needs dilation.",
        risk_without="loss of the gland",
        history=("prior_gland_surgery", "anticoagulants"),
        prior_care=(PriorCareFacts("sialogogue", date(2026, 8, 25), None, "no lasting relief"),),
        prior_imaging=(PriorImagingFacts("ultrasound", date(2026, 9, 30), "dilatation", True),),
        history_note="the stone was removed through the floor of the mouth in July 2026",
    ),
    procedure=replace(
        COMPLETE.procedure, scope_outer_diameter_mm=Decimal("0.80"), scope_type="flexible",
        glands=(
            GlandFacts("submandibular", "R", "wharton", "sialodochotomy", "second_order", True, "", "1", "0", "0"),
        ),
    ),
    findings=(
        FindingFacts(
            "f1", "stone", "submandibular", "R", "hilum", Decimal(47), Decimal("2.5"), mobility="free",
            visibility="full",
        ),
        FindingFacts("f2", "normal", "submandibular", "R", "distal", note="remaining duct"),
    ),
    interventions=(InterventionFacts("basket_retrieval", "f1", retrieval="complete"),),
    images=(
        still(1, "f1", "submandibular", "R", "Free fragment at the right hilum"),
        still(2, "f1", "submandibular", "R", "The hilum after retrieval"),
    ),
    interpretation=InterpretationFacts(
        "Figure 1 shows a free fragment at the hilum; figure 2 shows the empty hilum.",
        "The fragment explains why the symptoms went on after the operation.", "good", "", ("f1", "f2"),
    ),
    diagnoses=("K11.5",),
    plan=PlanFacts(("Drink two liters a day",), 42, ""),
)  # fmt: skip

CHILD = replace(
    COMPLETE,
    patient=PatientFacts("P000005", "P-5", "Kim", "", "Doe", date(2018, 1, 9), "F"),
    justification=JustificationFacts(
        indications=("juvenile_recurrent_parotitis",),
        gland="parotid", side="R", onset_on=date(2024, 2, 1), episodes_per_month=0, relation_to_meals=False, pain=4,
        change_of_care="Washing the duct out under view spares the child further courses of antibiotics.",
        risk_without="Each attack scars the gland further.",
        history=("none",),
        prior_care=(
            PriorCareFacts("antibiotic", date(2024, 3, 2), date(2026, 9, 9), "each attack came back"),
        ),
        prior_imaging=(PriorImagingFacts("ultrasound", date(2026, 9, 14), "dilatation", False),),
        symptoms=("fever",),
    ),
    procedure=replace(
        COMPLETE.procedure, anesthesia="general", scope_outer_diameter_mm=Decimal("0.80"),
        glands=(GlandFacts("parotid", "R", "stensen", "natural_papilla", "second_order", True),),
    ),
    findings=(
        FindingFacts("f1", "avascular_wall", "parotid", "R", "middle", Decimal(18)),
        FindingFacts("f2", "fibrinous_plaque", "parotid", "R", "hilum", count=2),
    ),
    interventions=(
        InterventionFacts("steroid_irrigation", "f1", drug="hydrocortisone", dose_mg=Decimal(100)),
    ),
    images=(
        still(1, "f1", "parotid", "R", "Pale wall of the right Stensen's duct"),
        still(2, "f2", "parotid", "R", "Plaques at the hilum"),
    ),
    interpretation=InterpretationFacts(
        "Figures 1 and 2 show a pale wall and two plaques, without a stone or a stricture.",
        "The picture is that of juvenile recurrent parotitis; no operation is needed.", "good", "", ("f1", "f2"),
    ),
    diagnoses=("K11.22",),
    plan=PlanFacts((), 90, "Review in three months, sooner with fever."),
)  # fmt: skip

PERFORATION = replace(
    COMPLETE,
    patient=PatientFacts("P000006", "P-6", "Chris", "", "Noe", date(1981, 12, 24), "M"),
    justification=JustificationFacts(
        indications=("swelling_at_meals", "suspected_stone"),
        gland="submandibular", side="L", onset_on=date(2026, 10, 20), relation_to_meals=True, pain=8,
        change_of_care="A stone within reach of a basket needs no incision.",
        risk_without="an abscess of the floor of the mouth",
        history=("allergies",),
        prior_care=(PriorCareFacts("nsaid", date(2026, 10, 21), date(2026, 11, 2)),),
        prior_imaging=(PriorImagingFacts("cbct", date(2026, 10, 28), "stone", False),),
        history_note="penicillin",
    ),
    procedure=replace(
        COMPLETE.procedure, complications=("perforation",),
        complication_note="small, seen at once; the stent was left across it",
        glands=(
            GlandFacts(
                "submandibular", "L", "wharton", "papillotomy", "middle", False, "", "2b", "0", "0",
                incomplete_causes=("perforation",), not_judged=("hilum", "second_order"),
                next_steps=("ct", "repeat_under_general"),
            ),
        ),
    ),
    findings=(
        FindingFacts(
            "f1", "stone", "submandibular", "L", "middle", Decimal(28), Decimal(7), mobility="embedded",
            visibility="partial", palpable=True, lumen_percent=100, passable="no",
        ),
    ),
    interventions=(
        InterventionFacts("basket_retrieval", "f1", retrieval="failed"),
        InterventionFacts("stent", "", size_fr=Decimal(4), planned_days=21),
    ),
    images=(still(1, "f1", "submandibular", "L", "Embedded stone in the left Wharton's duct"),),
    interpretation=InterpretationFacts(
        "Figure 1 shows an embedded stone that closes the duct. The duct behind it was not seen.",
        "The stone explains the obstruction and cannot be taken through the duct without breaking it.", "limited", "",
        ("f1",),
    ),
    diagnoses=("K11.5",),
    plan=PlanFacts(("Soft diet for five days", "Return at once with fever or swelling of the neck"), 7, ""),
)  # fmt: skip

RADIOIODINE = replace(
    COMPLETE,
    patient=PatientFacts("P000007", "P-7", "Sam", "", "Foe", date(1988, 8, 18), "F"),
    justification=JustificationFacts(
        indications=("radioiodine_sialadenitis",),
        gland="parotid", side="", onset_on=date(2025, 9, 1), episodes_per_month=12, relation_to_meals=True, pain=4,
        change_of_care="Plugs can be washed out and strictures dilated, which spares the glands.",
        history=("radioiodine",),
        prior_care=(
            PriorCareFacts("hydration", date(2025, 9, 10), None, "little relief"),
            PriorCareFacts("sialogogue", date(2025, 9, 10), None, "little relief"),
        ),
        prior_imaging=(PriorImagingFacts("ultrasound", date(2026, 9, 1), "normal", True),),
        symptoms=("dry_mouth", "bad_taste"),
    ),
    procedure=replace(
        COMPLETE.procedure,
        glands=(
            GlandFacts("parotid", "R", "stensen", "dilated_papilla", "hilum", True, "", "0", "1", "0"),
            GlandFacts("parotid", "L", "stensen", "dilated_papilla", "hilum", True, "", "0", "2", "0"),
        ),
    ),
    findings=(
        FindingFacts("f1", "mucus_plug", "parotid", "R", "distal", Decimal(8), count=2),
        FindingFacts(
            "f2", "stenosis", "parotid", "L", "distal", Decimal(15), length_mm=Decimal(3), passable="after_dilation"
        ),
    ),
    interventions=(
        InterventionFacts("balloon_sweep", "f1"),
        InterventionFacts("balloon_dilation", "f2", diameter_mm=Decimal("2.5")),
        InterventionFacts("steroid_irrigation", "", drug="triamcinolone", dose_mg=Decimal(40)),
    ),
    images=(
        still(1, "f1", "parotid", "R", "Mucus plugs of the right Stensen's duct"),
        still(2, "f2", "parotid", "L", "Stenosis of the left Stensen's duct"),
    ),
    interpretation=InterpretationFacts(
        "Figure 1 shows mucus plugs on the right, figure 2 a short stenosis on the left.",
        "Both explain the swelling after radioiodine; neither gland has to be removed.", "good", "", ("f1", "f2"),
    ),
    diagnoses=("K11.23",),
    plan=PlanFacts(("Sour candy and massage three times a day",), 28, ""),
)  # fmt: skip

FOREIGN_BODY = replace(
    COMPLETE,
    patient=PatientFacts("P000008", "P-8", "Pat", "", "Zoe", date(1999, 3, 1), "M"),
    justification=JustificationFacts(
        indications=("foreign_body", "trauma"),
        gland="submandibular", side="R", onset_on=date(2026, 10, 31), pain=0,
        change_of_care="What lies in the duct can be removed through it.",
        risk_without="Infection, and scarring of the duct.",
        history=("none",),
        prior_care=(PriorCareFacts("none", result="a foreign body does not pass by itself"),),
        prior_imaging=(PriorImagingFacts("none", limitation="a fish bone is not seen on a film"),),
    ),
    procedure=replace(
        COMPLETE.procedure, anesthesia="topical", scope_outer_diameter_mm=None, scope_type="rigid",
        glands=(GlandFacts("submandibular", "R", "wharton", "natural_papilla", "distal", True),),
    ),
    findings=(
        FindingFacts("f1", "foreign_body", "submandibular", "R", "papilla", Decimal(0), length_mm=Decimal(11),
                     note="Fish bone"),
        FindingFacts("f2", "erythema", "submandibular", "R", "distal"),
    ),
    interventions=(InterventionFacts("forceps", "f1"),),
    images=(still(1, "f1", "submandibular", "R", "Fish bone at the papilla"),
            still(2, "f2", "submandibular", "R", "Reddened wall")),
    interpretation=InterpretationFacts(
        "Figure 1 shows a fish bone at the papilla; figure 2 shows the reddened wall behind it.",
        "The fish bone explains the discharge; after its removal no further treatment is needed.", "good", "",
        ("f1", "f2"),
    ),
    diagnoses=("T18.0XXA",),
    plan=PlanFacts((), None, "No further visit is needed unless the swelling returns."),
)  # fmt: skip

SPARSE = replace(
    COMPLETE,
    patient=PatientFacts("P000009", "P-9", "Lee", "", "Moe", None, ""),
    justification=JustificationFacts(indications=("recurrent_swelling",), gland="submandibular", side="L"),
    findings=(FindingFacts("f1", "stenosis", "submandibular", "L"),),
    interventions=(),
    images=(),
    interpretation=InterpretationFacts(),
    diagnoses=(),
    plan=PlanFacts(),
)
"""Signed in haste: what is missing has to be seen."""

CASES: Mapping[str, EncounterFacts] = {
    "stricture_stented": STRICTURE_STENTED,
    "revision": REVISION,
    "child": CHILD,
    "perforation": PERFORATION,
    "radioiodine": RADIOIODINE,
    "foreign_body": FOREIGN_BODY,
    "sparse": SPARSE,
}
