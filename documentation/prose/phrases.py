"""How each token of the record reads inside a sentence: words of notes, narratives and letters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from documentation.kernel.dates import long_date

SYMPTOM: Mapping[str, str] = {
    "recurrent_swelling": "recurrent swelling of {gland}",
    "swelling_at_meals": "swelling of {gland} at meals",
    "unexplained_enlargement": "unexplained enlargement of {gland}",
    "persistent_symptoms_after_stone_removal": "persistent symptoms of {gland} after removal of a stone",
}
DISEASE: Mapping[str, str] = {
    "chronic_sialadenitis": "chronic sialadenitis of {gland}",
    "recurrent_sialadenitis": "recurrent sialadenitis of {gland}",
    "juvenile_recurrent_parotitis": "juvenile recurrent parotitis of {gland}",
    "radioiodine_sialadenitis": "sialadenitis of {gland} after radioiodine treatment",
    "sjogren_or_igg4_sialadenitis": "sialadenitis of {gland} related to Sjögren disease or IgG4",
}
COMPLAINT: Mapping[str, str] = {**SYMPTOM, **DISEASE}
SUSPICION: Mapping[str, str] = {
    "suspected_stone": "a stone",
    "suspected_obstruction": "an obstruction",
    "suspected_stricture": "a stricture",
    "foreign_body": "a foreign body",
}
OCCASION: Mapping[str, str] = {"trauma": "trauma", "follow_up_after_dilation": "an earlier dilation of the duct"}
HISTORY: Mapping[str, str] = {
    "sjogren": "Sjögren disease",
    "radioiodine": "radioiodine treatment",
    "irradiation": "irradiation",
    "igg4": "IgG4 related disease",
    "prior_gland_surgery": "earlier surgery of a salivary gland",
    "anticoagulants": "treatment with anticoagulants",
    "allergies": "allergies",
    "other": "other conditions set out in the note",
}
SYMPTOM_FELT: Mapping[str, str] = {
    # What was felt beside the swelling and pain that other sentences tell of.
    "tenderness": "tenderness",
    "lump": "a lump that can be felt",
    "dry_mouth": "a dry mouth",
    "bad_taste": "a bad taste",
    "pus": "pus at the papilla",
    "fever": "fever",
    "numbness": "numbness",
    "other": "other symptoms set out in the note",
}
CARE: Mapping[str, str] = {
    "hydration": "hydration",
    "massage": "massage of the gland",
    "heat": "warm compresses",
    "sialogogue": "sialogogues",
    "nsaid": "an anti-inflammatory drug",
    "antibiotic": "an antibiotic",
    "steroid": "a steroid",
    "diet": "a change of diet",
    "mouth_care": "mouth care",
    "observation": "observation",
    "other": "other conservative care",
}
STUDY: Mapping[str, str] = {
    "occlusal": "an occlusal film",
    "periapical": "a periapical film",
    "panoramic": "a panoramic film",
    "ultrasound": "an ultrasound",
    "cbct": "a cone-beam CT",
    "ct": "a CT",
    "ct_contrast": "a CT with contrast",
    "mri": "an MRI",
    "mr_sialography": "an MR sialogram",
    "sialogram": "a sialogram",
    "scintigraphy": "a scintigram",
}
STUDY_RESULT: Mapping[str, tuple[str, str]] = {
    # as it stands, and where it did not settle the question
    "normal": ("was normal", "was normal but did not settle the question"),
    "stone": ("showed a stone", "suggested a stone but did not settle the question"),
    "stricture": ("showed a stricture", "suggested a stricture but did not settle the question"),
    "dilatation": ("showed a dilated duct", "showed a dilated duct but not its cause"),
    "mass": ("showed a mass", "suggested a mass but did not settle the question"),
    "inconclusive": ("was inconclusive", "was inconclusive"),
    "not_available": ("has no result on record", "has no result on record"),
    "": ("has no result on record", "did not settle the question"),
}
ANESTHESIA: Mapping[str, str] = {
    "none": "without anesthesia",
    "topical": "under topical anesthesia",
    "local": "under local anesthesia",
    "nitrous": "with nitrous oxide",
    "moderate_sedation": "under moderate sedation",
    "deep_sedation": "under deep sedation",
    "general": "under general anesthesia",
}
ACCESS: Mapping[str, str] = {
    "natural_papilla": "through the natural papilla",
    "dilated_papilla": "through the dilated papilla",
    "papillotomy": "through a papillotomy",
    "sialodochotomy": "through a sialodochotomy",
    "guidewire": "over a guidewire",
    "hydrostatic": "after hydrostatic dilation of the papilla",
}
EXTENT: Mapping[str, str] = {
    "papilla": "examined at the papilla",
    "distal": "followed into its distal part",
    "middle": "followed to its middle part",
    "hilum": "followed to the hilum",
    "second_order": "followed into the second-order branches",
    "third_order": "followed into the third-order branches",
}
INCOMPLETE_CAUSE: Mapping[str, str] = {
    # What ended an examination, as a clause; 'other' is told in the clinician's own words.
    "papilla_not_found": "the papilla could not be found",
    "papilla_too_narrow": "the papilla was too narrow",
    "stenosis_not_passed": "a stenosis could not be passed",
    "stone_in_the_way": "a stone closed the way",
    "sharp_bend": "a sharp bend could not be passed",
    "bleeding": "bleeding hid the view",
    "swelling": "swelling closed the duct",
    "perforation": "the duct wall was perforated",
    "not_tolerated": "the patient could not tolerate more",
    "limited_opening": "the mouth could not be opened wide enough",
    "equipment": "the equipment failed",
}
NEXT_STEP: Mapping[str, str] = {
    "repeat": "a second sialoendoscopy",
    "repeat_under_general": "a second sialoendoscopy under general anesthesia",
    "sialography": "sialography",
    "mr_sialography": "MR sialography",
    "ultrasound": "an ultrasound",
    "ct": "a CT",
    "surgery": "surgery of the papilla or the duct",
    "referral": "a referral",
    "observation": "observation",
}
DUCT: Mapping[str, str] = {
    "stensen": "Stensen's duct",
    "wharton": "Wharton's duct",
    "bartholin": "Bartholin's duct",
    "rivinus": "ducts of Rivinus",
    "other": "salivary duct",
}
SEGMENT: Mapping[str, tuple[str, str, str]] = {
    # preposition, the place, and how it goes on where the duct or gland must be named
    "papilla": ("at", "the papilla", "of {duct}"),
    "distal": ("in", "the distal duct", ""),
    "middle": ("in", "the middle duct", ""),
    "masseteric_bend": ("at", "the masseteric bend", "of {duct}"),
    "knee": ("at", "the knee of the duct", ""),
    "hilum": ("at", "the hilum", "of {gland}"),
    "second_order": ("in", "the second-order branches", "of {gland}"),
    "third_order": ("in", "the third-order branches", "of {gland}"),
    "parenchyma": ("in", "the parenchyma", "of {gland}"),
}
PART_OF_DUCT: Mapping[str, str] = {"distal": "the distal part", "middle": "the middle part", "knee": "the knee"}
FINDING: Mapping[str, tuple[str, str, str]] = {
    # article, one, several; no article for what is not counted
    "stone": ("a", "stone", "stones"),
    "stenosis": ("a", "stenosis", "stenoses"),
    "synechia": ("a", "synechia", "synechiae"),
    "kink": ("a", "kink", "kinks"),
    "sialodochitis": ("", "sialodochitis", "areas of sialodochitis"),
    "polyp": ("a", "polyp", "polyps"),
    "mucus_plug": ("a", "mucus plug", "mucus plugs"),
    "ectasia": ("an", "ectasia", "ectasias"),
    "ductal_collapse": ("a", "collapse of the duct wall", "collapses of the duct wall"),
    "foreign_body": ("a", "foreign body", "foreign bodies"),
    "purulence": ("", "pus", "collections of pus"),
    "bleeding": ("", "bleeding", "points of bleeding"),
    "erythema": ("", "erythema of the wall", "areas of erythema"),
    "fibrinous_plaque": ("a", "fibrinous plaque", "fibrinous plaques"),
    "avascular_wall": ("a", "pale, avascular wall", "pale, avascular areas of the wall"),
    "web": ("a", "web", "webs"),
    "diverticulum": ("a", "diverticulum", "diverticula"),
    "perforation": ("a", "perforation of the duct wall", "perforations of the duct wall"),
    "mass": ("a", "mass", "masses"),
    "extrinsic_compression": ("", "compression of the duct from outside", "places of compression from outside"),
}
MOBILITY: Mapping[str, str] = {"free": "free-floating", "wedged": "wedged", "embedded": "embedded"}
VISIBILITY: Mapping[str, str] = {"full": "fully visible", "partial": "partly visible", "none": "not visible"}
PASSABLE: Mapping[str, str] = {
    "yes": "which the endoscope passed",
    "after_dilation": "which the endoscope passed after dilation",
    "no": "which the endoscope could not pass",
}
INTERVENTION: Mapping[str, str] = {
    "papilla_dilation": "dilation of the papilla",
    "papillotomy": "papillotomy",
    "hydrostatic_dilation": "hydrostatic dilation",
    "balloon_dilation": "balloon dilation",
    "bougie": "bougienage",
    "basket_retrieval": "basket retrieval",
    "forceps": "forceps",
    "balloon_sweep": "a balloon sweep",
    "laser_lithotripsy": "laser lithotripsy",
    "pneumatic_lithotripsy": "pneumatic lithotripsy",
    "shock_wave_lithotripsy": "shock-wave lithotripsy",
    "microdrill": "a microdrill",
    "steroid_irrigation": "steroid irrigation",
    "antibiotic_irrigation": "antibiotic irrigation",
    "stent": "placement of a stent",
    "biopsy": "biopsy",
    "combined_transoral_incision": "a combined approach with a transoral incision",
    "converted_to_open": "conversion to open surgery",
}
COMPLICATION: Mapping[str, str] = {
    "transient_swelling": "transient swelling",
    "perforation": "perforation of the duct",
    "avulsion": "avulsion of the duct",
    "bleeding": "bleeding",
    "infection": "infection",
    "basket_entrapment": "entrapment of the basket",
    "instrument_break": "breakage of an instrument",
    "stricture": "stricture",
    "ranula": "ranula",
    "lingual_nerve_paresthesia": "paresthesia of the lingual nerve",
    "facial_nerve_weakness": "weakness of the facial nerve",
    "fistula": "fistula",
    "airway_swelling": "swelling of the airway",
    "allergic_event": "an allergic event",
    "anesthetic_event": "an event of anesthesia",
    "other": "another event set out in the note",
}
DIAGNOSIS: Mapping[str, str] = {
    "K11.0": "shrinkage of a salivary gland",
    "K11.1": "enlargement of a salivary gland",
    "K11.20": "sialadenitis",
    "K11.21": "acute sialadenitis",
    "K11.22": "acute recurrent sialadenitis",
    "K11.23": "chronic sialadenitis",
    "K11.3": "an abscess of a salivary gland",
    "K11.4": "a fistula of a salivary gland",
    "K11.5": "a stone of a salivary gland or duct",
    "K11.6": "a mucocele of a salivary gland",
    "K11.7": "disturbed salivary secretion",
    "K11.8": "other salivary gland disease, including stenosis of the duct",
    "K11.9": "salivary gland disease",
    "R68.2": "dry mouth",
    "R22.0": "localized swelling of the head",
    "R22.1": "localized swelling of the neck",
    "R93.0": "abnormal imaging of the head",
    "Q38.4": "congenital malformation of a salivary gland or duct",
}
"""Our own short words, a few codes only; others are printed as they are."""


def diagnosis_words(code: str) -> str:
    """Our own short words for a code, without the article; empty where we have none."""
    return capital(DIAGNOSIS.get(code, "").removeprefix("a ").removeprefix("an "))


NUMBERS = "no one two three four five six seven eight nine ten eleven twelve".split()


def count(n: int) -> str:
    """`three`, or digits above twelve."""
    return NUMBERS[n] if 0 <= n < len(NUMBERS) else str(n)


def number(value: Decimal | float | int) -> str:
    """`12`, `1.1` or `0.85`: no zeros that say nothing."""
    return f"{Decimal(str(value)).normalize():f}"


def millimeters(value: Decimal) -> str:
    """Value and unit, never parted by a line break."""
    return f"{number(value)}\u00a0mm"


def join(parts: Sequence[str], word: str = "and") -> str:
    """`a`, `a and b`, `a, b, and c`."""
    if len(parts) <= 1:
        return "".join(parts)
    if len(parts) == 2:
        return f"{parts[0]} {word} {parts[1]}"
    return f"{', '.join(parts[:-1])}, {word} {parts[-1]}"


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def uncapital(text: str) -> str:
    """The text as it goes on after a colon: names and abbreviations keep their capitals."""
    first = re.match(r"\w+", text)
    word = first.group() if first else ""
    is_plain = len(word) > 1 and word[1:].islower() and word.lower() in _PLAIN_STARTS | set(CARE) | _NOUN_STARTS
    return text[0].lower() + text[1:] if is_plain or word in {"A"} else text


_PLAIN_STARTS = {
    "the",
    "an",
    "no",
    "not",
    "only",
    "some",
    "little",
    "partial",
    "thin",
    "short",
    "small",
    "large",
    "normal",
}
_NOUN_STARTS = set(
    "acute antibiotics apply avoid bleeding chew chronic continue continued control daily distal drink duct edema "
    "fish follow foreign further gland gland-massage good holmium hydration imaging increase infection keep loss "
    "inflammation massage "
    "moderate observation pain papilla patient permanent persistent poor possible progression proximal "
    "radiolucent recurrent referral relief remaining removal repeat repeated rest return review rinse scarring "
    "severe sialogogues sip slight soft sour stone stones stop stricture sugar-free surgery swelling take "
    "temporary tortuous trismus ultrasound use warm".split()
)
_FINITE = re.compile(
    r"\b(is|are|was|were|may|might|can|could|would|will|must|should|has|have|had|does|do|did|risks?|leads?|led|causes?|remains?)\b",
    re.I,
)


def is_clause(text: str) -> bool:
    """Whether the text has a verb of its own, so that it can stand as a sentence."""
    return bool(_FINITE.search(text))


def ends_with_a_time(text: str) -> bool:
    """Whether `since March` at the end would be taken for the time of something else: `… after removal of a stone`."""
    return " after " in text or " related to " in text


def bare(text: str) -> str:
    """One line without the closing stop."""
    return " ".join(text.split()).rstrip(" .;,")


def closed(text: str) -> str:
    """Text as it was written, on one line, begun with a capital and ended with a stop."""
    line = capital(" ".join(text.split()))
    return line if line.endswith((".", "!", "?", ".”", '."')) else f"{line.rstrip(' ;,')}."


def period(start: date | None, end: date | None) -> str:
    """`from April 1 to October 30, 2026`; the year once where it is the same."""
    if start and end:
        if start == end:
            return f"on {long_date(start)}"
        if (start.year, start.month) == (end.year, end.month):
            return f"from {start:%B} {start.day} to {end.day}, {end.year}"
        first = f"{long_date(start)}," if start.year != end.year else f"{start:%B} {start.day}"
        return f"from {first} to {long_date(end)}"
    if start:
        return f"since {long_date(start)}"
    return f"until {long_date(end)}" if end else ""


def since(day: date) -> str:
    """`March 2026` for a first of the month, which stands for the month; else the full date."""
    return f"{day:%B} {day.year}" if day.day == 1 else long_date(day)


def days(n: int) -> str:
    """`four weeks` where it comes out even."""
    if n % 7 == 0 and n:
        return f"{count(n // 7)} week{'s' if n > 7 else ''}"
    return f"{count(n)} day{'s' if n != 1 else ''}"
