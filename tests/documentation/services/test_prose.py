"""Taking sentences into the note, letting them stand, and phrases: what is stored, and who may."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, Encounter, Phrase, User
from documentation.queries.encounters import draft_facts, with_record
from documentation.queries.prose import field_prose, phrases_for
from documentation.services import phrases, prose
from documentation.services.encounters import save_section
from tests import factories as f

pytestmark = pytest.mark.django_db
FIELD = "interpretation.text"


@pytest.fixture
def draft() -> Encounter:
    return f.drafted(besides=("interpretation",))


@pytest.fixture
def casey(draft: Encounter) -> User:
    return draft.clinician.user  # type: ignore[return-value]


def now(encounter: Encounter) -> Any:
    return with_record().get(pk=encounter.pk)


def shown(encounter: Encounter, field: str = FIELD) -> Any:
    row = now(encounter)
    return field_prose(row, draft_facts(row), field)


def move_the_finding(draft: Encounter, casey: User, distance: str) -> None:
    values, rows = f.sections()["findings"]
    changed = [dict(r) for r in rows["findings"]]
    changed[0]["distance_from_papilla_mm"] = distance
    save_section(draft, "findings", values, {**rows, "findings": changed}, by=casey, at=f.AT)


def test_the_whole_proposal_is_taken_with_its_sources(draft: Encounter, casey: User) -> None:
    prose.take(draft, FIELD, None, by=casey, at=f.AT)
    stored = now(draft).interpretation
    assert "show a stenosis" in stored.text
    assert [s["text"] for s in stored.sources["text"]] == [t.text for t in shown(draft).told]
    assert {"key", "text", "facts", "digest"} == set(stored.sources["text"][0])
    event = AuditEvent.objects.order_by("-seq").first()
    assert event is not None
    assert event.action == "encounter.save"


def test_a_changed_finding_marks_the_sentence_and_changes_nothing_by_itself(draft: Encounter, casey: User) -> None:
    prose.take(draft, FIELD, None, by=casey, at=f.AT)
    before = now(draft).interpretation.text
    move_the_finding(draft, casey, "15")
    assert now(draft).interpretation.text == before
    (changed,) = shown(draft).changed
    assert "15 mm from the papilla" in changed.now
    prose.take(draft, FIELD, {changed.key}, by=casey, at=f.AT)
    assert "15 mm from the papilla" in now(draft).interpretation.text
    assert not shown(draft).changed


def test_a_sentence_kept_stands_until_its_fact_changes_again(draft: Encounter, casey: User) -> None:
    prose.take(draft, FIELD, None, by=casey, at=f.AT)
    before = now(draft).interpretation.text
    move_the_finding(draft, casey, "15")
    prose.keep(draft, FIELD, shown(draft).changed[0].key, by=casey, at=f.AT)
    assert not shown(draft).changed
    assert now(draft).interpretation.text == before
    move_the_finding(draft, casey, "18")
    assert len(shown(draft).changed) == 1


def test_the_sources_of_one_field_leave_those_of_another(draft: Encounter, casey: User) -> None:
    prose.take(draft, FIELD, None, by=casey, at=f.AT)
    prose.take(draft, "interpretation.comparison", None, by=casey, at=f.AT)
    assert set(now(draft).interpretation.sources) == {"text", "comparison"}


def test_nothing_is_taken_where_the_record_says_nothing(casey: User, draft: Encounter) -> None:
    empty = f.planned_visit(treating=casey.clinician)
    with pytest.raises(NotPossible, match="does not say enough"):
        prose.take(empty, FIELD, None, by=casey, at=f.AT)


def test_a_signed_record_takes_nothing() -> None:
    signed = f.signed_encounter()
    with pytest.raises(NotPossible, match="can no longer be changed"):
        prose.take(signed, FIELD, None, by=signed.clinician.user, at=f.AT)


def test_billers_write_no_prose(draft: Encounter) -> None:
    with pytest.raises(NotPermitted):
        prose.take(draft, FIELD, None, by=f.user(role=Role.BILLER), at=f.AT)


# ------------------------------------------------------------------------------------------------------ phrases

VALUES = {"field": FIELD, "title": "Stone", "body": "A stone of [size] mm.", "shared": False}


def test_a_phrase_goes_to_the_end_of_the_text_and_blocks_until_it_is_filled(draft: Encounter, casey: User) -> None:
    phrase = phrases.save(None, VALUES, by=casey, at=f.AT)
    prose.insert(draft, FIELD, phrase, by=casey, at=f.AT)
    prose.insert(draft, FIELD, phrase, by=casey, at=f.AT)
    assert now(draft).interpretation.text == "A stone of [size] mm.\nA stone of [size] mm."


def test_ones_own_phrases_are_seen_by_nobody_else(casey: User) -> None:
    other = f.user(role=Role.ASSISTANT)
    mine = phrases.save(None, VALUES, by=casey, at=f.AT)
    everybodys = phrases.save(None, {**VALUES, "shared": True}, by=casey, at=f.AT)
    assert set(phrases_for(casey)) == {mine, everybodys}
    assert set(phrases_for(other)) == {everybodys}
    with pytest.raises(NotPermitted):
        phrases.save(mine, VALUES, by=other, at=f.AT, seen=1)
    with pytest.raises(NotPermitted):
        phrases.remove(everybodys, by=other, at=f.AT)
    with pytest.raises(NotPermitted, match="kept by clinicians"):
        phrases.save(None, {**VALUES, "shared": True}, by=other, at=f.AT)


def test_an_own_phrase_is_not_put_in_by_another(draft: Encounter, casey: User) -> None:
    theirs = phrases.save(None, VALUES, by=f.user(role=Role.ASSISTANT), at=f.AT)
    with pytest.raises(NotPossible):
        prose.insert(draft, FIELD, theirs, by=casey, at=f.AT)


@pytest.mark.parametrize("shared", [True, False])
def test_a_title_is_taken_once(casey: User, shared: bool) -> None:
    phrases.save(None, {**VALUES, "shared": shared}, by=casey, at=f.AT)
    with pytest.raises(ValidationError) as caught:
        phrases.save(None, {**VALUES, "shared": shared}, by=casey, at=f.AT)
    assert "title" in caught.value.message_dict


@pytest.mark.parametrize(("name", "value"), [("title", " "), ("body", ""), ("field", "interpretation.quality")])
def test_what_a_phrase_lacks_is_said_at_its_field(casey: User, name: str, value: str) -> None:
    with pytest.raises(ValidationError) as caught:
        phrases.save(None, {**VALUES, name: value}, by=casey, at=f.AT)
    assert list(caught.value.message_dict) == [name]
    assert not Phrase.objects.exists()


def test_a_stale_phrase_is_not_overwritten(casey: User) -> None:
    phrase = phrases.save(None, VALUES, by=casey, at=f.AT)
    phrases.save(phrase, {**VALUES, "body": "Second."}, by=casey, at=f.AT, seen=1)
    with pytest.raises(NotPossible, match="Somebody else"):
        phrases.save(phrase, {**VALUES, "body": "Third."}, by=casey, at=f.AT, seen=1)
    assert Phrase.objects.get().body == "Second."
