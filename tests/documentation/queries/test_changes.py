"""What is read before signing shows every fact that is locked, and what differs between two versions is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from documentation.facts import Address, AnnotationFacts, OtherProcedureFacts
from documentation.queries.changes import Change, changes, readable
from documentation.rules.examples import COMPLETE
from tests.claims.packet.records import RECORDS

FINDING = COMPLETE.findings[0]
IMAGE = COMPLETE.images[0]
FULL = replace(
    COMPLETE,
    number="E000009",
    version=2,
    unlock_reason="The side was wrong.",
    start_time=time(14, 30),
    end_time=time(15, 0),
    assistant="Sam Example",
    intake_by="Kim Example",
    intake_at=datetime(2026, 11, 5, 20, 0, tzinfo=UTC),
    patient=replace(
        COMPLETE.patient,
        number="P000009",
        middle_name="Maria",
        phone="2065550142",
        email="alex@example.com",
        address=Address("1 Sample St", "Unit 2", "Seattle", "WA", "981010001"),
    ),
    location=replace(
        COMPLETE.location,
        phone="2065550143",
        address=Address("100 Harbor Ave", "Floor 2", "Seattle", "WA", "981010001"),
    ),
    justification=replace(
        COMPLETE.justification,
        risk_without="Loss of the gland.",
        history=("sjogren", "xerostomia"),
        history_note="Since 2019.",
        symptoms=("dry_mouth",),
    ),
    procedure=replace(
        COMPLETE.procedure,
        scope_serial="S-1",
        anesthesia_by="Sam Example",
        complication_grade="minor",
        complication_note="Brief.",
        irrigation_ml=Decimal(20),
        scope_channel_mm=Decimal("0.6"),
        glands=(
            replace(
                COMPLETE.procedure.glands[0],
                incomplete_reason="Too narrow.",
                incomplete_causes=("stenosis",),
                next_steps=("repeat",),
                not_judged=("hilum",),
                lsd_l="1",
                lsd_s="1",
                lsd_d="1",
            ),
        ),
    ),
    findings=(
        replace(
            FINDING,
            segment="papilla",
            distance_from_papilla_mm=Decimal("12.5"),
            size_mm=Decimal("3.5"),
            count=2,
            mobility="mobile",
            visibility="complete",
            palpable=True,
            lumen_percent=50,
            length_mm=Decimal("4.5"),
            passable="yes",
            not_imaged_reason="Bleeding.",
            note="Seen twice.",
            appearance="pus",
            distribution="diffuse",
            severity="mild",
            width_mm=Decimal("1.5"),
        ),
        *COMPLETE.findings[1:],
    ),
    interventions=(
        replace(
            COMPLETE.interventions[0],
            finding=FINDING.key,
            note="With care.",
            device="Basket",
            diameter_mm=Decimal("1.2"),
            dose_mg=Decimal(40),
            drug="Drug",
            duration_s=60,
            planned_days=14,
            pressure_atm=Decimal(8),
            retrieval="whole",
            size_fr=Decimal(3),
            to_pathology=True,
            volume_ml=Decimal(5),
        ),
    ),
    images=(
        replace(
            IMAGE,
            gland="parotid",
            side="L",
            segment="papilla",
            view="lateral",
            captured_at=datetime(2026, 11, 5, 22, 40, tzinfo=UTC),
            finding=FINDING.key,
            key_image=True,
            reading="A narrow duct.",
            width=640,
            height=480,
            sha256="a" * 64,
            clean_sha256="b" * 64,
            media_type="image/png",
            differs=("birth date",),
            flaws=("blurred",),
            differs_reason="Another clock.",
            annotations=(
                AnnotationFacts(
                    "m1",
                    "scale",
                    1000,
                    2000,
                    3000,
                    4000,
                    "Membrane",
                    "blue",
                    Decimal(2),
                    "Casey Example",
                    datetime(2026, 11, 6, 18, tzinfo=UTC),
                ),
            ),
        ),
    ),
    interpretation=replace(COMPLETE.interpretation, comparison="None before.", findings=(FINDING.key,)),
    plan=replace(
        COMPLETE.plan,
        statement="Come back.",
        follow_up_days=30,
        measures=("massage",),
        stent_removal_on=date(2026, 11, 20),
        warning_signs=True,
    ),
    other_procedures=(OtherProcedureFacts("D0120", 6000, documented=True),),
)
"""A record in which nothing is left empty."""

NOT_READ = {
    # The state and the day of looking; signature, addenda and requests to amend have panels of their own.
    "status", "today", "signature", "addenda", "denied",
    # Nothing is signed while something waits to be confirmed.
    "to_confirm",
    # Links a finding inside the record; people read its number.
    "findings.key",
    # Tells a mark from another of the same picture.
    "images.annotations.key",
    # Its number is its place in the list.
    "images.figure",
}  # fmt: skip


def poorer(value: Any, name: str = "") -> Iterator[tuple[str, Any, bool]]:
    """The facts with one of them gone or changed, for each in turn: its name, the rest, and whether it was there."""
    if is_dataclass(value):
        for field in fields(value):
            for path, less, is_there in poorer(getattr(value, field.name), f"{name}.{field.name}".strip(".")):
                yield path, replace(value, **{field.name: less}), is_there  # type: ignore[type-var]
    elif isinstance(value, tuple) and value:
        for n, item in enumerate(value):
            yield name, value[:n] + value[n + 1 :], True
            if is_dataclass(item):
                yield from (
                    (path, (*value[:n], x, *value[n + 1 :]), is_there) for path, x, is_there in poorer(item, name)
                )
    else:
        less: Any = not value if isinstance(value, bool) else "" if isinstance(value, str) else None
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            less = value + 1
        yield name, less, value not in (None, "", ())


def test_no_fact_can_be_locked_that_is_not_read_before_signing() -> None:
    """Taking any fact away changes what the signing page says; a fact that joins the record must be read there, too."""
    whole, unread, tried, names = readable(FULL), set(), set(), set()
    for name, less, is_there in poorer(FULL):
        if name.split(".")[0] in NOT_READ or name in NOT_READ:
            continue
        names.add(name)
        if is_there:
            tried.add(name)
            if readable(less) == whole:
                unread.add(name)
    assert unread == set()
    assert names - tried == set(), "fill it in above, so that it is tried"
    assert len(tried) > 100


def test_a_record_does_not_differ_from_itself() -> None:
    for record in (*RECORDS.values(), FULL):
        again = replace(record, number="E000777", version=3, unlock_reason="Another.", status="draft")
        assert changes(record, again) == ()


def test_a_changed_value_is_named_with_both_sides_and_its_part() -> None:
    new = replace(FULL, justification=replace(FULL.justification, pain=1), assistant="")
    pain = str(FULL.justification.pain)
    assert changes(FULL, new) == (
        Change("visit", "Assistant", "Sam Example", ""),
        Change("justification", "Pain", pain, "1"),
    )


def test_an_entry_that_was_added_taken_out_or_changed_stands_by_itself() -> None:
    d0120, d0140 = FULL.other_procedures[0], OtherProcedureFacts("D0140", 9000, documented=True)
    dearer = replace(d0120, fee_cents=7000)

    def differ(*now: OtherProcedureFacts) -> list[tuple[str, str]]:
        return [(c.before, c.after) for c in changes(FULL, replace(FULL, other_procedures=now))]

    assert differ(d0120, d0140) == [("", "D0140, $90.00")]
    assert differ() == [("D0120, $60.00", "")]
    assert differ(dearer) == [("D0120, $60.00", "D0120, $70.00")]


def test_a_picture_that_was_described_otherwise_or_replaced_is_a_change() -> None:
    for change in ({"caption": "Another."}, {"sha256": "c" * 64}, {"side": "R"}):
        (found,) = changes(FULL, replace(FULL, images=(replace(FULL.images[0], **change),)))
        assert (found.part, found.label) == ("analysis", "Figures")
        assert found.before != found.after


def test_both_directions_tell_the_same_differences() -> None:
    there, back = changes(FULL, RECORDS["parotid_stone"]), changes(RECORDS["parotid_stone"], FULL)
    assert {(c.label, c.before, c.after) for c in there} == {(c.label, c.after, c.before) for c in back}
    assert len(there) > 30
