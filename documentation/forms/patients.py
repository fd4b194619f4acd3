"""Demographics, and the plan of a visit."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.db.models import Q

from documentation.forms.fields import CleanField, field_for
from documentation.forms.layout import helper_for
from documentation.forms.parts import Item
from documentation.models import Clinician, Encounter, Location, Patient

WHO = (
    Item("first_name"),
    Item("middle_name"),
    Item("last_name"),
    Item("birth_date", label="Date of birth"),
    Item("sex", "As the plan has it."),
    Item("chart_number", "The number of your practice system."),
)
WHERE = (
    Item("line1", label="Street address"),
    Item("line2", label="Second line"),
    Item("city"),
    Item("state", "Two letters, such as WA."),
    Item("zip", "Five or nine digits."),
)
REACHED = (Item("phone", "Ten digits."), Item("email", label="E-mail"))
REQUIRED = ("first_name", "last_name", "birth_date", "chart_number")


class _Tidied(CleanField):
    """Digits and letters as people write them: separators go and letters become capitals before anybody looks."""

    def __init__(self, like: forms.Field) -> None:
        super().__init__(required=False, label=like.label, help_text=like.help_text)
        self.validators += like.validators

    def to_python(self, value: Any) -> str:
        return re.sub(r"[\s().+-]", "", super().to_python(value) or "").upper()


class PatientForm(forms.Form):
    """Who somebody is and where they live. Takes phone numbers and ZIP codes as people write them."""

    def __init__(self, data: Any = None, patient: Patient | None = None) -> None:
        names = [i.name for i in (*WHO, *WHERE, *REACHED)]
        super().__init__(data, initial={n: getattr(patient, n) for n in names} if patient else None)
        for item in (*WHO, *WHERE, *REACHED):
            field = field_for(Patient._meta.get_field(item.name))
            field.label, field.help_text = item.label or field.label, item.help
            field.required = item.name in REQUIRED
            self.fields[item.name] = _Tidied(field) if item.name in ("phone", "zip", "state") else field

    @property
    def who(self) -> Any:
        return helper_for(self, WHO)

    @property
    def where(self) -> Any:
        return helper_for(self, WHERE)

    @property
    def reached(self) -> Any:
        return helper_for(self, REACHED)


PLAN = (
    Item("clinician", label="Treating clinician"),
    Item("location"),
    Item("service_date", label="Date"),
    Item("start_time", label="Time"),
    Item("place_of_service", "The two-digit code of the place; 11 is the office."),
)


class VisitForm(forms.Form):
    """Who sees the patient, where and when."""

    def __init__(self, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        for item in PLAN:
            field = field_for(Encounter._meta.get_field(item.name))
            field.label, field.help_text = item.label or field.label, item.help
            self.fields[item.name] = field
        chosen = (initial or {}).get("clinician")
        self.fields["clinician"].queryset = Clinician.objects.filter(Q(is_active=True) | Q(pk=chosen))  # type: ignore[attr-defined]
        self.fields["location"].queryset = Location.objects.filter(is_active=True).order_by("name")  # type: ignore[attr-defined]

    @property
    def helper(self) -> Any:
        return helper_for(self, PLAN)
