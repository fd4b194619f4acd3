"""Rows of a list without a script: one more, one less, and everything typed stays where it belongs."""

from django.http import QueryDict

from documentation.forms.rows import MOST_ROWS, rows_class, with_row, without_row
from documentation.forms.sections import FINDINGS, JUSTIFICATION, PROCEDURE, SECTIONS

CARE = JUSTIFICATION.lists[0]


def typed(*types: str) -> QueryDict:
    data = QueryDict(mutable=True)
    data["prior_care-TOTAL_FORMS"] = str(len(types))
    data["prior_care-INITIAL_FORMS"] = "0"
    for n, word in enumerate(types):
        data[f"prior_care-{n}-type"] = word
        data[f"prior_care-{n}-result"] = f"result of {word}"
    return data


def given(data: QueryDict) -> list[tuple[str, str]]:
    rows = rows_class(CARE)(data, prefix="prior_care")
    assert rows.is_valid(), rows.errors
    return [(r["type"], r["result"]) for _, r in rows.given]


def test_a_row_is_added_with_what_its_button_says() -> None:
    data = with_row(typed("heat"), "prior_care", {"type": "none"})
    assert given(data) == [("heat", "result of heat"), ("none", "")]


def test_a_row_is_taken_away_and_the_later_ones_move_up() -> None:
    data = without_row(typed("heat", "massage", "diet"), "prior_care", 1)
    assert given(data) == [("heat", "result of heat"), ("diet", "result of diet")]


def test_a_row_that_does_not_exist_is_not_taken_away() -> None:
    assert given(without_row(typed("heat"), "prior_care", 7)) == [("heat", "result of heat")]


def test_rows_in_which_nothing_was_filled_do_not_count() -> None:
    data = with_row(with_row(typed("heat"), "prior_care"), "prior_care", {"type": "diet"})
    assert given(data) == [("heat", "result of heat"), ("diet", "")]


def test_there_is_an_end_to_rows() -> None:
    data = typed("heat")
    data["prior_care-TOTAL_FORMS"] = "999999999"
    assert with_row(data, "prior_care")["prior_care-TOTAL_FORMS"] == str(MOST_ROWS)


def test_every_field_of_the_case_format_can_be_typed() -> None:
    names = {i.name for s in SECTIONS for i in s.items}
    names |= {f"{r.name}.{i.name}" for s in SECTIONS for r in s.lists for i in (*r.items, *r.more)}
    wanted = """
        service_date start_time end_time place_of_service clinician assistant location sialoendoscopy_performed
        indications gland side onset_on episodes_per_month relation_to_meals pain statement change_of_care risk_without
        history prior_care.type prior_care.from_on prior_care.to_on prior_care.result prior_imaging.modality
        prior_imaging.done_on prior_imaging.result prior_imaging.inconclusive prior_imaging.limitation consent_on
        consent_by anesthesia anesthesia_agent anesthesia_dose_mg scope_type scope_maker scope_model scope_serial
        scope_outer_diameter_mm irrigation complications glands.gland glands.side glands.duct glands.access
        glands.extent
        glands.complete glands.incomplete_reason glands.lsd_l glands.lsd_s glands.lsd_d findings.type findings.gland
        findings.side findings.segment findings.distance_from_papilla_mm findings.size_mm findings.count
        findings.mobility findings.visibility findings.palpable findings.lumen_percent findings.length_mm
        findings.passable findings.not_imaged_reason findings.note interventions.type interventions.finding
        interventions.note text clinical_relevance quality comparison findings diagnoses recommendations follow_up_days
        other_procedures.code other_procedures.fee other_procedures.documented
    """
    assert set(wanted.split()) <= names


def test_an_explicit_none_is_one_click() -> None:
    presets = {r.name: [word for word, _ in r.presets] for s in (JUSTIFICATION, PROCEDURE, FINDINGS) for r in s.lists}
    assert presets["prior_care"] == presets["prior_imaging"] == presets["interventions"] == ["none"]
    assert presets["findings"] == ["normal"]
