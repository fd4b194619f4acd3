"""What is said of one picture."""

from __future__ import annotations

from typing import Any

from django import forms

from documentation.forms.fields import CleanField, field_for
from documentation.forms.layout import helper_for
from documentation.forms.parts import Item
from documentation.forms.record import finding_choices
from documentation.kernel import vocabulary as v
from documentation.models import Encounter, EncounterImage
from documentation.queries.figures import Proposal

MAIN = (
    Item("caption", wide=True),
    Item("finding", label="Shows"),
    Item("kind", label="Kind of image"),
    Item("reading", wide=True),
    Item("key_image", label="Key image", wide=True),
)
MORE = (
    Item("gland"),
    Item("side"),
    Item("segment"),
    Item("view", "Such as 0.9 mm endoscope, 12 mm behind the papilla."),
    Item("captured_at", "Date and time at the location.", label="Taken"),
)


def _fields() -> dict[str, forms.Field]:
    fields = {}
    for item in (*MAIN, *MORE):
        if item.name == "finding":
            field: forms.Field = CleanField(required=False, widget=forms.Select)
        else:
            field = field_for(EncounterImage._meta.get_field(item.name), compact=True)
        field.label = item.label or field.label
        field.help_text = item.help
        fields[item.name] = field
    return fields


class ImageForm(forms.Form):
    """Caption, place, finding, reading. The prefix keeps the fields of many pictures on one page apart."""

    proposal: Proposal | None = None
    """What the findings propose to say of the picture, where the page shows it."""

    def __init__(
        self,
        image: EncounterImage,
        data: Any = None,
        *,
        encounter: Encounter | None = None,
        choices: list[tuple[str, str]] | None = None,
        number: int = 0,
    ) -> None:
        self.image = image
        self.number = number or image.position
        # A page of many pictures hands in the encounter that it has read already.
        self.known = {f.key: f for f in (encounter or image.encounter).findings.all()}
        initial = {i.name: getattr(image, i.name) for i in (*MAIN, *MORE) if i.name != "finding"}
        initial["finding"] = next((k for k, f in self.known.items() if f.pk == image.finding_id), "")
        super().__init__(data, initial=initial, prefix=f"image-{image.pk}")
        self.fields.update(_fields())
        offered = finding_choices(encounter or image.encounter) if choices is None else choices
        self.fields["finding"].widget.choices = [("", "No finding in particular"), *offered]

    @property
    def advice(self) -> list[str]:
        """What is wrong with the quality of the picture, each a sentence."""
        return [v.IMAGE_FLAW.label(x) for x in v.flaws_to_tell(self.image.kind, self.image.flaws)]

    @property
    def values(self) -> dict[str, Any]:
        """Typed values, the finding as its row. A picture lies where its finding lies, unless said otherwise."""
        values = dict(self.cleaned_data)
        key = values.pop("finding")
        if key and key not in self.known:
            raise forms.ValidationError({"finding": "This finding was removed meanwhile. Choose another one."})
        finding = self.known.get(key)
        if finding and not (values["gland"] or values["side"] or values["segment"]):
            values.update(gland=finding.gland, side=finding.side, segment=finding.segment)
        return {**values, "finding": finding}

    @property
    def main(self) -> Any:
        return helper_for(self, MAIN)

    @property
    def more(self) -> Any:
        return helper_for(self, MORE)

    @property
    def more_used(self) -> bool:
        return any(self[i.name].value() not in (None, "") for i in MORE)

    @property
    def problems(self) -> list[tuple[str, str, str]]:
        """(id of the field, its label, sentence) of everything that could not be taken."""
        return [
            (f"id_{self.add_prefix(name)}", str(self.fields[name].label), str(sentence))
            for name, sentences in self.errors.items()
            if name in self.fields
            for sentence in sentences
        ]
