"""Every verb and every address, tried on a locked record: derived from the program, so that none is forgotten."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import get_resolver, reverse

from documentation import services
from documentation.kernel.machine import Refusal
from documentation.kernel.merge import Sides
from documentation.kernel.pending import Origin
from documentation.models import Encounter, EncounterImage, Phrase
from documentation.services import images, signing, versions
from documentation.views.addresses import addresses
from documentation.views.once import new_key
from tests import factories as f
from tests.architecture.test_locked_rows import PARTS, signed_with_everything

FIELD = "interpretation.text"
MARK = {"key": "m9", "kind": "arrow", "x1": 1000, "y1": 1000, "x2": 2000, "y2": 2000, "label": "Other words"}


def verbs() -> dict[str, Callable[..., Any]]:
    """Every public function of the services that takes a record, or a picture of one, and a person."""
    found = {}
    for module in pkgutil.iter_modules(services.__path__):
        for name, verb in vars(importlib.import_module(f"documentation.services.{module.name}")).items():
            if inspect.isfunction(verb) and verb.__module__.endswith(f".{module.name}") and not name.startswith("_"):
                parameters = list(inspect.signature(verb).parameters.values())
                takes_record = parameters and parameters[0].annotation in ("Encounter", "EncounterImage")
                if takes_record and "by" in inspect.signature(verb).parameters:
                    found[f"{module.name}.{name}"] = verb
    return found


SECTIONS = f.sections
CALLS: dict[str, Callable[[Encounter], list[tuple[Any, ...]]]] = {
    "encounters.start": lambda e: [(e,)],
    "encounters.cancel": lambda e: [(e,)],
    "encounters.reopen": lambda e: [(e,)],
    "encounters.save_section": lambda e: [(e, key, *given) for key, given in SECTIONS().items()],
    "merging.save_merged": lambda e: [(e, "justification", {"pain": 1, "statement": "Other words."}, {})],
    "images.take_in": lambda e: [(e, f.pictures()[:1])],
    "images.describe": lambda e: [(e.images.first(), {"caption": "Other words."})],
    "images.order": lambda e: [(e, [*reversed(e.images.values_list("pk", flat=True))])],
    "images.remove": lambda e: [(e.images.first(),)],
    "images.changing": lambda e: [(e,)],
    "annotations.annotate": lambda e: [(e.images.first(), [MARK])],
    "prose.take": lambda e: [(e, FIELD, None)],
    "prose.keep": lambda e: [(e, FIELD, "any")],
    "prose.insert": lambda e: [(e, FIELD, Phrase.objects.get_or_create(field=FIELD, title="t", body="b")[0])],
    "filling.carry_finding": lambda e: [(e, e.findings.first().key)],
    "filling.carry_over": lambda e: [(e,)],
    "filling.confirm": lambda e: [(e, {"procedure.consent_by": "seen"})],
    "filling.draft_from_findings": lambda e: [(e,)],
    "filling.fill_normal_study": lambda e: [(e,)],
    "filling.fill_usual_procedure": lambda e: [(e,)],
    "filling.undo": lambda e: [(e, origin) for origin in Origin],
    "proposals.take_proposals": lambda e: [(e, None)],
    "signing.sign": lambda e: [(e,)],
    "signing.add": lambda e: [(e, "More.")],
    "versions.unlock": lambda e: [(e, "The side was wrong.")],
    "versions.abandon": lambda e: [(e,)],
    "versions.resume": lambda e: [(e,)],
}
"""How each verb is called. A new one is named here, or the first test fails."""
ELSEWHERE = {"holding.hold", "phones.create", "phones.end", "presence.arrive", "presence.stay", "presence.leave"}
"""Verbs that write what is no part of a record: who has it open, what waits for an answer, a phone's way in."""
BESIDE = {"signing.add", "versions.unlock"}
"""Verbs that write beside a signed record, never into it."""


def locked() -> list[Encounter]:
    """A version that was replaced and the signed one that counts."""
    first = signed_with_everything()
    by = first.clinician.user
    second = signing.sign(versions.unlock(first, "The side was wrong.", by=by, at=f.AT), by=by, at=f.AT)
    return [Encounter.objects.get(pk=e.pk) for e in (first, second)]


def taken(verb: Callable[..., Any], *given: Any, by: Any, at: Any, **more: Any) -> Any:
    """Take the step; a verb that opens the record for others is opened."""
    if "at" not in inspect.signature(verb).parameters:
        with verb(*given, by=by, **more) as opened:
            return opened
    return verb(*given, by=by, at=at, **more)


def rows_of(encounter: Encounter) -> dict[str, Any]:
    """Everything that the locked record consists of, as rows."""
    found = {s.model.__name__: list(s.model._default_manager.filter(encounter=encounter).values()) for s in PARTS}
    own = {"pk": encounter.pk}
    found["Encounter"] = list(Encounter.objects.filter(**own).values())
    found["Signature"] = list(type(encounter.signature)._default_manager.filter(encounter=encounter).values())
    found["Addendum"] = list(encounter.addenda.values())
    return found


def test_every_verb_on_a_record_is_tried() -> None:
    assert set(verbs()) == set(CALLS) | ELSEWHERE


@pytest.mark.django_db
def test_no_verb_writes_into_a_locked_record() -> None:
    wrote, let_through = [], []
    known = verbs()
    for encounter in locked():
        before = rows_of(encounter)
        for name, calls in CALLS.items():
            if name in BESIDE and encounter.status == "signed":
                continue
            for call in calls(encounter):
                by = encounter.clinician.user
                more = {"sides": Sides({})} if name == "merging.save_merged" else {}
                with mock.patch.object(images, "examine_many", lambda data: f._examined(tuple(data))):
                    try:
                        outcome = taken(known[name], *call, by=by, at=f.AT, **more)
                    except Refusal:
                        continue
                # Two answer with what they took in instead of refusing: that must be nothing.
                took = outcome[0].image if name == "images.take_in" else outcome
                if took or name not in ("images.take_in", "proposals.take_proposals"):
                    let_through.append(f"{name} of a {encounter.status} record")
            if rows_of(encounter) != before:
                wrote.append(f"{name} into a {encounter.status} record")
        assert rows_of(encounter) == before
    assert (wrote, let_through) == ([], [])


@pytest.mark.django_db
def test_what_is_written_beside_a_signed_record_leaves_it_as_it_was() -> None:
    _, encounter = locked()
    before, by = rows_of(encounter), encounter.clinician.user
    signing.add(encounter, "More.", by=by, at=f.AT)
    versions.unlock(encounter, "The side was wrong.", by=by, at=f.AT)
    after = rows_of(encounter)
    assert [a["body"] for a in after.pop("Addendum")] == [*(a["body"] for a in before.pop("Addendum")), "More."]
    assert after == before


@pytest.mark.django_db
def test_no_address_writes_into_a_locked_record() -> None:
    wrote = []
    tried = [a for a in addresses() if a.route.startswith("/encounters/<encounter:pk>/")]
    for encounter in locked():
        before = rows_of(encounter)
        client = Client()
        client.force_login(encounter.clinician.user)
        image = EncounterImage.objects.filter(encounter=encounter).first()
        values = {"pk": encounter.pk, "image": image.pk, "variant": "screen"}
        data = {"caption": "Other words.", "pain": "1", "statement": "Other words.", "text": "Other words.", "to": "1"}
        for address in tried:
            for key in SECTIONS():
                taken = {n: {**values, "key": key}.get(n, 1) for n in address.converters}  # 1: any other number
                path = reverse(address.name, kwargs=taken)
                for step in ("start", "cancel", "reopen", "abandon"):
                    client.post(path, {**data, "once": new_key(), "transition": step, "seen": encounter.revision})
                if "key" not in taken:
                    break
            if rows_of(encounter) != before:
                wrote.append(f"{address.route} into a {encounter.status} record")
    assert len(tried) > 12
    assert wrote == []


def test_there_is_no_admin_site_to_write_by() -> None:
    assert not apps.is_installed("django.contrib.admin")
    assert "django.contrib.admin" not in settings.INSTALLED_APPS
    assert not any("admin" in str(getattr(p, "app_name", "")) for p in get_resolver().url_patterns)
