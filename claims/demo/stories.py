"""What was seen and done at the demo practice: complete records by template, each true in itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from claims.demo.people import CASEY, Data
from claims.demo.pictures import VARIANTS, draw

ANATOMY: dict[str, Data] = {
    "submandibular": {"duct": "wharton", "name": "Wharton's duct", "depth": 48},
    "parotid": {"duct": "stensen", "name": "Stensen's duct", "depth": 55},
}
SIDES = {"L": "left", "R": "right"}


Story = Callable[[str, str], Data]
"""What was found in a gland of a side, as the parts of a case."""


def record(
    story: Story, gland: str, side: str, day: date, *, start: str, clinician: Data = CASEY
) -> tuple[Data, dict[str, bytes]]:
    """A complete encounter of `story`, with the bytes of its images by name."""
    told = story(gland, side)
    place = {"gland": gland, "side": side}
    scenes = told.pop("scenes")
    images = [
        {"file": f"fig{n}.jpg", "kind": "endoscopic_still", **place, **image}
        for n, image in enumerate(told["images"], 1)
    ]
    files = {
        image["file"]: draw(scene, (day.toordinal() + n) % VARIANTS)
        for n, (image, scene) in enumerate(zip(images, scenes, strict=True))
    }
    ended = datetime.combine(day, time.fromisoformat(start)) + timedelta(minutes=28)
    encounter = {
        "service_date": f"{day}",
        "start_time": start,
        "end_time": f"{ended:%H:%M}",
        "place_of_service": "11",
        "assistant": "Jordan Sample",
        "clinician": clinician,
        "sialoendoscopy_performed": True,
        "justification": _justification(gland, side, day, told),
        "procedure": _procedure(gland, side, day, clinician, told),
        "findings": [{**place, **finding} for finding in told["findings"]],
        "interventions": told["interventions"],
        "images": images,
        "interpretation": told["interpretation"],
        "diagnoses": told["diagnoses"],
        "plan": told["plan"],
    }
    return encounter, files


def _justification(gland: str, side: str, day: date, told: Data) -> Data:
    def ago(days: int) -> str:
        return f"{day - timedelta(days=days)}"

    return {
        "indications": told["indications"],
        "gland": gland,
        "side": side,
        "onset_on": ago(told["since_days"]),
        "episodes_per_month": 4,
        "relation_to_meals": True,
        "pain": 4,
        "statement": told["complaint"],
        "prior_care": [
            {"type": "hydration", "from": ago(90), "to": ago(20), "result": "no lasting relief"},
            {"type": "massage", "from": ago(75), "to": ago(20), "result": "short relief only"},
        ],
        "prior_imaging": [told["prior_imaging"] | {"date": ago(45)}],
        "history": ["none"],
        "change_of_care": told["change_of_care"],
        "risk_without": "Repeated infection, scarring of the duct, and in the end loss of the gland.",
    }


def _procedure(gland: str, side: str, day: date, clinician: Data, told: Data) -> Data:
    name = f"{clinician['first_name']} {clinician['last_name']}, {clinician['credential']}"
    examined = {
        "gland": gland,
        "side": side,
        "duct": ANATOMY[gland]["duct"],
        "access": "dilated_papilla",
        "extent": "hilum",
        "complete": True,
        "lsd": told["lsd"],
    }
    return {
        "consent_on": f"{day}",
        "consent_by": name,
        "anesthesia": {"type": "local", "agent": "lidocaine 2 % with epinephrine 1:100,000", "dose_mg": 36},
        "scope": {
            "type": "semi_rigid",
            "maker": "Example Optics",
            "model": "S11",
            "serial": "SN-0417",
            "outer_diameter_mm": "1.10",
        },
        "irrigation": "saline 20 mL",
        "complications": ["none"],
        "glands": [examined | told.get("examined", {})],
    }


def _words(gland: str, side: str) -> tuple[str, str]:
    """`left parotid`, and `left Stensen's duct`."""
    return f"{SIDES[side]} {gland}", f"{SIDES[side]} {ANATOMY[gland]['name']}"


def _hilum(gland: str, key: str) -> Data:
    return {
        "key": key,
        "type": "normal",
        "segment": "hilum",
        "distance_from_papilla_mm": ANATOMY[gland]["depth"],
        "note": "remaining duct and hilum",
    }


def _inconclusive(modality: str, limitation: str) -> Data:
    return {"modality": modality, "result": "inconclusive", "inconclusive": True, "limitation": limitation}


def _plan(statement: str, days: int = 28) -> Data:
    return {
        "recommendations": [
            "sialogogues and massage for four weeks",
            "return at once with fever or increasing swelling",
        ],
        "follow_up_days": days,
        "statement": statement,
    }


def stenosis(gland: str, side: str) -> Data:
    """A membranous narrowing, opened in the same visit."""
    where, duct = _words(gland, side)
    return {
        "indications": ["recurrent_swelling", "swelling_at_meals", "suspected_stricture"],
        "since_days": 250,
        "complaint": f"Swelling of the {where} gland at meals for eight months, lasting an hour each time; no fever.",
        "prior_imaging": _inconclusive("ultrasound", "caliber of the distal duct not shown"),
        "change_of_care": "A stricture would be dilated, a stone retrieved; a normal duct would end the search here.",
        "lsd": {"L": "0", "S": "1", "D": "0"},
        "findings": [
            {
                "key": "f1",
                "type": "stenosis",
                "segment": "distal",
                "distance_from_papilla_mm": 14,
                "length_mm": 2,
                "lumen_percent": 60,
                "passable": "after_dilation",
                "note": "thin circular membrane",
            },
            _hilum(gland, "f2"),
        ],
        "interventions": [{"finding": "f1", "type": "hydrostatic_dilation"}],
        "scenes": ["stenosis", "open", "branching"],
        "images": [
            _image("f1", "distal", f"{duct}, membranous stenosis at 14 mm", "A pale ring narrows the lumen.", key=True)
            | {"annotations": RING},
            _image("f1", "distal", f"{duct}, the same place after dilation", "The lumen is open.", key=True),
            _image("f2", "hilum", f"Hilum of the {where} gland", "Normal branching, no calculus."),
        ],
        "interpretation": {
            "quality": "good",
            "text": f"The {duct} was entered through the dilated papilla and followed to the hilum. Figure 1 shows a short"
            " membranous stenosis 14 mm from the papilla; figure 2 shows it open after hydrostatic dilation. The remaining"
            " duct and the hilum are normal (figure 3). No calculus.",
            "comparison": "The ultrasound did not show the caliber of the distal duct.",
            "findings": ["f1", "f2"],
            "clinical_relevance": f"The stenosis explains the meal-time swelling of the {where} gland that ultrasound left"
            " unexplained; dilating it keeps the gland.",
        },
        "diagnoses": ["K11.8"],
        "plan": _plan("Review in four weeks; repeat dilation if the swelling returns."),
    }


def stone(gland: str, side: str) -> Data:
    """A small free stone, taken out with a basket."""
    where, duct = _words(gland, side)
    return {
        "indications": ["recurrent_swelling", "suspected_stone", "inconclusive_conventional_imaging"],
        "since_days": 126,
        "complaint": f"Painful swelling of the {where} gland at meals for four months, twice with purulent taste.",
        "prior_imaging": _inconclusive("occlusal", "radiolucent stone not excluded"),
        "change_of_care": "A stone of this size can be retrieved through the duct; without sight of it the gland would be removed.",
        "lsd": {"L": "1", "S": "0", "D": "0"},
        "findings": [
            {
                "key": "f1",
                "type": "stone",
                "segment": "middle",
                "distance_from_papilla_mm": 26,
                "size_mm": 4,
                "count": 1,
                "mobility": "free",
                "visibility": "full",
                "palpable": False,
                "note": "smooth yellow stone",
            },
            _hilum(gland, "f2"),
        ],
        "interventions": [{"finding": "f1", "type": "basket_retrieval", "note": "retrieved whole"}],
        "scenes": ["stone", "open", "branching"],
        "images": [
            _image("f1", "middle", f"{duct}, stone of 4 mm at 26 mm", "A free yellow stone fills the lumen.", key=True)
            | {"annotations": STONE},
            _image(
                "f1", "middle", f"{duct} after retrieval of the stone", "The lumen is empty, the wall intact.", key=True
            ),
            _image("f2", "hilum", f"Hilum of the {where} gland", "Normal branching."),
        ],
        "interpretation": {
            "quality": "good",
            "text": f"The {duct} was entered through the dilated papilla and followed to the hilum. Figure 1 shows a free stone"
            " of 4 mm, 26 mm from the papilla, retrieved whole with a basket (figure 2). The remaining duct and the hilum are"
            " normal (figure 3).",
            "comparison": "The occlusal film did not show the stone.",
            "findings": ["f1", "f2"],
            "clinical_relevance": f"The stone explains the swelling of the {where} gland; it was radiolucent and could not have"
            " been found by the film.",
        },
        "diagnoses": ["K11.5"],
        "plan": _plan("Review in three weeks.", days=21),
    }


def plug(gland: str, side: str) -> Data:
    """Mucus in an otherwise open duct, washed out."""
    where, duct = _words(gland, side)
    return {
        "indications": ["recurrent_swelling", "recurrent_sialadenitis"],
        "since_days": 310,
        "complaint": f"Five episodes of tender swelling of the {where} gland in ten months, with salty taste.",
        "prior_imaging": _inconclusive("ultrasound", "content of the duct not told apart from a stone"),
        "change_of_care": "Mucus is washed out; a stone would be retrieved, a stricture dilated.",
        "lsd": {"L": "0", "S": "0", "D": "0"},
        "findings": [
            {
                "key": "f1",
                "type": "mucus_plug",
                "segment": "middle",
                "distance_from_papilla_mm": 30,
                "note": "pale, soft",
            },
            _hilum(gland, "f2"),
        ],
        "interventions": [{"finding": "f1", "type": "steroid_irrigation"}],
        "scenes": ["plug", "open", "branching"],
        "images": [
            _image("f1", "middle", f"{duct}, mucus plug at 30 mm", "Pale mucus hangs in the lumen.", key=True),
            _image("f1", "middle", f"{duct} after irrigation", "The lumen is free.", key=True),
            _image("f2", "hilum", f"Hilum of the {where} gland", "Normal branching, no calculus."),
        ],
        "interpretation": {
            "quality": "good",
            "text": f"The {duct} was entered through the dilated papilla and followed to the hilum. Figure 1 shows a soft mucus"
            " plug 30 mm from the papilla, washed out in the same visit (figure 2). Duct wall and hilum are normal (figure 3)."
            " No stenosis.",
            "comparison": "The ultrasound could not tell mucus from a stone.",
            "findings": ["f1", "f2"],
            "clinical_relevance": f"The plug explains the episodes of the {where} gland and calls for irrigation instead of"
            " surgery.",
        },
        "diagnoses": ["K11.23"],
        "plan": _plan("Irrigation again after six weeks if an episode recurs.", days=42),
    }


def normal(gland: str, side: str) -> Data:
    """A normal study: nothing obstructs, which ends the search in the duct."""
    where, duct = _words(gland, side)
    return {
        "indications": ["recurrent_swelling", "unexplained_enlargement"],
        "since_days": 156,
        "complaint": f"Enlargement of the {where} gland for five months, partly at meals.",
        "prior_imaging": _inconclusive("panoramic", "soft tissue and duct not shown"),
        "change_of_care": "An obstruction would be treated through the duct; an open duct leads to rheumatology instead.",
        "lsd": {"L": "0", "S": "0", "D": "0"},
        "findings": [
            {
                "key": "f1",
                "type": "normal",
                "segment": "middle",
                "distance_from_papilla_mm": 25,
                "note": "wall and lumen",
            },
            _hilum(gland, "f2"),
        ],
        "interventions": [{"type": "none"}],
        "scenes": ["open", "branching"],
        "images": [
            _image("f1", "middle", f"{duct} at 25 mm", "Normal wall and lumen.", key=True),
            _image("f2", "hilum", f"Hilum of the {where} gland", "Normal branching, no calculus."),
        ],
        "interpretation": {
            "quality": "good",
            "text": f"The {duct} was entered through the dilated papilla and followed to the hilum. Wall, lumen and branching are"
            " normal throughout (figures 1 and 2). No calculus, no stenosis.",
            "comparison": "The panoramic film did not show the duct.",
            "findings": ["f1", "f2"],
            "clinical_relevance": f"An obstruction of the {where} gland is excluded; the enlargement needs a search beyond the"
            " duct, and the patient is spared an operation.",
        },
        "diagnoses": ["K11.1"],
        "plan": _plan("Referral to rheumatology with this report; review in six weeks.", days=42),
    }


def incomplete(gland: str, side: str) -> Data:
    """A narrowing that let nothing pass: the examination ends there, and says so."""
    where, duct = _words(gland, side)
    told = stenosis(gland, side)
    told["lsd"] = {"L": "0", "S": "2", "D": "0"}
    told["examined"] = {
        "extent": "middle",
        "complete": False,
        "incomplete_causes": ["stenosis_not_passed"],
        "incomplete_reason": "Firm scar at 28 mm, no effect of hydrostatic dilation",
        "not_judged": ["hilum", "second_order"],
        "next_steps": ["repeat_under_general"],
    }
    told["findings"] = [
        {
            "key": "f1",
            "type": "stenosis",
            "segment": "middle",
            "distance_from_papilla_mm": 28,
            "length_mm": 3,
            "lumen_percent": 90,
            "passable": "no",
            "note": "firm, fibrous",
        }
    ]
    told["interventions"] = [{"finding": "f1", "type": "hydrostatic_dilation", "note": "without effect"}]
    told["scenes"] = ["stenosis", "stenosis"]
    told["images"] = [
        _image("f1", "middle", f"{duct}, firm stenosis at 28 mm", "The lumen is nearly closed.", key=True),
        _image("f1", "middle", f"{duct}, the same place after dilation was tried", "Unchanged.", key=True),
    ]
    told["interpretation"] |= {
        "text": f"The {duct} was entered through the dilated papilla and followed to 28 mm. Figure 1 shows a firm stenosis that"
        " did not yield to hydrostatic dilation (figure 2). The duct behind it and the hilum were not seen.",
        "findings": ["f1"],
        "clinical_relevance": f"The stenosis explains the swelling of the {where} gland and calls for balloon dilation under"
        " general anesthesia.",
    }
    told["plan"] = _plan("Second session with balloon dilation under general anesthesia.", days=21)
    return told


def _mark(kind: str, *places: int, **more: str) -> Data:
    return {"kind": kind, **dict(zip(("x1", "y1", "x2", "y2"), places, strict=True)), **more}


RING = [
    _mark("arrow", 2600, 2300, 4300, 4300, label="membrane"),
    _mark("ellipse", 3950, 3600, 6050, 6400, ink="blue"),
]
STONE = [_mark("arrow", 2500, 2500, 4400, 4400, label="stone"), _mark("ellipse", 3800, 3400, 6200, 6600, ink="blue")]
"""What the clinicians of the demo practice point out: the scenes lie in the middle of their pictures."""


def _image(finding: str, segment: str, caption: str, reading: str, *, key: bool = False) -> Data:
    caption = caption[0].upper() + caption[1:]
    return {"finding": finding, "segment": segment, "caption": caption, "reading": reading, "key_image": key}


STORIES = (stenosis, stone, plug, normal, incomplete)
