"""What an address asks for: order and filters come from lists of ours, and nothing typed becomes a name of a column."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from documentation.kernel.permissions import Role
from documentation.models import Encounter
from tests import factories as f
from tests.assurance import record
from tests.hostile.test_uploads import person

ROOT = Path(settings.BASE_DIR)
SOURCES = [p for folder in ("documentation", "claims", "config") for p in sorted((ROOT / folder).rglob("*.py"))]


def calls(*names: str) -> Iterator[tuple[str, ast.Call]]:
    for path in SOURCES:
        if "migrations" not in path.parts:
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names:
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_no_order_is_made_of_what_an_address_says() -> None:
    """Columns are written down where they are ordered by, or stand in a tuple of ours."""
    told = [
        (place, ast.unparse(argument))
        for place, call in calls("order_by")
        for argument in call.args
        if not isinstance(argument, ast.Constant | ast.Call)
    ]
    assert [one for one in told if "request" in one[1] or "GET" in one[1] or "POST" in one[1]] == []
    starred = [text for _, text in told]
    assert all(re.fullmatch(r"\*?[A-Za-z_.\[\]']+|f?'[-\w{}]+'|.+ if .+", text) for text in starred), told


def test_no_filter_is_made_of_what_an_address_says() -> None:
    """`**request.GET` would let anybody ask the hash of a password letter by letter."""
    spread = [
        (place, ast.unparse(keyword.value))
        for place, call in calls("filter", "exclude", "get", "annotate", "update", "create", "aggregate")
        for keyword in call.keywords
        if keyword.arg is None
    ]
    assert spread
    assert [one for one in spread if re.search(r"request|GET|POST|cleaned_data|\.dict\(", one[1])] == []


def test_no_sql_is_put_together_of_texts() -> None:
    assert [place for place, _ in calls("extra", "raw")] == []
    made = [
        (place, ast.unparse(call.args[0]))
        for place, call in calls("execute")
        if call.args and not isinstance(call.args[0], ast.Constant)
    ]
    # Names of our own tables, columns and triggers; values travel apart from the text.
    assert [one for one in made if re.search(r"\b(request|POST|GET|cleaned_data|typed)\b", one[1])] == []


HOSTILE = (
    {"sort": "-created_at);DROP TABLE claims_claim"},
    {"sort": "encounter__clinician__user__password", "order": "encounter__clinician__user__password"},
    {"order_by": "password", "o": "password", "ordering": "password"},
    {"filter[encounter__clinician__user__password__startswith]": "a"},
    {"encounter__clinician__user__password__startswith": "a", "user__password__regex": "^(a+)+$"},
    {"payer__name__icontains": "x", "pk__in": "1", "pk": "1 OR 1=1", "id": "abc"},
    {"sort": "\x00", "queue": "\x00", "status": "\x00", "payer": "\x00", "page": "\x00"},
    {"sort": ["a", "b", "-pk"], "page": ["9e99", "-1"], "payer": ["9" * 5000, "-1", "\u0661"]},
)
LISTS = (
    "claim_list", "worklist", "remittance_list", "appeal_list", "deadline_list", "encounter_list", "patient_list",
    "rule_list", "code_tables", "write_off_list", "payer_list", "dashboard", "unmatched_list", "visits_to_verify",
    "usersessions_list", "today", "home", "schedule", "find",
)  # fmt: skip


@pytest.fixture
def practice(db: None) -> Client:
    f.organization()
    biller = f.user(role=Role.MANAGER)
    for _ in range(3):
        f.claim_at(by=biller, preparation="ready")
    assert Encounter.objects.count() == 3
    return person(biller)


def _shown(answer: Any) -> list[str]:
    """Claims, encounters and patients in the order in which the page names them."""
    return re.findall(r"\b[CEP]\d{6}\b", answer.content.decode())


def test_a_key_that_is_none_of_ours_changes_nothing(practice: Client) -> None:
    """The same rows in the same order, whatever is asked; a word of ours with a value that is none may find nothing."""
    wrong = []
    for name in LISTS:
        url = reverse(name)
        usual = _shown(practice.get(url, follow=True))
        for asked in HOSTILE:
            odd = practice.get(url, asked, follow=True)
            found = _shown(odd)
            narrows = {"queue", "status", "payer", "page", "pk"} & set(asked)
            is_sound = set(found) <= set(usual) if narrows else found == usual
            if odd.status_code != 200 or b"FieldError" in odd.content or not is_sound:
                wrong.append(f"{url} {asked}: {odd.status_code}")
    assert wrong == []
    record("inputs_tried", len(LISTS) * len(HOSTILE))
