"""What somebody read of the time of an appeal, and of the days that a channel takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from claims.clocks.paths import Path
from claims.forms.base import RowForm, form_field
from claims.models import AppealPath, SendingLag
from claims.queries.appeal_rules import KnownLag

_VERIFIED = "The day somebody saw it there. It grows stale from then on."
_SOURCE = "Statute, manual and page, or name and call reference."


class PathForm(RowForm):
    """One level of one regime. What is shown first is what counts now.

    Where and when it was read stands there only as the practice wrote it: what came with the program nobody read yet.
    """

    parts = (
        ("name", "stage"),
        ("number", "unit", "presumed_days"),
        ("closed", "arrival", "short_month"),
        ("decide_days", "decider"),
        ("source", "verified_on", "applies_from"),
        ("notes",),
    )

    class Meta:
        model = AppealPath
        fields = (
            *(
                "name",
                "stage",
                "number",
                "unit",
                "presumed_days",
                "closed",
                "arrival",
                "short_month",
                "decide_days",
                "decider",
            ),
            *("source", "verified_on", "applies_from", "notes"),
        )
        formfield_callback = form_field
        labels = {
            "name": "What the level is called",
            "stage": "What kind it is",
            "number": "To be filed within",
            "unit": "Counted in",
            "presumed_days": "Days presumed for the mail",
            "closed": "A last day on a weekend or holiday",
            "arrival": "On the last day it",
            "short_month": "A month that lacks the day",
            "decide_days": "Decided within (days)",
            "decider": "Who decides",
            "source": "Where it was read",
            "verified_on": "Verified on",
            "applies_from": "For events from",
        }
        help_texts = {
            "stage": "It decides of the letter, and to whom that is addressed.",
            "presumed_days": "From the date of the notice to its presumed arrival; 0 where the notice's date counts.",
            "source": _SOURCE,
            "verified_on": _VERIFIED + " Leave empty while nobody did: then nothing makes the time longer.",
            "applies_from": "Leave empty where it always applied.",
        }

    def __init__(self, *args: Any, known: Path | None, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["presumed_days"].required = False
        for name in ("name", "source"):
            self.fields[name].required = True
        if known and known.is_own:
            self.initial.update(source=known.source, verified_on=today)
        if known:
            limit = known.limit
            self.initial.update(
                name=known.name,
                stage=known.stage.value,
                number=limit.number,
                unit=limit.unit.value,
                presumed_days=limit.presumed_days,
                closed=limit.closed.value,
                arrival=limit.arrival.value,
                short_month=limit.short_month.value,
                decide_days=known.decide.number if known.decide else None,
                decider=known.decider,
                notes=known.notes,
                applies_from=known.applies_from,
            )

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = self.cleaned_data
        found["presumed_days"] = found.get("presumed_days") or 0
        return found


class LagForm(RowForm):
    """How many business days a channel takes."""

    parts = (("days",), ("source", "verified_on"))

    class Meta:
        model = SendingLag
        fields = ("days", "source", "verified_on")
        formfield_callback = form_field
        labels = {"days": "Business days", "source": "Where it is from", "verified_on": "Verified on"}
        help_texts = {"source": _SOURCE, "verified_on": _VERIFIED}

    def __init__(self, *args: Any, known: KnownLag, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["source"].required = True
        self.initial["days"] = known.lag.days
        if known.pk:
            self.initial.update(source=known.source, verified_on=today)


@dataclass(frozen=True)
class Shown:
    """The newest row that a form shows, as what the next save must have seen."""

    revision: int
