"""Form fields made from model fields: what people type is read, and what cannot be read is said in a sentence."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from documentation.forms.fields import field_for
from documentation.models import Finding, Justification, Patient, PlanOfCare, PriorImaging, Procedure


def clean(model: Any, name: str, value: Any) -> Any:
    return field_for(model._meta.get_field(name)).clean(value)


def sentence(model: Any, name: str, value: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        clean(model, name, value)
    return " ".join(refused.value.messages)


@pytest.mark.parametrize("typed", ["2026-11-18", "11/18/2026", "11/18/26", "Nov 18, 2026", "November 18, 2026"])
def test_dates_are_read_as_people_write_them(typed: str) -> None:
    assert clean(Procedure, "consent_on", typed) == date(2026, 11, 18)


@pytest.mark.parametrize("typed", ["1.10", "1,10", " 1.1 "])
def test_a_decimal_comma_is_a_decimal_point(typed: str) -> None:
    assert clean(Procedure, "scope_outer_diameter_mm", typed) == Decimal("1.1")


@pytest.mark.parametrize(
    ("model", "name", "typed", "said"),
    [
        (Procedure, "consent_on", "31/31/2026", "This is not a date"),
        (Procedure, "consent_on", "0202-01-01", "The year 202 cannot be right"),
        (Justification, "pain", "11", "Give a whole number from 0 to 10."),
        (Justification, "pain", "a lot", "Give a whole number from 0 to 10."),
        (Justification, "episodes_per_month", "-1", "Give a whole number from 0 to 999."),
        (Finding, "lumen_percent", "101", "Give a whole number from 0 to 100."),
        (Finding, "distance_from_papilla_mm", "12.34", "Give at most 1 decimal."),
        (Finding, "distance_from_papilla_mm", "NaN", "Give a number from 0 to 90."),
        (Finding, "size_mm", "9" * 400, "Give a number from 0 to 90."),
        (Procedure, "scope_outer_diameter_mm", "9", "Give a number from 0.5 to 2.5."),
        (Finding, "type", "dragon", "not one of the answers"),
        (Justification, "indications", ["dragon"], "not one of the answers"),
        (Justification, "history", ["none", "sjogren"], "cannot stand beside other answers"),
        (PlanOfCare, "diagnoses", "K11.8\nbanana", "BANANA: A diagnosis code looks like K11.8"),
        (Finding, "note", "x" * 1001, "This has 1001 characters; at most 1000 are kept."),
        (Patient, "state", "XX", "two letters"),
    ],
)
def test_what_cannot_be_taken_is_said_in_a_sentence(model: Any, name: str, typed: Any, said: str) -> None:
    assert said in sentence(model, name, typed)


def test_codes_are_separated_by_anything_and_become_capitals() -> None:
    assert clean(PlanOfCare, "diagnoses", "k11.8, K11.5\nr68.2") == ["K11.8", "K11.5", "R68.2"]


def test_lines_become_a_list_without_empty_ones() -> None:
    assert clean(PlanOfCare, "recommendations", "Hydration\r\n\r\n  Massage ") == ["Hydration", "Massage"]


@pytest.mark.parametrize(("typed", "meant"), [("yes", True), ("no", False), ("", None)])
def test_an_answer_is_yes_no_or_not_recorded(typed: str, meant: bool | None) -> None:
    assert clean(PriorImaging, "inconclusive", typed) is meant


def test_nothing_is_cut_by_the_browser() -> None:
    field = field_for(Finding._meta.get_field("note"))
    assert "maxlength" not in field.widget.attrs


def test_taking_an_answer_back_is_offered_but_never_chosen() -> None:
    field = field_for(PriorImaging._meta.get_field("inconclusive"))
    options = [o for _, group, _ in field.widget.optgroups("inconclusive", [""]) for o in group]
    assert [(o["value"], o["selected"]) for o in options] == [("yes", False), ("no", False), ("", False)]
