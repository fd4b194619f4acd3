"""How a printer sits on the CMS-1500: moved in steps of half a point, and remembered where it is printed from."""

from __future__ import annotations

from django import forms

from claims.packet.stock import STEP_LIMIT, Offset


class OffsetForm(forms.Form):
    """Points to the right and down; 72 are an inch. Negative values move to the left and up."""

    right = forms.FloatField(
        label="To the right, in points", min_value=-STEP_LIMIT, max_value=STEP_LIMIT, step_size=0.5
    )
    down = forms.FloatField(label="Down, in points", min_value=-STEP_LIMIT, max_value=STEP_LIMIT, step_size=0.5)

    def offset(self) -> Offset:
        return Offset(self.cleaned_data["right"], self.cleaned_data["down"])


def offset_of(kept: str) -> Offset:
    """The offset as a cookie keeps it, `1.5,-2`; no offset for anything else."""
    right, _, down = kept.partition(",")
    form = OffsetForm({"right": right, "down": down})
    return form.offset() if form.is_valid() else Offset()
