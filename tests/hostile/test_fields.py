"""Every field and every form that a page shows, found by opening the pages: hostile words are kept as text or refused.

Nobody keeps a list of forms: what a page hands to its template, and what stands in its markup, is what is tried.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, resolve
from lxml import html

from documentation.forms.fields import LONGEST, CleanField, LinesField
from documentation.kernel.permissions import Role
from documentation.kernel.text import clean_text
from documentation.views.addresses import addresses
from documentation.views.once import new_key
from tests import factories
from tests.assurance import record
from tests.browser.rooms import CHOSEN, SHOWN, Practice, filled, furnish
from tests.hostile.words import WORDS

ROLES = (Role.BILLER, Role.CLINICIAN, Role.MANAGER, Role.ASSISTANT, Role.ADMINISTRATOR)
ROUNDS = 3
TEXT = {"text", "search", "email", "tel", "url", ""}
OURS = ("documentation.forms", "claims.forms", "documentation.views", "claims.views")
LINKS = ("href", "src", "action", "formaction", "data", "poster")


@dataclass
class Walked:
    """What all pages of the practice show."""

    fields: dict[str, forms.Field] = field(default_factory=dict)
    """By class of the form and name; of the rows of a list one."""
    markup: dict[tuple[str, frozenset[str]], tuple[Role, Any]] = field(default_factory=dict)
    """Forms by the name of their address and of their fields, each with who sees it."""
    clients: dict[Role, Client] = field(default_factory=dict)
    pages: int = 0


@pytest.fixture(scope="module")
def walked_once(django_db_setup: None, django_db_blocker: Any) -> Iterator[Walked]:
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        patch.setattr("django.utils.timezone.now", lambda: factories.AT)
        given = factories.reference().case.encounter.clinician
        people: dict[Role, Any] = {role: factories.user(role=role) for role in Role if role is not Role.CLINICIAN}
        people[Role.CLINICIAN] = factories.clinician(npi=given.npi).user
        factories.organization()
        yield _walk(furnish(people))
        transaction.set_rollback(True)


@pytest.fixture
def walked(walked_once: Walked, db: None) -> Walked:
    return walked_once


def _walk(practice: Practice) -> Walked:
    known = Practice(practice.people, defaultdict(lambda: ["1"], practice.known))
    found = Walked()
    for role in ROLES:
        found.clients[role] = Client()
        found.clients[role].force_login(practice.people[role])
    for address in addresses():
        role = next((role for role in ROLES if address.opens_for(role)), None)
        if role is None or address.name in {"account_logout"}:
            continue
        for path in islice(
            filled(address.route, known), SHOWN["encounter_section"] if address.name == "encounter_section" else 1
        ):
            for chosen in ("", *CHOSEN.get(address.name, ())):
                _look(found, role, path + chosen)
    return found


def _look(found: Walked, role: Role, path: str) -> None:
    answer = found.clients[role].get(path)
    assert answer.status_code < 500, path
    if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
        return
    found.pages += 1
    for form in _forms_in([d for context in answer.context or () for d in context.dicts]):
        for name, one in form.fields.items():
            if isinstance(one, forms.FileField) or isinstance(one.widget, forms.PasswordInput):
                continue  # files have tests of their own, and a password is nobody's text
            found.fields.setdefault(f"{type(form).__name__}.{re.sub('[0-9]+', 'n', name)}", one)
    for form in html.fromstring(answer.content).forms:
        action = urljoin(path, form.get("action") or path)
        if where := _name_of(action):
            names = frozenset(re.sub("[0-9]+", "n", name) for name in form.fields.keys())  # noqa: SIM118
            form.set("action", action)
            found.markup.setdefault((f"{form.method} {where}", names), (role, form))


def _forms_in(value: Any, depth: int = 0) -> Iterator[forms.BaseForm]:
    if isinstance(value, forms.BaseForm):
        yield value
    elif isinstance(value, forms.BaseFormSet):
        yield from [*value.forms, value.empty_form]
    elif depth < 5 and isinstance(value, dict):
        for one in list(value.values()):
            yield from _forms_in(one, depth + 1)
    elif depth < 5 and isinstance(value, list | tuple):
        for one in value[:50]:
            yield from _forms_in(one, depth + 1)
    elif depth < 5 and type(value).__module__.startswith(OURS):
        yield from _forms_in(dict(getattr(value, "__dict__", {})), depth + 1)


def _name_of(address: str) -> str:
    try:
        return resolve(urlsplit(address).path).url_name or ""
    except Resolver404:
        return ""


def test_all_pages_were_walked(walked: Walked) -> None:
    assert walked.pages > 120
    assert len(walked.fields) > 250
    assert len(walked.markup) > 80


def test_every_word_in_every_field_is_kept_as_typed_or_refused_in_a_sentence(walked: Walked) -> None:
    wrong, tried = [], 0
    for name, one in walked.fields.items():
        for word in WORDS:
            tried += 1
            try:
                value = one.clean(word)
            except ValidationError as refusal:
                if not all(str(m).strip() for m in refusal.messages):
                    wrong.append(f"{name}: {word!r} is refused without a word")
                continue
            texts = value if isinstance(value, list) else [value]
            wrong += [
                f"{name}: {word!r} becomes {text!r}"
                for text in texts
                if isinstance(text, str) and not isinstance(one, forms.ChoiceField) and text != _kept(one, text)
            ]
            if type(one) is CleanField and value != clean_text(word, multiline=one.multiline):
                wrong.append(f"{name}: {word!r} becomes {value!r}")
    assert wrong == []
    record("inputs_tried", tried)


def _kept(one: forms.Field, text: str) -> str:
    """What is kept of a text that was kept: the same."""
    has_lines = isinstance(one.widget, forms.Textarea) and not isinstance(one, LinesField)
    return text if getattr(one, "strip", True) is False else clean_text(text, multiline=has_lines)


LONG = ["a" * 100_000, "(" * 100_000, "1-" * 50_000, " " * 100_000 + "a", "\u0301" * 100_000, "a b " * 25_000]


def test_no_field_takes_a_hundred_thousand_characters(walked: Walked) -> None:
    """A text that is too long is refused at its field, before anything that takes long looks at it."""
    wrong, tried = [], 0
    for name, one in walked.fields.items():
        for text in LONG:
            tried += 1
            try:
                value = one.clean(text)
            except ValidationError:
                continue
            if len(str(value)) > LONGEST:
                wrong.append(f"{name}: {len(str(value)):,} characters")
    assert wrong == []
    record("inputs_tried", tried)


def test_a_field_of_text_has_the_one_door(walked: Walked) -> None:
    """A plain CharField would take what shows nothing at all for an answer."""
    plain = [
        name
        for name, one in walked.fields.items()
        if type(one) is forms.CharField and not isinstance(one.widget, forms.Select)
        and not name.startswith(("AuthenticateForm", "ActivateTOTPForm", "LoginForm"))
    ]  # fmt: skip
    assert plain == []


def test_every_form_meets_hostile_words_and_shows_them_as_text(walked: Walked) -> None:
    wrong, tried = [], 0
    for (what, _), (role, form) in walked.markup.items():
        method, _, name = what.partition(" ")
        if name in {"account_logout"}:
            continue
        for turn in range(ROUNDS):
            data, typed = _filled_in(form, turn)
            tried += typed
            if not typed:
                continue
            action = form.get("action")
            with transaction.atomic():
                client = walked.clients[role]
                answer = client.post(action, data) if method == "POST" else client.get(action.split("?")[0], data)
                if answer.status_code in (302, 303):
                    answer = client.get(urljoin(action, answer["Location"]))
                transaction.set_rollback(True)
            if answer.status_code >= 500:
                wrong.append(f"{what} ({role}, turn {turn}): {answer.status_code}")
            elif answer["Content-Type"].startswith("text/html"):
                wrong += [f"{what} ({role}, turn {turn}): {found}" for found in not_ours(answer.content)]
    assert wrong == []
    record("inputs_tried", tried)


def _filled_in(form: Any, turn: int) -> tuple[dict[str, Any], int]:
    """What the form would send as it is shown, with hostile words in all its texts; and how many those are."""
    data: dict[str, Any] = {}
    words = 0
    for place, one in enumerate(form.inputs):
        name, value = one.name, one.value
        if not name:
            continue
        kind = "textarea" if one.tag == "textarea" else one.get("type", "") if one.tag == "input" else one.tag
        start = turn * 131 + place * 7
        if kind == "textarea":
            data[name] = "\n".join(WORDS[(start + n) % len(WORDS)] for n in range(40))
            words += 40
        elif kind in TEXT or (kind == "hidden" and turn == 2 and name not in ("once", "csrfmiddlewaretoken")):
            data[name] = WORDS[start % len(WORDS)]
            words += 1
        elif kind in ("radio", "checkbox") and value is not None:
            data[name] = [*value] if not isinstance(value, str) and hasattr(value, "__iter__") else value
        elif value is not None and kind != "file":
            data[name] = [*value] if not isinstance(value, str) else value
    if "once" in form.fields:
        data["once"] = new_key()
    return data, words


def not_ours(page: bytes) -> list[str]:
    """Elements and attributes that no template of ours writes, but a hostile word would."""
    found = []
    for one in html.fromstring(page or b"<p>").iter():
        if not isinstance(one.tag, str):
            continue
        if one.tag in {"iframe", "object", "embed", "base", "frame", "marquee", "style"}:
            found.append(one.tag)
        if one.tag == "script" and not one.get("src") and one.get("type") != "application/json":
            found.append("script")
        for name, value in one.attrib.items():
            if name.lower().startswith("on"):
                found.append(f"{one.tag} {name}")
            if name in LINKS and re.match(r"\s*(javascript|vbscript|data:text|//|https?:|file:)", value, re.IGNORECASE):
                found.append(f"{one.tag} {name}={value[:60]}")
    return found
