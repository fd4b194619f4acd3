"""Text that would keep a program busy: patterns that try every way, and what is bounded before it is looked at."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import models
from django.urls import reverse

from claims.services.remittances import import_file
from documentation.kernel.machine import Refused
from documentation.kernel.permissions import Role
from documentation.models import Patient
from documentation.models.fields import CleanCharField, CleanTextField
from documentation.views.once import new_key
from tests import factories as f
from tests.assurance import record
from tests.hostile.test_uploads import person

sre: Any = re._parser  # type: ignore[attr-defined]
ROOT = Path(settings.BASE_DIR)
_CALLS = {"compile", "match", "fullmatch", "search", "sub", "split", "findall", "finditer"}
REPEATS = {"MAX_REPEAT", "MIN_REPEAT"}


def patterns() -> Iterator[tuple[str, str]]:
    """Every pattern that the program holds, with its place."""
    for folder in ("documentation", "claims", "config"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args
                if is_call and node.func.attr in _CALLS and getattr(node.func.value, "id", "") == "re":
                    first = node.args[0]
                    if isinstance(first, ast.Constant) and isinstance(first.value, str):
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", first.value


PATTERNS = list(patterns())


def letters(node: Any) -> set[str]:
    """The first letters with which a piece of a pattern can begin, of the first 256."""
    if str(node[0]) in ("LITERAL", "NOT_LITERAL", "IN", "ANY", "CATEGORY"):
        one = sre.SubPattern(sre.State())
        one.append(node)
        compiled = re._compiler.compile(one)  # type: ignore[attr-defined]
        return {chr(n) for n in range(256) if compiled.match(chr(n))}
    return set(map(chr, range(256)))


def _endless(node: Any) -> bool:
    return str(node[0]) in REPEATS and node[1][1] > 20


def nested(pattern: Any) -> list[str]:
    """Repeats within repeats that can share out the same letters in more than one way."""
    found = []
    for node in pattern:
        kind, value = str(node[0]), node[1]
        if kind in REPEATS:
            inner = list(_flat(value[2]))
            if _endless(node):
                found += [
                    str(one)[:60]
                    for place, one in enumerate(inner)
                    if _endless(one) and not _is_parted(inner, place)
                ]  # fmt: skip
            found += nested(value[2])
        elif kind == "SUBPATTERN":
            found += nested(value[3])
        elif kind == "BRANCH":
            for branch in value[1]:
                found += nested(branch)
        elif kind in ("ASSERT", "ASSERT_NOT"):
            found += nested(value[1])
    return found


def _flat(pattern: Any) -> Iterator[Any]:
    for node in pattern:
        if str(node[0]) == "SUBPATTERN":
            yield from _flat(node[1][3])
        else:
            yield node


def _is_parted(inner: list[Any], place: int) -> bool:
    """Whether something that must stand beside a repeat tells one turn from the next."""
    of_repeat = letters(inner[place][1][2][0]) if len(inner[place][1][2]) == 1 else set(map(chr, range(256)))
    others = [one for n, one in enumerate(inner) if n != place and str(one[0]) not in REPEATS]
    return any(not (letters(one) & of_repeat) for one in others)


def test_the_patterns_are_found() -> None:
    assert len(PATTERNS) > 60
    assert nested(sre.parse(r"([a-z]+[-]?)*x"))
    assert nested(sre.parse(r"(a+)+"))
    assert not nested(sre.parse(r"[a-z]+(-[a-z]+)*"))


def test_no_pattern_repeats_what_repeats_itself() -> None:
    wrong = {place: found for place, pattern in PATTERNS if (found := nested(sre.parse(pattern)))}
    assert wrong == {}


RUN = """
import json, re, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
evil = ["a" * 3000 + "!", "1-" * 1500 + "!", "(" * 3000, " " * 3000 + "x", "a." * 1500 + "@", "\\n" * 3000,
        "0" * 3000 + "x", "A1 " * 1000 + "~", "<" * 3000, "*" * 3000 + "~", "%d" * 1500, "é" * 3000 + "!"]
for pattern in json.load(sys.stdin):
    compiled = re.compile(pattern)
    for text in evil:
        compiled.search(text), compiled.fullmatch(text), compiled.match(text)
print("done")
"""


def test_every_pattern_comes_to_an_end_on_text_made_to_keep_it_busy() -> None:
    """All of them together in a process that may use one minute of a processor; one bad pattern would use years."""
    given = json.dumps([pattern for _, pattern in PATTERNS])
    done = subprocess.run([sys.executable, "-I", "-c", RUN], input=given, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "done", done.stderr[-500:]
    record("inputs_tried", 12 * len(PATTERNS))


def test_no_template_cuts_or_links_what_people_typed() -> None:
    """These filters parse markup, and their work grows with the square of what they are given."""
    slow = re.compile(r"\|\s*(truncatechars_html|truncatewords_html|urlize|urlizetrunc|striptags|safe|safeseq)\b")
    assert [str(p) for p in (ROOT / "templates").rglob("*.html") if slow.search(p.read_text())] == []


def test_every_column_of_text_says_how_much_it_takes() -> None:
    from django.apps import apps
    from django.core.validators import MaxLengthValidator

    endless = [
        f"{model._meta.label}.{field.name}"
        for app in ("documentation", "claims")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.concrete_fields
        if (isinstance(field, CleanCharField) and not field.max_length)
        or (isinstance(field, CleanTextField) and not any(isinstance(v, MaxLengthValidator) for v in field.validators))
    ]
    assert endless == []
    assert models.CharField is not CleanCharField


# --- Search boxes -------------------------------------------------------------------------------------------------

SEARCHES = {
    "60,000 characters": "x" * 60_000,
    "10,000 wildcards": "%" * 10_000,
    "underscores": "_" * 200,
    "a NUL": "a\x00b",
    "half a character": "\ud800",
    "10,000 words": "a " * 10_000,
    "letters of many": "ﷺ" * 200,
    "quotes": "'\"\\%_" * 50,
}


@pytest.mark.django_db
@pytest.mark.parametrize("what", SEARCHES)
@pytest.mark.parametrize("box", ["patient_list", "claim_list", "code_tables", "rule_list", "worklist", "find"])
def test_a_search_for_anything_is_answered(box: str, what: str) -> None:
    f.organization()
    patient = f.patient(last_name="Percent")
    client = person(f.user(role=Role.BILLER))
    text = SEARCHES[what].encode("utf-8", "surrogatepass")
    # As bytes, because no browser and no library would write half a character.
    from urllib.parse import quote_from_bytes

    body = "&".join(f"{name}={quote_from_bytes(text)}" for name in ("q", "patient"))
    posted = client.post(reverse(box), body, content_type="application/x-www-form-urlencoded")
    asked = client.get(reverse(box), QUERY_STRING=body)
    assert posted.status_code in (200, 405)
    assert asked.status_code == 200
    if box == "patient_list" and what not in ("a NUL", "10,000 words"):
        assert f"/patients/{patient}/" not in posted.content.decode()
    record("inputs_tried", 2)


# --- Importers ----------------------------------------------------------------------------------------------------

ENDLESS = {
    "one segment of 20 MB": b"CLP*" + b"x" * 20_000_000,
    "5,000,000 elements": b"CLP" + b"*" * 5_000_000,
    "300,000 headers": b"ISA*00*" * 300_000,
    "2,000,000 terminators": b"~" * 2_000_000,
}


@pytest.mark.django_db
@pytest.mark.parametrize("what", ENDLESS)
@pytest.mark.parametrize("with_head", [True, False], ids=["behind a header", "alone"])
def test_a_file_without_an_end_is_refused_or_set_aside(what: str, with_head: bool) -> None:
    head = (
        b"ISA*00*          *00*          *ZZ*99991          *ZZ*HARBOR         *261106*0930*^*00501*000000101*0*T*:~"
        b"GS*HP*99991*HARBOR*20261106*0930*101*X*005010X221A1~ST*835*0001~"
    )
    from claims.models import Remittance

    told: tuple[str, ...] = ()
    try:
        import_file((head if with_head else b"") + ENDLESS[what], "endless.835", by=f.user(role=Role.BILLER), at=f.AT)
    except Refused as refused:
        told = tuple(refused.reasons)
    assert [reason for reason in told if not reason.endswith(".")] == []
    assert not Remittance.objects.filter(problems=[]).exists()
    record("inputs_tried", 1)


@pytest.mark.django_db
def test_a_name_of_letters_that_stand_for_many_is_kept_on_every_engine() -> None:
    """What a search looks at is longer than what was typed: it must fit all the same."""
    client = person(f.user(role=Role.ASSISTANT))
    f.organization()
    name = "ﷺ" * 60
    given = {
        "first_name": name,
        "last_name": name,
        "middle_name": name,
        "birth_date": "1980-02-03",
        "chart_number": "L-1",
    }
    answer = client.post(reverse("patient_new"), {**given, "once": new_key()})
    assert answer.status_code == 302, answer.content[:3000]
    assert Patient.objects.get(chart_number="L-1").last_name == name
