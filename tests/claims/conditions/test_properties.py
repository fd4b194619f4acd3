"""Every property is read from the facts as its description says, and says 'not known' where nothing is recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from claims.among import TermsFacts
from claims.conditions.catalogue import BY_KEY, GROUPS, PROPERTIES
from claims.conditions.kinds import Kind
from claims.facts import ClaimFacts, CoverageFacts, NewerVersionFacts, SiblingClaimFacts, StaleFact
from claims.rules import examples as ex
from documentation.facts import AddendumFacts, FindingFacts, ImageFacts, SignatureFacts
from documentation.kernel.rule import Unanswerable

E = ex.SIGNED
DAY = date(2026, 11, 5)
STONES = tuple(FindingFacts(f"f{n}", "stone", size_mm=Decimal(size)) for n, size in enumerate(("3.5", "6.25")))
PICTURES = (
    ImageFacts(1, "endoscopic_still", reading="seen", key_image=True, flaws=("dark",), finding="f0"),
    ImageFacts(2, "video_frame"),
    ImageFacts(3, "document"),
)


def record(part: str, **changes: Any) -> ClaimFacts:
    return ex.with_encounter(**{part: replace(getattr(E, part), **changes)})


LINES = ex.with_second_line("D0330", quantity=2, modifiers=("LT",), documented=False)
SIGNED_LATE = SignatureFacts(signed_at=datetime(2026, 11, 8, 2, 0, tzinfo=UTC))
PREDETERMINED = replace(ex.APPROVED, kind="predetermination")

EXAMPLES: dict[str, tuple[ClaimFacts, Any]] = {
    "claim.kind": (ex.MEDICAL, "medical"),
    "claim.sequence": (ex.with_claim(sequence=2), 2),
    "claim.total": (LINES, 103000),
    "claim.lines": (LINES, 2),
    "claim.units": (LINES, 3),
    "claim.code": (ex.MEDICAL, "42699"),
    "claim.codes": (LINES, ("D0371", "D0330")),
    "claim.modifiers": (LINES, ("LT",)),
    "claim.undocumented_lines": (LINES, 1),
    "claim.diagnoses": (ex.with_claim(diagnoses=("K11.5", "K11.8")), ("K11.5", "K11.8")),
    "claim.first_diagnosis": (ex.with_claim(diagnoses=("K11.5", "K11.8")), "K11.5"),
    "claim.service_day": (ex.READY, DAY),
    "claim.age": (ex.with_claim(today=date(2026, 12, 5)), 30),
    "claim.place": (ex.with_encounter(place_of_service="22"), "22"),
    "claim.siblings": (ex.with_claim(siblings=(SiblingClaimFacts("C2", "draft", DAY, (), "1"),)), 1),
    "claim.location": (ex.with_billing(name="North"), "North"),
    "claim.is_corrected": (ex.with_claim(newer=NewerVersionFacts("E2", 2, True)), True),
    "payer.name": (ex.with_payer(name="Delta"), "Delta"),
    "payer.id": (ex.with_payer(payer_id="12345"), "12345"),
    "payer.state": (ex.READY, "NE"),
    "payer.covers": (ex.with_policy(covers_d0371="no"), "no"),
    "payer.treats_as": (ex.with_policy(treats_as="medical"), "medical"),
    "payer.authorization": (ex.AUTHORIZED, "required"),
    "payer.attachments": (ex.with_policy(attachments="never"), "never"),
    "payer.filing_days": (ex.with_policy(timely_filing_days=90), 90),
    "payer.documents": (ex.with_policy(documents_wanted=("narrative",)), ("narrative",)),
    "payer.permitted": (ex.with_policy(bundling_permitted=("D0330",)), ("D0330",)),
    "payer.stale": (ex.with_policy(stale=(StaleFact("a", "A", "yes", "old"),)), 1),
    "payer.network": (ex.with_payer(terms=TermsFacts(network="out")), "out"),
    "plan.name": (ex.with_coverage(plan_name="Basic"), "Basic"),
    "plan.group_number": (ex.with_coverage(group_number="G7"), "G7"),
    "plan.relationship": (ex.with_coverage(relationship="child"), "child"),
    "plan.began": (ex.with_coverage(effective_on=DAY), DAY),
    "plan.ended": (ex.with_coverage(terminated_on=DAY), DAY),
    "plan.assigned": (ex.with_coverage(assignment_of_benefits=False), False),
    "plan.others": (ex.with_claim(other_coverages=(CoverageFacts(),)), 1),
    "eligibility.active": (ex.with_eligibility(active=False), False),
    "eligibility.days_before": (ex.with_eligibility(checked_on=date(2026, 11, 7)), -2),
    "eligibility.covers": (ex.with_eligibility(covers_specialized_diagnostics="no"), "no"),
    "eligibility.deductible": (ex.with_eligibility(deductible_remaining_cents=5000), 5000),
    "eligibility.maximum": (ex.READY, 142000),
    "eligibility.coinsurance": (ex.with_eligibility(coinsurance_percent=50), 50),
    "authorization.approved": (ex.AUTHORIZED, True),
    "authorization.units_left": (ex.with_authorization(units=3, units_used=1), 2),
    "authorization.predetermined": (ex.with_claim(authorizations=(PREDETERMINED,)), True),
    "estimate.given": (ex.with_claim(estimate=None), False),
    "estimate.acknowledged": (ex.READY, True),
    "patient.age": (record("patient", birth_date=date(2000, 11, 6)), 25),
    "patient.sex": (record("patient", sex="M"), "M"),
    "clinician.name": (record("clinician", first_name="Robin", last_name="Model"), "Robin Model"),
    "clinician.npi": (record("clinician", npi="1234567893"), "1234567893"),
    "reason.indications": (record("justification", indications=("trauma",)), ("trauma",)),
    "reason.symptoms": (record("justification", symptoms=("pain", "pus")), ("pain", "pus")),
    "reason.history": (record("justification", history=("sjogren",)), ("sjogren",)),
    "reason.prior_care": (ex.READY, ("hydration", "sialogogue")),
    "reason.prior_imaging": (ex.READY, ("occlusal", "ultrasound")),
    "reason.inconclusive": (ex.READY, 2),
    "reason.episodes": (record("justification", episodes_per_month=7), 7),
    "reason.pain": (record("justification", pain=0), 0),
    "reason.duration": (record("justification", onset_on=date(2026, 10, 6)), 30),
    "reason.statement": (record("justification", statement="Swelling."), "Swelling."),
    "reason.change_of_care": (record("justification", change_of_care="Surgery."), "Surgery."),
    "procedure.glands": (ex.READY, ("submandibular",)),
    "procedure.sides": (ex.READY, ("L",)),
    "procedure.extents": (ex.READY, ("hilum",)),
    "procedure.complete": (record("procedure", glands=(replace(E.procedure.glands[0], complete=False),)), False),
    "procedure.anesthesia": (record("procedure", anesthesia="general"), "general"),
    "procedure.scope": (record("procedure", scope_outer_diameter_mm=Decimal("0.89")), Decimal("0.89")),
    "procedure.complications": (record("procedure", complications=("bleeding",)), ("bleeding",)),
    "procedure.treatments": (ex.READY, ("hydrostatic_dilation",)),
    "findings.types": (ex.with_encounter(findings=STONES), ("stone",)),
    "findings.count": (ex.with_encounter(findings=STONES), 2),
    "findings.largest_stone": (ex.with_encounter(findings=STONES), Decimal("6.25")),
    "images.count": (ex.with_encounter(images=PICTURES), 3),
    "images.endoscopic": (ex.with_encounter(images=PICTURES), 2),
    "images.key": (ex.with_encounter(images=PICTURES), 1),
    "images.unread": (ex.with_encounter(images=PICTURES), 1),
    "images.findings_without": (ex.with_encounter(images=PICTURES, findings=STONES), 1),
    "images.flaws": (ex.with_encounter(images=PICTURES), ("dark",)),
    "reading.text": (record("interpretation", text="Normal."), "Normal."),
    "reading.length": (record("interpretation", text="Normal."), 7),
    "reading.relevance_length": (record("interpretation", clinical_relevance="None"), 4),
    "reading.quality": (record("interpretation", quality="poor"), "poor"),
    "care.follow_up": (record("plan", follow_up_days=90), 90),
    "care.recommended": (record("plan", measures=("massage",)), ("massage",)),
    "record.version": (ex.with_encounter(version=2), 2),
    "record.addenda": (ex.with_encounter(addenda=(AddendumFacts("a", "b", SIGNED_LATE.signed_at),)), 1),  # type: ignore[arg-type]
    # Signed on the evening of the second day by the calendar of the place.
    "record.days_to_sign": (ex.with_encounter(signature=SIGNED_LATE), 2),
}  # fmt: skip
"""For each property a claim and what is read of it."""


def test_there_is_an_example_for_every_property_and_no_other() -> None:
    assert set(EXAMPLES) == set(BY_KEY)
    assert len(PROPERTIES) >= 40


@pytest.mark.parametrize("about", PROPERTIES, ids=lambda p: p.key)
class TestEachProperty:
    def test_is_read_as_it_stands_in_the_facts(self, about: Any) -> None:
        facts, expected = EXAMPLES[about.key]
        assert about.value(facts) == expected
        assert about.value(facts) is not None

    def test_is_known_or_not_known_of_an_empty_claim_as_it_declares(self, about: Any) -> None:
        assert (about.value(ClaimFacts()) is not None) >= about.is_always_known

    def test_is_declared_with_words_a_group_and_values_of_its_kind(self, about: Any) -> None:
        value = about.value(EXAMPLES[about.key][0])
        kinds = {Kind.NUMBER: Decimal, Kind.MONEY: int, Kind.DAY: date, Kind.YES_NO: bool, Kind.LIST: tuple}
        assert isinstance(value, kinds.get(about.kind, str))
        assert about.group in GROUPS
        assert about.label
        assert about.description.endswith(".")
        if about.choices:
            assert set(value if isinstance(value, tuple) else (value,)) <= set(about.choices)
        assert about.kind is not Kind.CHOICE or about.choices

    def test_has_ends_where_it_has_an_order_and_its_example_lies_between_them(self, about: Any) -> None:
        assert (about.ends is not None) is (about.kind in (Kind.NUMBER, Kind.MONEY, Kind.DAY))
        if about.ends:
            assert about.low <= about.value(EXAMPLES[about.key][0]) <= about.high

    def test_is_a_part_only_of_a_number_that_is_always_known_like_itself(self, about: Any) -> None:
        for part in (about, BY_KEY[about.within]) if about.within else ():
            assert part.kind is Kind.NUMBER
            assert part.is_always_known

    def test_says_why_where_it_cannot_be_read(self, about: Any) -> None:
        with pytest.raises(Unanswerable, match="could not be read"):
            about.value(cast(ClaimFacts, SimpleNamespace()))


@pytest.mark.parametrize(
    ("glands", "is_complete"),
    [((True, True), True), ((True, None), None), ((None, False), False), ((True, False), False), ((), None)],
)
def test_an_examination_is_incomplete_as_soon_as_one_gland_is(
    glands: tuple[bool | None, ...], is_complete: bool | None
) -> None:
    facts = record("procedure", glands=tuple(replace(E.procedure.glands[0], complete=said) for said in glands))
    assert BY_KEY["procedure.complete"].value(facts) is is_complete


@pytest.mark.parametrize(
    ("known", "left"),
    [
        ({"units": 2, "units_used": 2}, 0),
        ({"units": None}, None),
        ({"units": 2, "units_used": 2, "codes": ("D9999",)}, None),
        ({"units": 2, "units_used": 2, "valid_to": date(2020, 1, 1)}, None),
    ],
)
def test_of_an_authorization_that_fits_and_is_used_up_no_unit_is_left(known: Any, left: int | None) -> None:
    assert BY_KEY["authorization.units_left"].value(ex.with_authorization(**known)) == left


def test_units_are_those_of_the_authorization_that_counts_where_another_is_used_up() -> None:
    (one,) = ex.AUTHORIZED.authorizations
    both = (replace(one, units=1, units_used=1), replace(one, units=3, units_used=1))
    assert BY_KEY["authorization.units_left"].value(replace(ex.AUTHORIZED, authorizations=both)) == 2
