"""Whatever the program removes stands in a table with its reason, and what is anybody's record is told in the trail."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from claims import removals as of_claims
from claims.queries.trail_kinds import KIND_OF
from documentation.locks import all_locks
from documentation.retention import removals
from documentation.retention.removals import Group, Hold, Removal
from tests.architecture.removals import ROOT, places_that_remove

ALL = (*removals.REMOVALS, *of_claims.REMOVALS)
NEVER = (*removals.NEVER, *of_claims.NEVER)
TESTS_ALONE = {"config/test_settings.py: the module"}


def test_every_place_that_removes_something_is_in_the_table() -> None:
    found = set(places_that_remove()) - TESTS_ALONE
    listed = {place for removal in ALL for place in removal.where}
    assert found - listed == set(), "say in a table of removals what goes there, when, why, and what tells of it"
    assert listed - found == set(), "nothing is removed there any more: take it out of the table"


def test_no_place_stands_in_the_table_twice() -> None:
    twice = [place for place, n in Counter(place for r in ALL for place in r.where).items() if n > 1]
    assert twice == []


@pytest.mark.parametrize("removal", ALL, ids=lambda r: r.what[:40])
def test_what_goes_is_told_or_says_why_not(removal: Removal) -> None:
    assert removal.what
    assert removal.when
    if not removal.event:
        assert removal.why, "nothing tells of it, so say why"
        assert removal.group in (Group.COUNTED, Group.MACHINE), "what people or the night remove is told in the trail"
        assert removal.hold is not Hold.STAYS
        return
    assert KIND_OF.get(removal.event) in ("changed", "taken")
    told_in = removal.told_in or removal.where[0].partition(":")[0]
    assert removal.event in _recorded_in(ROOT / told_in), f"{told_in} does not record {removal.event}"


def _recorded_in(path: Path) -> set[str]:
    """The words that stand in the calls of a file: names of events are among them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    given = (value for call in calls for value in [*call.args, *(k.value for k in call.keywords)])
    return {v.value for v in given if isinstance(v, ast.Constant) and isinstance(v.value, str)}


def test_what_is_never_removed_is_what_the_locks_keep() -> None:
    locked = {lock.table for lock in all_locks() if lock.event == "DELETE"}
    listed = [table for never in NEVER for table in never.tables]
    assert sorted(listed) == sorted(locked)


CASCADES = {
    "account.EmailAddress.user": "users are never deleted",
    "account.EmailConfirmation.email_address": "users are never deleted",
    "auth.Permission.content_type": "of the framework, unused",
    "claims.BulkRow.run": "runs are never deleted",
    "claims.ImportRow.of": "rows of a list of which nothing was brought in: import.discard",
    "documentation.ActionKey.user": "users are never deleted",
    "documentation.Annotation.image": "marks go with the picture of a draft: image.remove",
    "documentation.HeldUpload.encounter": "encounters are never deleted",
    "documentation.Notice.person": "users are never deleted",
    "documentation.PatientWord.patient": "written from the patient's own row: patient.take_back",
    "documentation.PhoneLink.encounter": "encounters are never deleted",
    "documentation.Phrase.owner": "users are never deleted",
    "documentation.Presence.encounter": "encounters are never deleted",
    "documentation.Presence.user": "users are never deleted",
    "documentation.RecoveryCode.user": "users are never deleted",
    "mfa.Authenticator.user": "users are never deleted",
    "usersessions.UserSession.user": "users are never deleted",
}
"""Rows that the framework takes along, and why nobody's record is lost by it."""


def test_nothing_is_swept_along_with_something_else() -> None:
    """A row that goes takes others along only where somebody said why."""
    found = {
        f"{model._meta.app_label}.{model.__name__}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey) and field.remote_field.on_delete is models.CASCADE
    }
    assert found == CASCADES.keys()
