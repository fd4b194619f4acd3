"""Periods as somebody read them, legal holds, decisions to keep longer."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from claims.forms.base import RowForm, Told, form_field
from documentation.forms.fields import CleanField
from documentation.models import KeptLonger, LegalHold, RetentionPeriod
from documentation.retention.periods import Kind, Period, Start


class PeriodForm(RowForm):
    """One period. What is shown first is what counts now.

    Where and when it was read stands there only as the practice wrote it: what came with the program nobody read yet.
    """

    parts: tuple[Any, ...] = (
        ("kind",),
        ("name", "years"),
        ("start", "whom"),
        ("source", "verified_on"),
        ("notes",),
        ("is_used",),
    )
    is_used = forms.BooleanField(
        label="It applies to this practice",
        required=False,
        initial=True,
        help_text="Untick it where it does not, and say why as the source.",
    )

    class Meta:
        model = RetentionPeriod
        fields = ("kind", "name", "years", "start", "whom", "source", "verified_on", "notes", "is_used")
        formfield_callback = form_field
        labels = {
            "kind": "What is kept",
            "name": "What asks for it",
            "years": "Years",
            "start": "Counted from",
            "whom": "For whom",
            "source": "Where it was read",
            "verified_on": "Verified on",
        }
        help_texts = {
            "source": "Statute, manual and page, contract, or name and call reference.",
            "verified_on": "The day somebody saw it there. Without it nothing makes the time shorter.",
            "years": "Where a source gives a range, the longest.",
        }

    def __init__(self, *args: Any, known: Period | None, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("name", "source"):
            self.fields[name].required = True
        # Of minors there is one row, the age of majority.
        for name, one in (("kind", Kind.MAJORITY), ("start", Start.BIRTH)):
            field: Any = self.fields[name]
            field.choices = [c for c in field.choices if c[0] != one]
            field.widget.choices = field.choices
        if known is None:
            return
        # What a period of the program is of does not change: only how long, and where it was read.
        self.parts = tuple(p for p in self.parts if p != ("kind",))
        del self.fields["kind"]
        if known.kind is Kind.MAJORITY:
            self.parts = tuple(p for p in self.parts if p not in (("start", "whom"), ("is_used",)))
            for name in ("start", "whom", "is_used"):
                del self.fields[name]
        if known.is_own:
            self.initial.update(source=known.source, verified_on=today)
        self.initial.update(
            name=known.name,
            years=known.years,
            start=known.start.value,
            whom=known.whom.value,
            notes=known.notes,
            is_used=known.is_used,
        )
        self._known = {"kind": known.kind.value, "start": known.start.value, "whom": known.whom.value, "is_used": True}

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = self.cleaned_data
        for name, value in getattr(self, "_known", {}).items():
            if name not in self.fields:
                found[name] = value
        return found


class HoldForm(RowForm):
    parts = (("asked_by", "from_on"), ("reason",))

    class Meta:
        model = LegalHold
        fields = ("asked_by", "from_on", "reason")
        formfield_callback = form_field
        labels = {"asked_by": "Who asked for it", "from_on": "From", "reason": "What it is for"}
        help_texts = {
            "asked_by": "Such as a court, a lawyer, your insurer, an agency.",
            "from_on": "The day of the letter. It counts from the moment you save it.",
            "reason": "In a few words, with the number of the case. Everybody who opens the patient reads it.",
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("asked_by", "reason"):
            self.fields[name].required = True


class ReleaseForm(Told, forms.Form):
    reason = CleanField(
        label="Who released it, and why",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="It stays beside the hold.",
        error_messages={"required": "Say who released it and why."},
    )


class LongerForm(RowForm):
    parts = (("until",), ("reason",))

    class Meta:
        model = KeptLonger
        fields = ("until", "reason")
        formfield_callback = form_field
        labels = {"until": "Keep until", "reason": "Why"}
        help_texts = {"reason": "Such as a treatment that goes on elsewhere, or a claim that may still come."}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].required = True
