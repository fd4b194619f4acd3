"""Different records as facts, for narratives, drawings and packets. All people are invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from claims.facts import ClaimFacts, SubscriberFacts
from claims.rules.examples import MEDICAL, READY
from documentation.facts import (
    EncounterFacts,
    FindingFacts,
    GlandFacts,
    InterpretationFacts,
    InterventionFacts,
    JustificationFacts,
    PatientFacts,
    PlanFacts,
    PriorCareFacts,
    PriorImagingFacts,
)
from documentation.rules.examples import COMPLETE
from tests.claims.packet.cases import CASES
from tests.claims.packet.cases import still as _still


def claim_of(encounter: EncounterFacts, kind: str = "dental") -> ClaimFacts:
    """A claim of this record with a plan of the patient's own."""
    person = encounter.patient
    base = READY if kind == "dental" else MEDICAL
    subscriber = SubscriberFacts(person.first_name, person.last_name, person.birth_date, person.sex, person.address)
    return replace(
        base, encounter=encounter, coverage=replace(base.coverage, subscriber=subscriber), diagnoses=encounter.diagnoses
    )


PAROTID_STONE = replace(
    COMPLETE,
    patient=PatientFacts("P000002", "P-2", "Robin", "", "Roe", date(1968, 7, 2), "M"),
    justification=JustificationFacts(
        indications=("swelling_at_meals", "suspected_stone"),
        gland="parotid",
        side="R",
        onset_on=date(2026, 9, 14),
        episodes_per_month=20,
        relation_to_meals=True,
        pain=6,
        change_of_care="A stone that can be retrieved endoscopically spares the patient surgery near the facial nerve.",
        risk_without="The gland may become infected again and scar.",
        history=("anticoagulants",),
        prior_care=(
            PriorCareFacts(
                "antibiotic", date(2026, 9, 20), date(2026, 9, 30), "The infection settled, the swelling did not"
            ),
        ),
        prior_imaging=(
            PriorImagingFacts("ultrasound", date(2026, 10, 1), "stone", False),
            PriorImagingFacts("cbct", date(2026, 10, 5), "stone", False),
        ),
    ),
    procedure=replace(
        COMPLETE.procedure,
        anesthesia="general",
        scope_outer_diameter_mm=Decimal("1.60"),
        complications=("transient_swelling",),
        glands=(GlandFacts("parotid", "R", "stensen", "papillotomy", "second_order", True, "", "2a", "0", "1"),),
    ),
    findings=(
        FindingFacts(
            "f1",
            "stone",
            "parotid",
            "R",
            "middle",
            Decimal(24),
            Decimal("5.5"),
            mobility="wedged",
            visibility="full",
            palpable=False,
            lumen_percent=90,
        ),
        FindingFacts("f2", "ectasia", "parotid", "R", "middle", Decimal(32), length_mm=Decimal(8)),
    ),
    interventions=(
        InterventionFacts("laser_lithotripsy", "f1", "Holmium laser"),
        InterventionFacts("basket_retrieval", "f1"),
    ),
    images=(
        _still(1, "f1", "parotid", "R", "Wedged stone in the right Stensen's duct"),
        _still(2, "f1", "parotid", "R", "The same place after removal of the fragments"),
        _still(3, "f2", "parotid", "R", "Widened duct behind the stone"),
    ),
    interpretation=InterpretationFacts(
        "Figures 1 to 3 show a wedged stone and the widened duct behind it.",
        "the stone explains the mealtime swelling",
        "good",
        "",
        ("f1", "f2"),
    ),
    diagnoses=("K11.5",),
    plan=PlanFacts(("Massage of the gland", "Soft diet for three days"), 14, ""),
)

NORMAL_STUDY = replace(
    COMPLETE,
    justification=replace(
        COMPLETE.justification,
        indications=("unexplained_enlargement",),
        pain=0,
        relation_to_meals=False,
        episodes_per_month=None,
        statement="",
    ),
    findings=(FindingFacts("f1", "normal", "submandibular", "L", "second_order", Decimal(55)),),
    interventions=(InterventionFacts("none"),),
    procedure=replace(
        COMPLETE.procedure, glands=(replace(COMPLETE.procedure.glands[0], extent="second_order", lsd_s="0"),)
    ),
    images=(_still(1, "f1", "submandibular", "L", "Normal hilum"),),
    interpretation=replace(
        COMPLETE.interpretation,
        comparison="",
        clinical_relevance="A ductal cause is excluded; the enlargement lies in the gland itself.",
    ),
    diagnoses=("K11.1",),
    plan=PlanFacts(("Hydration and massage",), 90, ""),
)

INCOMPLETE = replace(
    COMPLETE,
    justification=replace(
        COMPLETE.justification,
        indications=("suspected_stricture", "radioiodine_sialadenitis"),
        gland="parotid",
        statement="Painful swelling of the left cheek since radioiodine treatment.",
        history=("radioiodine", "allergies"),
        prior_care=(PriorCareFacts("none", result="the patient could not come earlier"),),
        prior_imaging=(PriorImagingFacts("none", limitation="an ultrasound could not be had in time"),),
    ),
    procedure=replace(
        COMPLETE.procedure,
        glands=(
            GlandFacts(
                "parotid",
                "L",
                "stensen",
                "guidewire",
                "distal",
                False,
                "The scar at 9 mm did not yield to dilation",
                "0",
                "4",
                "0",
                incomplete_causes=("stenosis_not_passed", "bleeding"),
                not_judged=("middle", "hilum", "second_order"),
                next_steps=("repeat_under_general", "mr_sialography"),
            ),
        ),
    ),
    findings=(
        FindingFacts(
            "f1",
            "stenosis",
            "parotid",
            "L",
            "distal",
            Decimal(9),
            length_mm=Decimal(14),
            passable="no",
            lumen_percent=95,
            not_imaged_reason="Bleeding hid the view",
        ),
    ),
    interventions=(InterventionFacts("none"),),
    images=(),
    interpretation=InterpretationFacts(
        "The left Stensen's duct was entered over a guidewire and followed into its distal part, where a stenosis could"
        " not be passed. The duct behind it was not seen.",
        "The stenosis explains the swelling; whether there is more behind it is open.",
        "limited",
        "",
        ("f1",),
    ),
    plan=PlanFacts(("Sialogogues and massage until then",), 28, ""),
)

ENDED_EARLY = replace(
    COMPLETE,
    procedure=replace(
        COMPLETE.procedure,
        anesthesia="topical",
        glands=(
            replace(
                COMPLETE.procedure.glands[0],
                access="natural_papilla",
                extent="middle",
                complete=False,
                lsd_l="",
                lsd_s="",
                lsd_d="",
                incomplete_causes=("not_tolerated",),
                not_judged=("hilum",),
                next_steps=("repeat",),
            ),
        ),
    ),
    findings=(FindingFacts("f1", "normal", "submandibular", "L", "distal"),),
    interventions=(InterventionFacts("none"),),
    images=(_still(1, "f1", "submandibular", "L", "Normal distal duct"),),
    interpretation=InterpretationFacts(
        "The left Wharton's duct was followed to its middle part. Figure 1 shows a normal distal duct. The hilum was"
        " not seen and cannot be judged.",
        "No cause lies in the part of the duct that was seen; an obstruction beyond it is not excluded.",
        "good",
        "",
        ("f1",),
    ),
    diagnoses=("K11.1",),
    plan=PlanFacts((), 14, ""),
)
"""Nothing found, and the patient could not tolerate more."""

NOT_ENTERED = replace(
    COMPLETE,
    sialoendoscopy_performed=False,
    procedure=replace(
        COMPLETE.procedure,
        glands=(
            GlandFacts(
                "submandibular",
                "L",
                "wharton",
                "dilated_papilla",
                "not_entered",
                False,
                "scarred after removal of a stone",
                incomplete_causes=("papilla_too_narrow",),
                next_steps=("mr_sialography", "surgery"),
            ),
        ),
    ),
    findings=(),
    interventions=(),
    images=(),
    interpretation=InterpretationFacts(),
    diagnoses=("K11.1",),
    plan=PlanFacts(("Sialogogues and massage until then",), 28, ""),
)

BOTH_SIDES = replace(
    COMPLETE,
    justification=replace(
        COMPLETE.justification,
        indications=("sjogren_or_igg4_sialadenitis",),
        gland="parotid",
        side="",
        statement="Both cheeks swell in turn, and the mouth is dry; no fever.",
        change_of_care="Plugs can be washed out under view, which spares the glands; a mass would need biopsy.",
        history=("sjogren",),
        prior_imaging=(PriorImagingFacts("ultrasound", date(2026, 9, 2), "inconclusive", True, "ducts not seen"),),
    ),
    procedure=replace(
        COMPLETE.procedure,
        glands=(
            GlandFacts("parotid", "R", "stensen", "natural_papilla", "hilum", True),
            GlandFacts("parotid", "L", "stensen", "natural_papilla", "hilum", True),
        ),
    ),
    findings=(
        FindingFacts("f1", "mucus_plug", "parotid", "R", "middle", Decimal(20), count=3, size_mm=Decimal(2)),
        FindingFacts("f2", "avascular_wall", "parotid", "R", "distal"),
        FindingFacts("f3", "sialodochitis", "parotid", "L", "hilum", Decimal(48)),
        FindingFacts("f4", "normal", "parotid", "L", "distal", Decimal(10)),
    ),
    interventions=(InterventionFacts("steroid_irrigation"), InterventionFacts("balloon_sweep", "f1")),
    images=(
        _still(1, "f1", "parotid", "R", "Mucus plugs"),
        _still(2, "f3", "parotid", "L", "Inflamed wall at the hilum"),
    ),
    interpretation=replace(
        COMPLETE.interpretation,
        text="Figure 1 shows mucus plugs on the right, figure 2 an inflamed hilum on the left.",
        comparison="",
        clinical_relevance="Plugs and inflammation of the ducts explain the swelling of both glands.",
    ),
    diagnoses=("K11.23", "M35.09"),
    plan=PlanFacts((), 7, ""),
)

SUBLINGUAL_WEB = replace(
    COMPLETE,
    justification=replace(
        COMPLETE.justification,
        indications=("follow_up_after_dilation",),
        gland="sublingual",
        side="R",
        onset_on=date(2026, 1, 20),
        statement="",
        change_of_care="A web that has grown again is dilated once more; an open duct needs nothing.",
        prior_imaging=(
            PriorImagingFacts("ultrasound", date(2026, 9, 2), "inconclusive", True, "the duct was too thin"),
        ),
    ),
    procedure=replace(
        COMPLETE.procedure,
        glands=(GlandFacts("sublingual", "R", "bartholin", "natural_papilla", "middle", True),),
        scope_outer_diameter_mm=Decimal("0.80"),
    ),
    findings=(FindingFacts("f1", "web", "sublingual", "R", "distal", Decimal("7.5"), passable="yes"),),
    interventions=(InterventionFacts("none"),),
    images=(_still(1, "f1", "sublingual", "R", "Thin web"),),
    interpretation=replace(
        COMPLETE.interpretation,
        text="Figure 1 shows a thin web that leaves the duct open.",
        comparison="",
        clinical_relevance="The web lets saliva pass; nothing has to be dilated again.",
    ),
    plan=PlanFacts(("Massage of the gland after meals",), 90, ""),
)

EMPTY = EncounterFacts()

RECORDS: Mapping[str, EncounterFacts] = {
    "reference": COMPLETE,
    "parotid_stone": PAROTID_STONE,
    "normal_study": NORMAL_STUDY,
    "incomplete": INCOMPLETE,
    "ended_early": ENDED_EARLY,
    "not_entered": NOT_ENTERED,
    "both_sides": BOTH_SIDES,
    "sublingual_web": SUBLINGUAL_WEB,
    "empty": EMPTY,
    **CASES,
}
