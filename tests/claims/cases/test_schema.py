"""Every kind of wrong case is refused with the path of the key; every kind of unfinished one is taken."""

import dataclasses
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from claims.cases import CaseError, parse, record, schema
from claims.cases.shape import Record, read
from documentation.kernel.vocabulary import BY_NAME

Data = dict[str, Any]


def put(path: str, value: Any) -> Callable[[Data], None]:
    """A change of a case: set what a path such as `encounter.findings[1].gland` leads to."""

    def change(data: Data) -> None:
        holder, last = _walk(data, path)
        holder[last] = value

    return change


def drop(path: str) -> Callable[[Data], None]:
    def change(data: Data) -> None:
        holder, last = _walk(data, path)
        del holder[last]

    return change


def _walk(data: Any, path: str) -> tuple[Any, Any]:
    steps: list[Any] = []
    for step in path.replace("[", ".[").split("."):
        steps.append(int(step[1:-1]) if step.startswith("[") else step)
    for step in steps[:-1]:
        data = data[step]
    return data, steps[-1]


def problems_of(data: Any) -> dict[str, str]:
    with pytest.raises(CaseError) as caught:
        parse(data)
    return {p.path: str(p) for p in caught.value.problems}


def test_the_reference_case_is_a_case(case: Data) -> None:
    parsed = parse(case)
    assert parsed.fee == Decimal("850.00")
    assert [i.finding for i in parsed.encounter.images] == ["f1", "f1", "f2", "f2"]
    assert parsed.encounter.procedure.glands[0].lsd.S == "1"
    assert parsed.encounter.justification.prior_care[0].from_on is not None


BROKEN: list[tuple[str, Any, str]] = [
    # What stands where, and what the sentence says beside the path.
    ("patient.birth_date", "14.03.1981", "YYYY-MM-DD"),
    ("patient.birth_date", "2026-02-30", "a day that exists"),
    ("patient.birth_date", "20261105", "YYYY-MM-DD"),
    ("patient.birth_date", "0026-11-05", "1900"),
    ("patient.birth_date", "2026-11-06", "up to the service date"),
    ("patient.birth_date", 19810314, "a date"),
    ("patient.sex", "female", "F, M, U"),
    ("patient.last_name", "x" * 10_000, "60 characters"),
    ("patient.last_name", "\u200b\u00ad", "can see"),
    ("patient.last_name", 7, "text"),
    ("patient.last_name", ["Doe"], "text"),
    ("patient.address.state", "Washington", "two letters"),
    ("patient.address.zip", "9810", "five or nine digits"),
    ("patient.phone", "911", "ten digits"),
    ("patient.email", "alex@", "e-mail"),
    ("patient.address", "22 Pine St", "an object"),
    ("location.npi", "1234567890", "check digit"),
    ("location.tax_id", "12-3456789", "nine digits"),
    ("location.time_zone", "Mars/Olympus", "time zone"),
    ("payers[0].line", "vision", "dental, medical"),
    ("payers[0].policy.covers_d0371", True, "yes, no, unknown"),
    ("payers[0].policy.prior_authorization", "maybe", "not_required"),
    ("payers[0].policy.bundling_permitted", "D0220", "a list"),
    ("payers[0].policy.timely_filing_days", -1, "1 to 3,650"),
    ("payers[0].policy.timely_filing_days", 10**30, "1 to 3,650"),
    ("coverages[0].relationship", "aunt", "spouse"),
    ("coverages[0].priority", 0, "1 to 9"),
    ("coverages[0].terminated_on", "2023-12-31", "effective_on"),
    ("coverages[0].signature_on_file", "yes", "true or false"),
    ("coverages[0].terms", {"employment": "job"}, "active, retired"),
    ("plan_order", "confirmed", "an object"),
    ("eligibility_checks[0].method", "fax", "portal"),
    ("eligibility_checks[0].coinsurance_percent", 120, "0 to 100"),
    ("eligibility_checks[0].deductible_remaining", "0", "two decimals"),
    ("estimate.high", "10.00", "at least"),
    ("estimate.acknowledged_on", "2026-11-01", "given_on"),
    ("fee", 850, "two decimals"),
    ("fee", "850", "two decimals"),
    ("fee", "-850.00", "two decimals"),
    ("fee", "1,850.00", "two decimals"),
    ("sign", "true", "true or false"),
    ("id", "", "can see"),
    ("encounter.start_time", "9am", "HH:MM"),
    ("encounter.end_time", "09:00", "09:10"),
    ("encounter.end_time", "25:00", "HH:MM"),
    ("encounter.place_of_service", "office", "two digits"),
    ("encounter.clinician.npi", "1987654321", "check digit"),
    ("encounter.clinician.npi", "3987654328", "begins with"),
    ("encounter.clinician.taxonomy", "1223", "ten characters"),
    ("encounter.clinician.licence_state", "XX", "two letters"),
    ("encounter.sialoendoscopy_performed", "yes", "true or false"),
    ("encounter.justification.indications[0]", "boredom", "recurrent_swelling"),
    ("encounter.justification.indications[1]", "recurrent_swelling", "once"),
    ("encounter.justification.history", ["none", "sjogren"], "by itself"),
    ("encounter.justification.pain", 11, "0 to 10"),
    ("encounter.justification.pain", True, "whole number"),
    ("encounter.justification.pain", 3.5, "whole number"),
    ("encounter.justification.prior_care[0].type", "none", "by itself"),
    ("encounter.justification.prior_care[0].to", "2026-03-31", "from"),
    ("encounter.justification.prior_imaging[1].modality", "xray", "occlusal"),
    ("encounter.justification.statement", "x" * 20_001, "20,000"),
    ("encounter.procedure.complications", ["none", "bleeding"], "by itself"),
    ("encounter.procedure.scope.outer_diameter_mm", "11", "0.5 to 2.5"),
    ("encounter.procedure.scope.outer_diameter_mm", "1.105", "2 decimals"),
    ("encounter.procedure.glands[0].side", "left", "R, L"),
    ("encounter.procedure.glands[0].duct", "stensen", "wharton"),
    ("encounter.procedure.glands[0].lsd.L", "2", "2a"),
    ("encounter.procedure.glands[0].lsd.L", 0, "one of"),
    ("encounter.findings[1].gland", "tongue", "submandibular"),
    ("encounter.findings[0].distance_from_papilla_mm", 120, "0 to 90"),
    ("encounter.findings[1].key", "f1", "once"),
    ("encounter.interventions[0].finding", "f9", "f1, f2"),
    ("encounter.images[0].finding", "f9", "f1, f2"),
    ("encounter.images[0].kind", "selfie", "endoscopic_still"),
    ("encounter.images[1].file", "fig1.jpg", "once"),
    ("encounter.images[0].file", "../seed/fig1.jpg", "in the case's folder"),
    ("encounter.images[0].file", "/etc/passwd", "in the case's folder"),
    ("encounter.images[0].file", "a\\b.jpg", "in the case's folder"),
    ("encounter.images[0].captured_at", "2026-11-05", "a day and a time"),
    ("encounter.interpretation.findings[1]", "f3", "f1, f2"),
    ("encounter.diagnoses[0]", "K118", "K11.8"),
    ("encounter.diagnoses", ["K11.8", "K11.8"], "once"),
    ("encounter.plan.follow_up_days", "28", "whole number"),
    ("encounter.plan.recommendations[0]", "x" * 501, "500"),
    ("encounter.findings", {}, "a list"),
    ("encounter.findings", [{"key": f"f{n}", "type": "normal"} for n in range(51)], "at most 50"),
]


@pytest.mark.parametrize(("path", "value", "allowed"), BROKEN, ids=[f"{p}={str(v)[:20]}" for p, v, _ in BROKEN])
def test_a_wrong_value_names_its_path_the_value_and_what_is_allowed(
    case: Data, path: str, value: Any, allowed: str
) -> None:
    put(path, value)(case)
    found = problems_of(case)
    sentence = next((s for p, s in found.items() if p.startswith(path)), "")
    assert sentence, f"{path} was not named, but {list(found)}"
    assert allowed in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    "path",
    [
        "id",
        "patient",
        "patient.chart_number",
        "patient.birth_date",
        "payers[0].payer_id",
        "coverages[0].member_id",
        "eligibility_checks[0].active",
        "encounter",
        "encounter.service_date",
        "encounter.clinician",
        "encounter.clinician.npi",
        "encounter.findings[0].key",
        "encounter.findings[0].type",
        "encounter.images[2].file",
        "encounter.interventions[0].type",
        "estimate.low",
    ],
)
def test_a_key_that_must_be_there_is_named(case: Data, path: str) -> None:
    drop(path)(case)
    assert "is missing" in problems_of(case)[path]


def test_a_needed_key_without_a_value_is_missing(case: Data) -> None:
    case["patient"]["last_name"] = None
    assert "is missing" in problems_of(case)["patient.last_name"]


@pytest.mark.parametrize("holder", ["", "patient", "encounter", "encounter.findings[0]", "payers[0].policy"])
def test_an_unknown_key_is_named(case: Data, holder: str) -> None:
    path = f"{holder}.colour" if holder else "colour"
    put(path, "blue")(case)
    assert path in problems_of(case)


def test_a_mistyped_key_is_met_with_the_right_one(case: Data) -> None:
    case["encounter"]["findings"][0]["glandd"] = "parotid"
    assert "did you mean gland?" in problems_of(case)["encounter.findings[0].glandd"]


def test_an_unknown_key_cannot_write_to_the_terminal(case: Data) -> None:
    case["\x1b[31mred\n"] = 1
    (sentence,) = problems_of(case).values()
    assert "\x1b" not in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("data", [None, [], "case", 7, {}])
def test_anything_else_is_no_case(data: Any) -> None:
    assert problems_of(data)


def test_all_problems_are_found_at_once_and_told_in_one_line(case: Data) -> None:
    case["fee"] = 1
    case["patient"]["sex"] = "x"
    case["encounter"]["findings"] = [{"key": f"f{n}", "type": "dragon"} for n in range(20)]
    with pytest.raises(CaseError) as caught:
        parse(case)
    assert len(caught.value.problems) == 22
    assert str(caught.value).endswith("and 14 more.")
    assert "\n" not in str(caught.value)


def test_two_plans_cannot_both_pay_first(case: Data) -> None:
    case["coverages"].append({**case["coverages"][0], "member_id": "W2"})
    assert "coverages[1].priority" in problems_of(case)


def test_nothing_done_and_something_done_exclude_each_other_for_one_finding(case: Data) -> None:
    done = case["encounter"]["interventions"]
    done.append({"finding": "f2", "type": "none"})
    parse(case)
    done.append({"finding": "f1", "type": "none"})
    assert "encounter.interventions[2].type" in problems_of(case)


PARTS = "justification procedure findings interventions images interpretation diagnoses plan".split()


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("how", ["left out", "null", "empty"])
def test_an_unfinished_record_is_a_case(case: Data, part: str, how: str) -> None:
    visit = case["encounter"]
    if part in ("findings", "images"):
        visit["interventions"], visit["interpretation"] = [], {}
        visit["images"] = [{**i, "finding": ""} for i in visit["images"]]
    if how == "left out":
        visit.pop(part)
    else:
        visit[part] = None if how == "null" else type(visit[part])()
    parse(case)


def test_a_planned_visit_is_a_case(case: Data) -> None:
    known = ("service_date", "start_time", "place_of_service", "clinician")
    case["encounter"] = {k: v for k, v in case["encounter"].items() if k in known}
    for key in ("sign", "claims", "fee", "estimate", "location"):
        del case[key]
    assert parse(case).encounter.sialoendoscopy_performed is None


def test_dates_that_contradict_each_other_are_left_to_the_rules(case: Data) -> None:
    case["encounter"]["justification"]["onset_on"] = "2026-12-24"
    case["encounter"]["procedure"]["consent_on"] = "2026-12-24"
    case["encounter"]["justification"]["prior_imaging"][0]["date"] = "2026-12-24"
    parse(case)


def test_names_keep_what_people_write(case: Data) -> None:
    for name in ('O\'Neil "Bobby"', "Łukasz", "\u200fمحمد", "😀 Smiley", "Nguyễn", "李"):
        case["patient"]["first_name"] = name
        assert parse(case).patient.first_name == name


def test_what_decides_the_place_of_a_plan_is_told_in_the_words_of_its_page() -> None:
    from claims.models import CoverageTerms

    for field in dataclasses.fields(schema.Terms):
        words = dict(CoverageTerms._meta.get_field(field.name).flatchoices)
        for word in words:
            assert getattr(read(Record(schema.Terms), {field.name: word}, "", []), field.name) == word


def test_every_vocabulary_has_its_place_in_the_format() -> None:
    source = "".join(Path(module.__file__).read_text(encoding="utf-8") for module in (schema, record))
    assert [name for name in BY_NAME if f"v.{name.upper()})" not in source] == []
