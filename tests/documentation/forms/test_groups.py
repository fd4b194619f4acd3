"""The 23 groups of a complete record: each has fields, every field belongs to one, and what is typed is read again."""

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from documentation.forms.groups import GROUPS, column, typed_items
from documentation.models import Encounter
from documentation.prose.note import sections
from documentation.queries.encounters import draft_facts, with_record
from documentation.queries.reading import parts_of
from documentation.services import encounters
from tests import factories as f

PATHS = [path for group in GROUPS for path in group.paths]


def test_there_are_23_groups_and_each_names_fields_that_exist() -> None:
    assert [g.number for g in GROUPS] == list(range(1, 24))
    assert all(g.paths and g.source for g in GROUPS)
    for path in PATHS:
        assert column(path).name == path.split(".")[1]


def test_every_field_of_the_guided_record_belongs_to_one_group() -> None:
    assert [path for path, times in Counter(PATHS).items() if times > 1] == []
    assert {path for path, _ in typed_items()} <= set(PATHS)


def test_every_measured_value_has_a_unit() -> None:
    units = ("_mm", "_mg", "_ml", "_percent", "_days", "duration_s", "_atm", "_fr", "_month")
    bare = [path for path, item in typed_items() if path.endswith(units) and not item.unit]
    assert bare == []


SAID: dict[str, tuple[str, Any, str, str]] = {
    "symptoms": ("justification", ["bad_taste"], "Bad or salty taste", "Bad or salty taste"),
    "history_note": ("justification", "apixaban since 2024", "apixaban since 2024", "apixaban since 2024"),
    "anesthesia_by": ("procedure", "Robin Nurse", "given by Robin Nurse", "Robin Nurse"),
    "scope_channel_mm": ("procedure", Decimal("0.4"), "working channel 0.4 mm", "0.4\xa0mm working channel"),
    "irrigation_ml": ("procedure", 35, "35 mL", "35\xa0mL"),
    "complication_grade": ("procedure", "3a", "IIIa, a procedure", "IIIa, a procedure"),
    "complication_note": ("procedure", "settled overnight", "settled overnight", "settled overnight"),
    "measures": ("plan", ["refer_ent"], "Referral to ENT", "Referral to ENT"),
    "stent_removal_on": ("plan", date(2026, 11, 26), "Nov 26, 2026", "November 26, 2026"),
    "warning_signs": ("plan", True, "Yes", "Given"),
}
FINDING = {"width_mm": Decimal(4), "distribution": "diffuse", "severity": "moderate", "appearance": "yellow, rough"}
TREATMENT = {
    "device": "three-wire basket", "diameter_mm": Decimal("3.5"), "pressure_atm": Decimal(8), "duration_s": 61,
    "drug": "triamcinolone", "dose_mg": Decimal(40), "volume_ml": Decimal(7), "size_fr": Decimal("2.5"),
    "planned_days": 21, "retrieval": "partial", "to_pathology": True,
}  # fmt: skip


@pytest.mark.django_db
def test_what_is_typed_stands_in_the_record_and_on_its_print() -> None:
    encounter = f.drafted(with_images=False)
    for section in ("justification", "procedure", "plan"):
        values = {name: value for name, (where, value, _, _) in SAID.items() if where == section}
        encounters.save_section(encounter, section, values, by=_who(encounter), at=f.AT)
    given = f.sections()["findings"][1]
    rows = {name: [{**row} for row in listed] for name, listed in given.items()}
    rows["findings"][0] |= FINDING
    rows["interventions"][0] |= TREATMENT
    encounters.save_section(encounter, "findings", {}, rows, by=_who(encounter), at=f.AT)
    facts = draft_facts(with_record().get(pk=encounter.pk))
    lines = [(line.label, line.value) for part in parts_of(facts) for block in part.blocks for line in block.lines]
    items = [item for part in parts_of(facts) for block in part.blocks for item in block.items]
    read = "\n".join([*(f"{label}: {value}" for label, value in lines), *items])
    printed = "\n".join(f"{row.label}: {row.value}" for section in sections(facts) for row in section.rows)
    for name, (_, _, on_screen, on_paper) in SAID.items():
        assert on_screen in read, name
        assert on_paper in printed, name
    details = ("diffuse", "moderate", "yellow, rough", "three-wire basket", "3.5 mm", "8 atm", "61 s", "triamcinolone")
    for words in (*details, "40 mg", "7 mL", "2.5 French", "21 days", "stone removal partial", "sent to pathology"):
        assert words in read.replace("\xa0", " "), words
        assert words in printed.replace("\xa0", " "), words


def _who(encounter: Encounter) -> Any:
    return encounter.clinician.user
