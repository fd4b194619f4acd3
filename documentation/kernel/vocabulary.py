"""The controlled words of the record: tokens as stored and sent, labels as read.

Tokens are permanent. A label may change at any time; nothing depends on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping


class Vocabulary(Mapping[str, str]):
    """An ordered set of tokens with a label each. `NONE` in a list means 'asked, and there was none'."""

    def __init__(self, name: str, labels: Mapping[str, str]) -> None:
        self.name = name
        self._labels = dict(labels)

    def __getitem__(self, token: str) -> str:
        return self._labels[token]

    def __iter__(self) -> Iterator[str]:
        return iter(self._labels)

    def __len__(self) -> int:
        return len(self._labels)

    @property
    def choices(self) -> list[tuple[str, str]]:
        return list(self._labels.items())

    def label(self, token: str) -> str:
        """The label, or the bare token where it is not one of ours."""
        return self._labels.get(token, token)


NONE = "none"


def _plain(name: str, tokens: str, **special: str) -> Vocabulary:
    return Vocabulary(name, {t: special.get(t, t.replace("_", " ").capitalize()) for t in tokens.split()})


GLAND = _plain("gland", "parotid accessory_parotid submandibular sublingual minor", minor="Minor gland")
SIDE = Vocabulary("side", {"R": "Right", "L": "Left", "midline": "Midline"})
DUCT = Vocabulary(
    "duct",
    {
        "stensen": "Stensen's duct",
        "wharton": "Wharton's duct",
        "bartholin": "Bartholin's duct",
        "rivinus": "Ducts of Rivinus",
        "other": "Other duct",
    },
)
DUCTS_OF_GLAND: Mapping[str, tuple[str, ...]] = {
    "parotid": ("stensen",),
    "accessory_parotid": ("stensen",),
    "submandibular": ("wharton",),
    "sublingual": ("bartholin", "rivinus"),
    "minor": ("other",),
}
SEGMENT = _plain(
    "segment",
    "papilla distal middle masseteric_bend knee hilum second_order third_order parenchyma",
    distal="Distal duct",
    middle="Middle duct",
    second_order="Second-order branches",
    third_order="Third-order branches",
)
INDICATION = _plain(
    "indication",
    "recurrent_swelling swelling_at_meals unexplained_enlargement suspected_stone suspected_obstruction"
    " suspected_stricture chronic_sialadenitis recurrent_sialadenitis juvenile_recurrent_parotitis"
    " radioiodine_sialadenitis sjogren_or_igg4_sialadenitis inconclusive_conventional_imaging"
    " persistent_symptoms_after_stone_removal foreign_body trauma follow_up_after_dilation",
    sjogren_or_igg4_sialadenitis="Sjögren or IgG4 related sialadenitis",
    follow_up_after_dilation="Follow-up after dilation",
)
SYMPTOM = _plain(
    "symptom",
    "none swelling pain tenderness lump dry_mouth bad_taste pus fever numbness other",
    none="No symptoms",
    lump="Lump that can be felt",
    bad_taste="Bad or salty taste",
    pus="Pus at the papilla",
)
HISTORY = _plain(
    "history",
    "none sjogren radioiodine irradiation igg4 prior_gland_surgery anticoagulants allergies other",
    none="None of these",
    sjogren="Sjögren disease",
    radioiodine="Radioiodine treatment",
    igg4="IgG4 related disease",
)
PRIOR_CARE = _plain(
    "prior_care",
    "none hydration massage heat sialogogue nsaid antibiotic steroid diet mouth_care observation other",
    none="None was tried",
    sialogogue="Sialogogues",
    nsaid="NSAID",
)
IMAGING_MODALITY = _plain(
    "imaging_modality",
    "none occlusal periapical panoramic ultrasound cbct ct ct_contrast mri mr_sialography sialogram scintigraphy",
    none="None was done",
    occlusal="Occlusal film",
    periapical="Periapical film",
    panoramic="Panoramic film",
    cbct="Cone-beam CT",
    ct="CT",
    ct_contrast="CT with contrast",
    mri="MRI",
    mr_sialography="MR sialography",
)
IMAGING_RESULT = _plain(
    "imaging_result", "normal stone stricture dilatation mass inconclusive not_available", dilatation="Dilatation"
)
ANESTHESIA = _plain(
    "anesthesia",
    "none topical local nitrous moderate_sedation deep_sedation general",
    nitrous="Nitrous oxide",
    general="General anesthesia",
)
SCOPE_TYPE = _plain("scope_type", "semi_rigid flexible rigid", semi_rigid="Semi-rigid")
ACCESS = _plain("access", "natural_papilla dilated_papilla papillotomy sialodochotomy guidewire hydrostatic")
EXTENT = _plain(
    "extent",
    "not_entered papilla distal middle hilum second_order third_order",
    not_entered="Duct not entered",
    distal="Distal duct",
    middle="Middle duct",
    second_order="Second-order branches",
    third_order="Third-order branches",
)
INCOMPLETE_CAUSE = _plain(
    "incomplete_cause",
    "papilla_not_found papilla_too_narrow stenosis_not_passed stone_in_the_way sharp_bend bleeding swelling"
    " perforation not_tolerated limited_opening equipment other",
    papilla_too_narrow="Papilla too narrow or scarred",
    stenosis_not_passed="Stenosis could not be passed",
    bleeding="Bleeding hid the view",
    swelling="Swelling closed the duct",
    not_tolerated="Not tolerated by the patient",
    limited_opening="Mouth opening too small",
    equipment="Equipment failed",
    other="Other, in my words",
)
"""What ended an examination before it was complete."""
NEXT_STEP = _plain(
    "next_step",
    "repeat repeat_under_general sialography mr_sialography ultrasound ct surgery referral observation none",
    repeat="Repeat the endoscopy",
    repeat_under_general="Repeat under general anesthesia",
    mr_sialography="MR sialography",
    ct="CT",
    surgery="Surgery of papilla or duct",
    observation="Observe",
    none="Nothing further",
)
"""What follows from an examination that was not complete."""
FINDING = _plain(
    "finding",
    "normal stone stenosis synechia kink sialodochitis polyp mucus_plug ectasia ductal_collapse foreign_body"
    " purulence bleeding erythema fibrinous_plaque avascular_wall web diverticulum perforation mass"
    " extrinsic_compression",
)
MOBILITY = _plain("mobility", "free wedged embedded")
VISIBILITY = _plain("visibility", "full partial none", none="Not visible")
PASSABLE = _plain("passable", "yes after_dilation no")
DISTRIBUTION = _plain("distribution", "single multiple diffuse")
DEGREE = _plain("degree", "mild moderate severe")
LSD_L = Vocabulary(
    "lsd_l",
    {
        "0": "L0 no stone",
        "1": "L1 floating stone",
        "2a": "L2a fixed, fully visible, under 8 mm",
        "2b": "L2b fixed, fully visible, 8 mm or more",
        "3a": "L3a fixed, partly visible, palpable",
        "3b": "L3b fixed, partly visible, not palpable",
    },
)
LSD_S = Vocabulary(
    "lsd_s",
    {
        "0": "S0 no stenosis",
        "1": "S1 membrane-like",
        "2": "S2 single, main duct",
        "3": "S3 multiple or diffuse, main duct",
        "4": "S4 generalized",
    },
)
LSD_D = Vocabulary("lsd_d", {"0": "D0 no dilatation", "1": "D1 single", "2": "D2 multiple", "3": "D3 generalized"})
INTERVENTION = _plain(
    "intervention",
    "none papilla_dilation papillotomy hydrostatic_dilation balloon_dilation bougie basket_retrieval forceps"
    " balloon_sweep laser_lithotripsy pneumatic_lithotripsy shock_wave_lithotripsy microdrill steroid_irrigation"
    " antibiotic_irrigation stent biopsy combined_transoral_incision converted_to_open",
    none="None, diagnostic only",
    papilla_dilation="Dilation of the papilla",
    shock_wave_lithotripsy="Shock-wave lithotripsy",
    converted_to_open="Converted to open surgery",
)
RETRIEVAL = _plain("retrieval", "complete partial failed")
COMPLICATION = _plain(
    "complication",
    "none transient_swelling perforation avulsion bleeding infection basket_entrapment instrument_break stricture"
    " ranula lingual_nerve_paresthesia facial_nerve_weakness fistula airway_swelling allergic_event"
    " anesthetic_event other",
    none="None occurred",
)
COMPLICATION_GRADE = Vocabulary(
    "complication_grade",
    {
        "1": "I, nothing beyond watching",
        "2": "II, medicines",
        "3a": "IIIa, a procedure without general anesthesia",
        "3b": "IIIb, a procedure under general anesthesia",
        "4a": "IVa, one organ failed",
        "4b": "IVb, several organs failed",
        "5": "V, death",
    },
)
"""Clavien-Dindo, by what the complication called for."""
CARE_AFTER = _plain(
    "care_after",
    "none hydration massage heat sialogogue antibiotic steroid nsaid mouth_care repeat_imaging repeat_endoscopy"
    " refer_ent refer_rheumatology refer_surgery",
    none="None needed",
    sialogogue="Sialogogues",
    nsaid="NSAID",
    repeat_imaging="Imaging again",
    repeat_endoscopy="Sialoendoscopy again",
    refer_ent="Referral to ENT",
    refer_rheumatology="Referral to rheumatology",
    refer_surgery="Referral for surgery",
)
IMAGE_KIND = _plain(
    "image_kind",
    "endoscopic_still video_frame clinical_photo radiograph ultrasound ct mri diagram document",
    ct="CT",
    mri="MRI",
)
ANNOTATION = _plain("annotation", "arrow ellipse text measurement scale")
INK = Vocabulary("ink", {"yellow": "Yellow", "blue": "Sky blue", "white": "White"})
"""Colors of what is drawn on pictures: told apart by everybody, and each seen on tissue with its dark edge."""
ENDOSCOPIC_KINDS = frozenset({"endoscopic_still", "video_frame"})
"""Kinds that show the inside of the duct: what D0371 means by its images."""
IMAGE_FLAW = Vocabulary(
    "image_flaw",
    {
        "small": "This picture is small: a reviewer may miss detail. If the scope can export it larger, use that.",
        "black": "This picture is almost black. Was the light on, and the lens cap off?",
        "dark": "This picture is dark. Turn the light up and take it again if you can.",
        "white": "This picture is almost white. Turn the light down and take it again if you can.",
        "overexposed": "Large parts of this picture are white. Turn the light down and take it again if you can.",
        "blurred": "This picture is blurred. Clear the lens, focus, and take it again if you can.",
        "fax": "A fax will show next to nothing of this picture: it has too little contrast. Send it another way.",
        "name": "The picture itself may show the patient's name or number. Look at it before it leaves the practice.",
    },
)
"""What may be wrong with a picture. The label is said while it can still be taken again."""
FLAW_IN_SHORT = {
    "small": "small",
    "black": "almost black",
    "dark": "dark",
    "white": "almost white",
    "overexposed": "overexposed",
    "blurred": "blurred",
    "fax": "too faint for a fax",
    "name": "may show a name",
}
SHOWN_BY_ANY_KIND = frozenset({"small", "black", "fax", "name"})
"""Flaws that are flaws of a scan, a radiograph or a drawing, too."""


def flaws_to_tell(kind: str, flaws: Iterable[str]) -> tuple[str, ...]:
    """Those flaws that mean something in a picture of this kind."""
    return tuple(x for x in flaws if x in IMAGE_FLAW and (kind in ENDOSCOPIC_KINDS or x in SHOWN_BY_ANY_KIND))


RELATIONSHIP = _plain("relationship", "self spouse child other")
SEX = Vocabulary("sex", {"F": "Female", "M": "Male", "U": "Unknown or not stated"})
QUALITY = _plain("quality", "good limited poor")
PLACE_OF_SERVICE = Vocabulary(
    "place_of_service",
    {
        "11": "11 Office",
        "19": "19 Off-campus outpatient hospital",
        "21": "21 Inpatient hospital",
        "22": "22 On-campus outpatient hospital",
        "23": "23 Emergency room",
        "24": "24 Ambulatory surgical center",
        "49": "49 Independent clinic",
        "50": "50 Federally qualified health center",
        "71": "71 Public health clinic",
        "72": "72 Rural health clinic",
        "99": "99 Other place",
    },
)
"""Two-digit codes of the public place-of-service list; any two digits are taken, these are offered."""

BY_NAME: Mapping[str, Vocabulary] = {
    v.name: v
    for v in (
        GLAND,
        SIDE,
        DUCT,
        SEGMENT,
        INDICATION,
        SYMPTOM,
        HISTORY,
        PRIOR_CARE,
        IMAGING_MODALITY,
        IMAGING_RESULT,
        ANESTHESIA,
        SCOPE_TYPE,
        ACCESS,
        EXTENT,
        INCOMPLETE_CAUSE,
        NEXT_STEP,
        FINDING,
        MOBILITY,
        VISIBILITY,
        PASSABLE,
        DISTRIBUTION,
        DEGREE,
        LSD_L,
        LSD_S,
        LSD_D,
        INTERVENTION,
        RETRIEVAL,
        COMPLICATION,
        COMPLICATION_GRADE,
        CARE_AFTER,
        IMAGE_KIND,
        RELATIONSHIP,
    )
}
