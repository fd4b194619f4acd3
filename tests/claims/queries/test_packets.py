"""A sealed packet is true while all that it prints is; what it does not print may change. Names tell, never values."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from claims.among import AdjustedFacts, AnsweredLineFacts, PrimaryFacts, ResentFacts, TermsFacts
from claims.facts import AuthorizationFacts, ClaimFacts, PolicyFacts, ReplacedFacts
from claims.models import Claim
from claims.packet.document import document
from claims.packet.enclosures import Enclosure
from claims.packet.manifest import compose
from claims.packet.printed import changes, told
from claims.queries.enclosed import Chosen
from claims.rules.examples import READY
from claims.services import evidence
from claims.services.evidence import MOST_PAGES, opened
from documentation.kernel.machine import Refused
from documentation.kernel.wire import to_data
from documentation.models import StoredFile

PERMISSION = AuthorizationFacts("prior_authorization", "approved", "PA-1", units=2)
TAKEN = (AdjustedFacts("PR", "2", 21000),)
ANSWER = PrimaryFacts(
    payer="First", payer_control="P-1", answered_on=date(2026, 11, 20), charge_cents=85000, paid_cents=64000,
    lines=(AnsweredLineFacts("D0371", 85000, 64000, 85000, TAKEN),), adjustments=TAKEN,
)  # fmt: skip
OTHER = replace(READY.coverage, member_id="OTHER-1", priority=2)
FACTS = replace(READY, sequence=2, primary=ANSWER, authorizations=(PERMISSION,), other_coverages=(OTHER,))
HELD = replace(FACTS, resent=ResentFacts("corrected", "P-8"))


def since(now: ClaimFacts, before: ClaimFacts = FACTS, kind: str = "claim") -> tuple[str, ...]:
    return changes(json.loads(json.dumps(to_data(before))), to_data(now), kind=kind)


def with_plan(**more: Any) -> ClaimFacts:
    return replace(FACTS, coverage=replace(FACTS.coverage, **more))


def with_payer(**more: Any) -> ClaimFacts:
    return with_plan(payer=replace(FACTS.coverage.payer, **more))


@pytest.mark.parametrize(
    "now",
    [
        FACTS,
        with_payer(policy=PolicyFacts(covers_d0371="no")),
        with_payer(terms=TermsFacts(network="in")),
        with_plan(key=7),
        replace(FACTS, other_coverages=(replace(OTHER, key=8),), primary=replace(ANSWER, coverage=8)),
        replace(FACTS, coverage=replace(FACTS.coverage, program="medicaid")),
        replace(FACTS, corrects=ReplacedFacts("C000009"), earlier=(ANSWER,)),
        replace(FACTS, authorizations=(replace(PERMISSION, units=3, units_used=1),)),
        replace(FACTS, authorizations=(PERMISSION, AuthorizationFacts("prior_authorization", "requested"))),
        replace(FACTS, today=date(2027, 1, 1)),
    ],
)
def test_what_is_not_printed_leaves_it_true(now: ClaimFacts) -> None:
    assert since(now) == ()


@pytest.mark.parametrize(
    "now, name",
    [
        (replace(FACTS, primary=replace(ANSWER, paid_cents=63000)), "the first plan's answer"),
        (replace(FACTS, primary=None), "the first plan's answer"),
        (replace(FACTS, authorizations=(replace(PERMISSION, number="PA-2"),)), "the number of the authorization"),
        (replace(FACTS, authorizations=()), "the number of the authorization"),
        (replace(FACTS, resent=ResentFacts("corrected", "P-9")), "what the payer holds of the claim"),
        (replace(FACTS, diagnoses=("K11.5",)), "the claim's diagnoses"),
        (replace(FACTS, lines=(replace(FACTS.lines[0], fee_cents=1),)), "the claim line's fee"),
        (replace(FACTS, other_coverages=(replace(OTHER, member_id="X-9"),)), "another plan's member ID"),
        (with_plan(member_id="SECRET-77"), "the coverage's member ID"),
        (with_payer(payer_id="00000"), "the payer's payer ID"),
    ],
)
def test_what_is_printed_makes_it_old_and_is_named_without_its_value(now: ClaimFacts, name: str) -> None:
    assert since(now) == (name,)
    assert not {"SECRET-77", "00000", "X-9", "PA-2"} & set(" ".join(since(now)).split())


@pytest.mark.parametrize("kind,names", [("medical", ("the plan's program",)), ("dental", ())])
def test_a_program_is_printed_on_a_medical_claim_alone(kind: str, names: tuple[str, ...]) -> None:
    before = replace(FACTS, kind=kind)
    assert since(replace(before, coverage=replace(FACTS.coverage, program="medicare")), before) == names
    older = to_data(before)
    del older["coverage"]["program"]
    assert changes(older, to_data(before)) == ()


def test_a_field_that_came_with_a_later_program_says_nothing_while_it_is_empty() -> None:
    older = to_data(FACTS)
    del older["lines"][0]["second_gland_reason"], older["coverage"]["subscriber"]["sex"]
    assert changes(older, to_data(replace(FACTS, coverage=FACTS.coverage))) in ((), ("the subscriber's sex",))
    assert changes({k: v for k, v in older.items() if k != "newer"}, older) == ()


def test_the_cover_of_a_supplement_asks_for_less() -> None:
    assert since(replace(FACTS, primary=None, diagnoses=()), kind="supplement") == ()
    assert since(with_plan(member_id="X"), kind="supplement") == ("the coverage's member ID",)
    renamed = replace(FACTS.encounter, patient=replace(FACTS.encounter.patient, last_name="Roe"))
    assert since(replace(FACTS, encounter=renamed), kind="supplement") == ("the patient's last name",)


def test_many_names_are_told_by_three_and_a_number() -> None:
    assert told(("a", "b")) == "a and b"
    assert told(("a", "b", "c", "d", "e")) == "a, b, c and 2 more"


def test_nothing_that_the_document_prints_changes_without_being_told() -> None:
    """Each value of the facts outside the signed record is made another one: where the words differ, it is named."""
    words, silent = printed_words(HELD), []
    for path, other in variations(HELD):
        try:
            shown = printed_words(other)
        except (ValueError, KeyError):
            continue  # no packet is made of a date that is none
        if shown != words and not since(other, HELD):
            silent.append(path)
    assert silent == []


def printed_words(facts: ClaimFacts) -> str:
    at = datetime(2026, 11, 28, 15, tzinfo=UTC)
    manifest = compose(
        facts, packet_number="", control_number="DUC00000101", sealed_at=at, verification_code="C",
        verification_url="https://example.com/", image_files={},
    )  # fmt: skip
    return json.dumps(to_data([document(facts, manifest, at, "0" * 64), manifest.as_json()]), default=str)


def variations(value: Any, path: str = "") -> Any:
    """The same facts with one value otherwise, once for each; the signed record is compared as a whole elsewhere."""
    for field in fields(value):
        own, here = getattr(value, field.name), f"{path}.{field.name}".strip(".")
        if here in ("encounter", "number"):  # the claim's own number never changes
            continue
        for name, other in others(own, here):
            yield name, replace(value, **{field.name: other})


def others(own: Any, here: str) -> Any:
    if is_dataclass(own):
        yield from variations(own, here)
    elif isinstance(own, tuple) and own and is_dataclass(own[0]):
        yield from ((name, (other, *own[1:])) for name, other in variations(own[0], here))
    elif isinstance(own, bool):
        yield here, not own
    elif isinstance(own, int):
        yield here, own + 1
    elif isinstance(own, str):
        yield here, f"{own}9"
    elif isinstance(own, date | time):
        yield here, own.replace(**({"year": 2001} if isinstance(own, date) else {"hour": 1}))
    elif isinstance(own, tuple) and own:
        yield here, (*own, own[0])


def test_the_variations_reach_what_is_printed() -> None:
    paths = {path for path, _ in variations(FACTS)}
    assert {"coverage.member_id", "coverage.payer.payer_id", "lines.fee_cents", "primary.paid_cents"} <= paths
    assert len(paths) > 60


def test_more_pages_than_a_person_can_wait_for_are_refused_before_anything_is_opened() -> None:
    def of(title: str, pages: int) -> Chosen:
        return Chosen("evidence", title, "Other evidence", None, StoredFile(), pages=pages)

    long = [of("Chart", MOST_PAGES - 9), of("Report", 10)]
    with pytest.raises(Refused, match=rf"have {MOST_PAGES + 1} pages together.*“Chart” \({MOST_PAGES - 9} pages\)"):
        opened(Claim(), long)


def test_pages_that_only_opening_a_letter_tells_are_counted_before_anything_is_typeset(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    letter = Chosen("authorization", "Prior authorization PA-7", "", None, StoredFile())
    pages = (b"\xff\xd8\xff",) * (MOST_PAGES + 1)
    long = Enclosure("authorization", "pdf", letter.title, b"", pages)
    monkeypatch.setattr(evidence, "_opened", lambda _: long)
    with pytest.raises(Refused, match=rf"have {MOST_PAGES + 1} pages together.*“Prior authorization PA-7”"):
        opened(Claim(), [letter])
