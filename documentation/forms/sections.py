"""The guided record as data: which sections there are, what stands in each, in which order and with which words.

The pages are drawn from this table with crispy-forms; a field is added here and nowhere else.
"""

from __future__ import annotations

from documentation.forms.parts import Group, Item, Rows, Section
from documentation.kernel.vocabulary import FINDING, IMAGING_MODALITY, PRIOR_CARE
from documentation.models import (
    Encounter,
    Finding,
    GlandExamined,
    Interpretation,
    Intervention,
    Justification,
    OtherProcedure,
    PlanOfCare,
    PriorCare,
    PriorImaging,
    Procedure,
)

PARTS = {
    "visit": "The visit",
    "justification": "1 Justification",
    "specifics": "2 Specifics",
    "analysis": "3 Images and analysis",
    "care": "4 Subsequent care",
    "sign": "Signature",
}
"""The four parts that payers look for, and what stands around them."""


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CARE = frozenset(PRIOR_CARE) - {"none"}
STUDY = frozenset(IMAGING_MODALITY) - {"none"}
SOLID = words("stone foreign_body mucus_plug polyp mass")
NARROW = words(
    "stenosis synechia kink web ductal_collapse extrinsic_compression stone foreign_body mucus_plug polyp mass"
)
LONG = words(
    "stenosis synechia ectasia ductal_collapse extrinsic_compression sialodochitis avascular_wall diverticulum"
    " fibrinous_plaque perforation"
)
NOT_COMPLETE = frozenset({"no"})
ABNORMAL = frozenset(FINDING) - {"normal"}
INFLAMED = words("sialodochitis erythema fibrinous_plaque purulence bleeding ectasia avascular_wall")
IRRIGATION = words("steroid_irrigation antibiotic_irrigation")
STONE_WORK = words(
    "basket_retrieval forceps balloon_sweep laser_lithotripsy pneumatic_lithotripsy shock_wave_lithotripsy microdrill"
    " combined_transoral_incision converted_to_open"
)
WITH_DEVICE = words("balloon_dilation bougie stent") | STONE_WORK - words(
    "combined_transoral_incision converted_to_open"
)

VISIT = Section(
    "visit",
    "Visit",
    "visit",
    "Who did the examination, where and when.",
    Encounter,
    (
        Group(
            (
                Item("service_date", label="Date of service"),
                Item("start_time"),
                Item("end_time"),
                Item("location"),
                Item("clinician", "Treats and signs; their NPI stands on the claim.", label="Treating clinician"),
                Item("assistant", "Who assisted, if anybody."),
                Item(
                    "place_of_service",
                    "The two-digit code of the place.",
                    suggest=(("11", "11 office"), ("24", "24 surgical center"), ("22", "22 hospital, outpatient")),
                ),
            )
        ),
        Rows(
            "other_procedures",
            "Other services of the same day",
            "service",
            OtherProcedure,
            (
                Item("code", label="Code", help="CDT or CPT, five characters, such as D0220."),
                Item("fee", unit="$"),
                Item("documented", label="The record shows this service by itself"),
            ),
            note="They go on the same claim, and each must be documented.",
            hidden=("id",),
        ),
    ),
)

JUSTIFICATION = Section(
    "justification",
    "Medical justification",
    "justification",
    "Why this patient needed sialoendoscopy, and why nothing simpler was enough.",
    Justification,
    (
        Group((Item("indications", "Choose all that apply.", wide=True),)),
        Group(
            (
                Item("gland", label="Gland with the complaint"),
                Item("side", label="Side"),
                Item("symptoms", "What the patient tells.", wide=True),
                Item("onset_on", "The day is enough if roughly right.", label="Since"),
                Item("episodes_per_month", unit="a month", label="Episodes"),
                Item("pain", "0 is none, 10 the worst.", unit="of 10", label="Worst pain"),
                Item("relation_to_meals"),
                Item(
                    "statement",
                    "What the patient felt and what you found, in your own words.",
                    wide=True,
                    label="Complaint",
                ),
            ),
            "The complaint",
        ),
        Rows(
            "prior_care",
            "What was tried before",
            "treatment",
            PriorCare,
            (
                Item("type", label="Treatment"),
                Item("from_on", when=CARE),
                Item("to_on", when=CARE),
                Item(
                    "result",
                    "Such as: swelling came back after two weeks. Where nothing was tried: why.",
                    wide=True,
                ),
            ),
            note="Payers ask for conservative care with its dates and its result.",
            presets=(("none", "None was tried"),),
            hidden=("id",),
        ),
        Rows(
            "prior_imaging",
            "Imaging before",
            "study",
            PriorImaging,
            (
                Item("modality", label="Study"),
                Item("done_on", when=STUDY),
                Item("result", when=STUDY),
                Item("inconclusive", when=STUDY),
                Item(
                    "limitation",
                    "Such as: shows stones but not the duct wall. Where none was done: why.",
                    wide=True,
                ),
            ),
            note="And why it did not answer the question: without this, D0371 looks like a repetition.",
            presets=(("none", "None was done"),),
            hidden=("id",),
        ),
        Group(
            (
                Item("history", "Choose all that apply, or ‘None of these’.", wide=True, label="History"),
                Item(
                    "history_note",
                    "Such as: apixaban since 2024; penicillin, rash.",
                    wide=True,
                    label="Which, and when",
                ),
            ),
            "History that matters here",
        ),
        Group(
            (
                Item(
                    "change_of_care",
                    "What you will do differently if you find, or do not find, an obstruction.",
                    wide=True,
                ),
                Item(
                    "risk_without", "What may happen without it: abscess, loss of the gland, open surgery.", wide=True
                ),
            ),
            "Why it changes the care",
        ),
    ),
)

PROCEDURE = Section(
    "procedure",
    "Procedure",
    "specifics",
    "What was done, with what, and how far it went.",
    Procedure,
    (
        Group(
            (
                Item(
                    "sialoendoscopy_performed",
                    "D0371 is for this examination alone: no endoscope in a duct, no D0371.",
                    label="Was an endoscope in the duct?",
                    model=Encounter,
                    wide=True,
                ),
            )
        ),
        Rows(
            "glands",
            "Glands examined",
            "gland",
            GlandExamined,
            (
                Item("gland"),
                Item("side"),
                Item("duct"),
                Item("access", "How the duct was entered."),
                Item("extent", "The farthest place that the endoscope reached."),
                Item("complete", label="Examination complete"),
                Item(
                    "incomplete_causes",
                    "Payers pay for an examination that ended early, if the record says why.",
                    wide=True,
                    label="What ended it",
                    when=NOT_COMPLETE,
                    after="complete",
                ),
                Item(
                    "incomplete_reason",
                    "Such as: the scar at 9 mm did not yield to dilation.",
                    wide=True,
                    label="In your own words",
                    when=NOT_COMPLETE,
                    after="complete",
                ),
                Item(
                    "not_judged",
                    "The interpretation says the same, so that nobody takes unseen for normal.",
                    wide=True,
                    label="What could not be judged",
                    when=NOT_COMPLETE,
                    after="complete",
                ),
                Item("next_steps", wide=True, label="What follows", when=NOT_COMPLETE, after="complete"),
            ),
            more=(
                Item("lsd_l", "LSD grades an obstruction by lithiasis, stenosis and dilatation (Marchal)."),
                Item("lsd_s"),
                Item("lsd_d"),
            ),
            folded=True,
            hidden=("id",),
        ),
        Group(
            (Item("complications", wide=True, label="What occurred"),), "Complications", "Say so when there were none."
        ),
        Group(
            (
                Item("complication_grade", "Clavien-Dindo: what it called for.", wide=True, label="Grade"),
                Item("complication_note", "What was done about it, and how it ended.", wide=True, label="Course"),
            ),
            fold="Grade and course of a complication",
        ),
        Group((Item("consent_on"), Item("consent_by", "Who explained it and obtained it.")), "Consent"),
        Group(
            (
                Item("anesthesia", wide=True, label="Kind"),
                Item("anesthesia_agent", "Such as articaine 4 % with epinephrine 1:100,000.", label="Agent"),
                Item("anesthesia_dose_mg", unit="mg", label="Dose"),
                Item("anesthesia_by", "If somebody else than the treating clinician.", label="Given by"),
            ),
            "Anesthesia",
        ),
        Group(
            (
                Item("scope_type", label="Kind"),
                Item("scope_outer_diameter_mm", unit="mm", label="Outer diameter"),
                Item("scope_channel_mm", unit="mm", label="Working channel"),
                Item("scope_maker", label="Maker"),
                Item("scope_model", label="Model"),
                Item("scope_serial", label="Serial number"),
                Item("irrigation", "Such as isotonic saline, continuous."),
                Item("irrigation_ml", unit="mL", label="Amount of fluid"),
            ),
            "Endoscope and irrigation",
        ),
    ),
)

FINDINGS = Section(
    "findings",
    "Findings",
    "specifics",
    "What was seen in the duct, and what was done about it.",
    None,
    (
        Rows(
            "findings",
            "Findings",
            "finding",
            Finding,
            (
                Item("type", label="Finding"),
                Item("gland"),
                Item("side"),
                Item(
                    "distance_from_papilla_mm",
                    "The papilla is where the duct opens into the mouth.",
                    unit="mm",
                    label="From the papilla",
                ),
                Item("size_mm", unit="mm", label="Size", when=SOLID | words("diverticulum perforation")),
                Item("width_mm", "Across, at the widest.", unit="mm", label="Width", when=SOLID),
                Item("count", label="How many", when=SOLID | words("stenosis synechia web")),
                Item("mobility", when=words("stone foreign_body mucus_plug")),
                Item("visibility", when=words("stone foreign_body")),
                Item("palpable", when=words("stone mass foreign_body")),
                Item(
                    "lumen_percent", "The share of the lumen that it takes.", unit="%", label="Lumen taken", when=NARROW
                ),
                Item("length_mm", unit="mm", label="Length", when=LONG),
                Item("passable", "By the endoscope.", when=NARROW),
                Item("distribution", when=LONG | words("web mucus_plug")),
                Item("severity", when=INFLAMED),
                Item("appearance", "Such as yellow, rough.", label="Color and surface", when=SOLID),
                Item("note", wide=True),
            ),
            more=(
                Item("segment"),
                Item(
                    "not_imaged_reason",
                    "Every finding needs an image, or a reason why there is none.",
                    wide=True,
                    label="If it has no image, why",
                ),
            ),
            folded=True,
            presets=(("normal", "Normal duct"),),
            hidden=("key",),
        ),
        Rows(
            "interventions",
            "Treatments",
            "treatment",
            Intervention,
            (
                Item("type", label="Treatment"),
                Item("finding", "Leave open if it was for none of them.", label="For which finding"),
                Item("device", "Such as three-wire basket.", when=WITH_DEVICE),
                Item("diameter_mm", unit="mm", label="Diameter", when=words("balloon_dilation bougie")),
                Item("pressure_atm", unit="atm", label="Pressure", when=words("balloon_dilation hydrostatic_dilation")),
                Item("duration_s", unit="s", label="For", when=words("balloon_dilation hydrostatic_dilation")),
                Item("drug", "Such as triamcinolone.", when=IRRIGATION),
                Item("dose_mg", unit="mg", label="Dose", when=IRRIGATION),
                Item("volume_ml", unit="mL", label="Volume", when=IRRIGATION),
                Item("size_fr", unit="Fr", label="Stent", when=words("stent")),
                Item("planned_days", unit="days", label="Stays for", when=words("stent")),
                Item("retrieval", label="Stone came out", when=STONE_WORK),
                Item("to_pathology", when=STONE_WORK | words("biopsy")),
                Item("note", "Anything more that was done.", wide=True),
            ),
            note="Only looked? Then say so: ‘None, diagnostic only’.",
            presets=(("none", "None, diagnostic only"),),
            hidden=("id",),
        ),
    ),
)

IMAGES = Section("images", "Images", "analysis", "The images are the service: without them, D0371 is not payable.")

INTERPRETATION = Section(
    "interpretation",
    "Interpretation",
    "analysis",
    "Your reading of the images. D0371 includes it; without it payers deny the images, too.",
    Interpretation,
    (
        Group(
            (
                Item("findings", "The findings that this text speaks of.", wide=True, label="Findings covered"),
                Item("text", "What the images show, gland by gland, with place and extent.", wide=True),
                Item(
                    "clinical_relevance",
                    "What it means for this patient. Reviewers look for this sentence first.",
                    wide=True,
                ),
            )
        ),
        Group(
            (
                Item("quality", "If it was limited, say in the text what could not be judged.", wide=True),
                Item("comparison", "With the sialogram, ultrasound or CT of before.", wide=True),
            ),
            "Quality and comparison",
        ),
    ),
)

PLAN = Section(
    "plan",
    "Plan of care",
    "care",
    "What follows from it.",
    PlanOfCare,
    (
        Group(
            (
                Item(
                    "diagnoses",
                    "With the dot, the principal one first, one a line. The page Codes finds them by word.",
                    label="ICD-10-CM codes",
                    wide=True,
                    suggest=(
                        ("K11.5", "K11.5 stone"),
                        ("K11.8", "K11.8 stenosis and other disease"),
                        ("K11.21", "K11.21 acute inflammation"),
                        ("K11.22", "K11.22 acute recurrent"),
                        ("K11.23", "K11.23 chronic inflammation"),
                        ("K11.1", "K11.1 enlargement"),
                        ("K11.6", "K11.6 mucocele"),
                        ("R68.2", "R68.2 dry mouth"),
                    ),
                ),
            ),
            "Diagnosis",
        ),
        Group(
            (
                Item("measures", "What the patient does or is referred for.", wide=True, label="Care after"),
                Item(
                    "recommendations",
                    "One a line.",
                    wide=True,
                    suggest=(
                        ("Hydration, gland massage and sialogogues", "Hydration, massage"),
                        ("Repeat sialoendoscopy if symptoms return", "Repeat if symptoms return"),
                        ("Refer for removal of the stone", "Refer for stone removal"),
                        ("Ultrasound at the next visit", "Ultrasound next visit"),
                        ("No further treatment needed", "No further treatment"),
                    ),
                ),
                Item(
                    "follow_up_days",
                    unit="days",
                    label="Next visit in",
                    suggest=(
                        ("7", "1 week"),
                        ("14", "2 weeks"),
                        ("42", "6 weeks"),
                        ("90", "3 months"),
                        ("180", "6 months"),
                    ),
                ),
                Item("stent_removal_on", "If one was placed."),
                Item("warning_signs", "Fever, more swelling, trouble breathing, numbness."),
                Item(
                    "statement",
                    "The plan in a sentence or two, as the next clinician should read it.",
                    wide=True,
                    label="Plan",
                ),
            ),
            "Subsequent care",
        ),
    ),
)

SIGN = Section("sign", "Sign", "sign")

SECTIONS: tuple[Section, ...] = (VISIT, JUSTIFICATION, PROCEDURE, FINDINGS, IMAGES, INTERPRETATION, PLAN, SIGN)
BY_KEY = {s.key: s for s in SECTIONS}
