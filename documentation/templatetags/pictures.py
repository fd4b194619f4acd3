"""What pages show of pictures: their marks, the findings that they show, the caption that a finding proposes."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse

from documentation.ductmap import finding_line
from documentation.facts import EncounterFacts, FindingFacts
from documentation.figures import Drawing, layout
from documentation.forms.images import ImageForm
from documentation.models import Encounter, EncounterImage
from documentation.prose.captions import caption_for
from documentation.queries.encounters import annotations_of
from documentation.queries.last_visit import last_signed
from documentation.views.lighttable import one_at_a_time, picture_url

register = template.Library()


@register.inclusion_tag("components/marks.html")
def marks(image: EncounterImage, editable: bool = False) -> dict[str, Any]:
    """The drawing that lies over a picture in its frame; nothing where nothing was drawn and nobody draws."""
    return {"drawing": _drawing_of(image), "editable": editable}


@register.filter
def mark_list(image: EncounterImage) -> Drawing:
    """The marks of a picture with their sentences, authors and times."""
    return _drawing_of(image)


def _drawing_of(image: EncounterImage) -> Drawing:
    return layout(annotations_of(image), (image.width, image.height))


@register.filter
def proposed_caption(finding: FindingFacts) -> str:
    """What a picture of this finding may be called."""
    return caption_for(finding)


@register.filter
def finding_number(form: ImageForm) -> int:
    """The number of the finding that a picture shows; 0 for none."""
    keys = list(form.known)
    return keys.index(form.initial["finding"]) + 1 if form.initial["finding"] in keys else 0


@register.inclusion_tag("documentation/_finding_images.html")
def finding_images(encounter: Encounter, facts: EncounterFacts, with_readings: bool = False) -> dict[str, Any]:
    """Each finding with the pictures that show it, or with what is said instead; the visit to compare with."""
    rows = list(encounter.images.all())
    one = one_at_a_time(rows)
    pictures = {n: (row, picture_url(encounter, row, one=one)) for n, row in enumerate(rows, start=1)}
    earlier = last_signed(encounter)
    reasons = reverse("encounter_section", args=[encounter.pk, "findings"])
    return {
        "encounter": encounter,
        "rows": [
            {
                "number": number,
                "words": finding_line(finding),
                "tone": "paid" if finding.is_normal else "denied",
                "pictures": [pictures[i.figure] for i in facts.images_of(finding.key) if i.figure in pictures],
                "reason": finding.not_imaged_reason,
                "url": f"{reasons}#id_findings-{number - 1}-type",
                "reason_url": f"{reasons}#id_findings-{number - 1}-not_imaged_reason",
            }
            for number, finding in enumerate(facts.findings, start=1)
        ],
        "earlier": earlier,
        "with_readings": with_readings,
    }
