"""Doors that nobody thinks of: names in lists, files by their path, fields in a form."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.urls import NoReverseMatch, reverse

from claims.models import Coverage
from documentation.kernel.permissions import Role
from documentation.models import Patient, PatientWord, StoredFile
from documentation.views.addresses import Address
from documentation.views.once import new_key
from tests import assurance
from tests import factories as f
from tests.architecture.test_every_url_is_guarded import (
    ADDRESSES,
    World,
    client_of,
    made_once,  # noqa: F401  the fixture
    undone,
    world,  # noqa: F401  the fixture
)
from tests.architecture.walks import TABLE, may
from tests.dumps import BESIDES, counts, difference, dump

BY_NAME = {a.name: a for a in ADDRESSES}


def test_no_page_that_an_administrator_opens_names_a_patient(world: World) -> None:  # noqa: F811
    """Lists, counts, hints, exports, drafts: whoever sees no chart finds nobody in anything else either."""
    # Words that stand nowhere else: the examples beside the rules are of the same invented people.
    secrets = ("Zanzibar", "Quillon", "2025550177", "CHART-77Q", "MEMBER77Q", "zq@example.org")
    Patient.objects.update(
        last_name=secrets[0], first_name=secrets[1], phone=secrets[2], email=secrets[5], search_text="quillon zanzibar"
    )
    Patient.objects.filter(pk=world.claim.encounter.patient_id).update(chart_number=secrets[3])
    Coverage.objects.update(member_id=secrets[4])
    client, checked = client_of(world.people[Role.ADMINISTRATOR]), 0
    for address in (a for a in ADDRESSES if may(a, Role.ADMINISTRATOR)):
        for method in TABLE[address.name]["methods"]:
            with undone():
                answer = getattr(client, method)(world.fill(address), {"once": new_key()} if method == "post" else {})
            if address.name == "account_logout" and method == "post":
                client = client_of(world.people[Role.ADMINISTRATOR])
            said = b"".join(answer.streaming_content) if answer.streaming else answer.content
            found = [s for s in secrets if s.encode() in said]
            assert found == [], f"{method} {address.route}"
            checked += 1
    assurance.record("answers to an administrator searched for a patient's name", checked)


# --- Files --------------------------------------------------------------------------------------------------------

BEFORE = ("/media/", "/media/../", "/", "/static/../media/", "/%2e%2e/media/", "/static/%2e%2e/media/", "/files/")


@pytest.mark.parametrize("who", [None, Role.CLINICIAN, Role.MANAGER])
def test_no_address_leads_to_a_file_by_its_place(world: World, who: Role | None) -> None:  # noqa: F811
    client, tried = client_of(world.people[who] if who else None), 0
    names = [*StoredFile.objects.values_list("path", flat=True)[:5], "db.sqlite3", "../db.sqlite3", ".secret_key"]
    for before in (*BEFORE, settings.MEDIA_URL):
        for name in names:
            answer = client.get(before + name)
            assert answer.status_code == 404, before + name
            tried += 1
    assurance.record("places of stored files guessed", tried)


# --- Fields -------------------------------------------------------------------------------------------------------

NOT_THEIRS = {
    "id": "1", "pk": "1", "signed_by": "2", "signed_at": "2026-01-01", "signer": "1", "status": "signed",
    "preparation": "ready", "transport": "accepted", "adjudication": "paid", "closing": "closed",
    "posted_at": "2026-01-01", "is_superuser": "1", "is_staff": "1", "is_active": "1", "role": "administrator",
    "user": "1", "by": "1", "owner": "1",
    "version": "9", "revision": "9", "recorded_by": "1", "sealed_by": "1", "sha256": "0" * 64, "patient": "2",
    "encounter": "2", "claim": "2", "practice": "2", "approved_by": "1",
}  # fmt: skip


def holding() -> dict[str, int]:
    """How many rows hold what is posted below, for each column of such a name."""
    asked, given = [], []
    columns = [(m._meta.db_table, c.column, c.name) for m in apps.get_models() for c in m._meta.concrete_fields]
    for table, column, name in columns:
        if name in NOT_THEIRS and name not in {"id", "pk"} and table not in BESIDES:
            text = f'CAST("{column}" AS TEXT)'
            asked.append(
                f"SELECT '{table}.{column}', COUNT(*) FROM \"{table}\" WHERE {text} IN (%s, %s) OR {text} LIKE %s"
            )
            # PostgreSQL writes out what is true, and a moment begins with its day.
            value = NOT_THEIRS[name]
            given += [value, "true" if value == "1" else value, f"{value} %"]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked), given)
        return dict(cursor.fetchall())


def test_fields_that_a_form_does_not_have_are_ignored_or_refused(world: World) -> None:  # noqa: F811
    """Whatever a request says of status, people and keys: not one row is another one. Where the address acts without
    any field, it makes as many rows as without those, and none of them holds what they say.

    Most of these forms are refused, for they are not filled in; what a good one writes is looked at below.
    """
    tried, wrong, before = 0, [], dump()
    clients = {role: client_of(world.people[role]) for role in Role}
    for address in (a for a in ADDRESSES if "post" in TABLE[a.name]["methods"] and a.name != "account_logout"):
        role = next((r for r in (Role.BILLER, *Role) if may(address, r)), None)
        if role is None or address.is_by_phone:
            continue
        found = []
        for data in (NOT_THEIRS, {}):
            client = clients[role]
            kept = client.cookies.copy()
            with undone():
                answer = client.post(world.fill(address), {"once": new_key(), **data})
                if answer.streaming:
                    b"".join(answer.streaming_content)
                if difference(before, dump()):
                    found.append((counts(), holding()))
            client.cookies = kept
            if not found:
                break
        if found and (len(found) == 1 or found[0] != found[1]):
            wrong.append(f"{address.route}: {differing(*found)}")
        tried += len(NOT_THEIRS)
    assert wrong == []
    assurance.record("fields posted that no form has", tried)


Held = tuple[dict[str, int], dict[str, int]]


def differing(there: Held, without: Held | None = None) -> str:
    if without is None:
        return "it acts with these fields, and not without them"
    return str(sorted((there[0].items() ^ without[0].items()) | (there[1].items() ^ without[1].items())))


@pytest.mark.django_db
def test_a_correction_takes_the_fields_of_its_form_and_no_other() -> None:
    """With a form that is filled in rightly, the rows are those that it makes without the foreign fields."""
    biller, person = f.user(role=Role.BILLER), f.patient()
    client, kept = client_of(biller), []
    names = "first_name last_name birth_date sex chart_number line1 city state zip phone".split()
    filled = {n: str(getattr(person, n)) for n in names} | {"middle_name": "Lee", "seen": str(person.revision)}
    for more in ({}, NOT_THEIRS):
        with undone():
            answer = client.post(f"/patients/{person}/edit/", {"once": new_key(), **more, **filled})
            assert answer.status_code == 302, answer.content.decode()
            words = map(repr, PatientWord.objects.order_by("word").values_list("patient", "word"))
            kept.append(dump() | {"documentation_patientword": tuple(words)})  # PostgreSQL gives no number twice
    assert difference(kept[0], kept[1]) == []
    assert "Lee" in str(kept[1]["documentation_patient"])


# --- The admin ----------------------------------------------------------------------------------------------------


def test_there_is_no_admin_that_could_step_round_a_rule() -> None:
    """Django's admin would write rows past every verb: it is not installed, and no address leads to one."""
    assert not apps.is_installed("django.contrib.admin")
    assert [a.route for a in ADDRESSES if "admin" in a.route] == []
    with pytest.raises(NoReverseMatch):
        reverse("admin:index")


# --- Verbs --------------------------------------------------------------------------------------------------------

TESTS = Path(__file__).resolve().parents[1]
_HOLE = re.compile(r"\{[^{}]*\}")
GENERAL = (
    "test_a_role_opens_what_the_file_says_by_the_methods_that_it_says",  # a colleague may; another role 403; GET 405
    "test_strangers_open_what_the_file_says_and_no_more",
    "test_an_unknown_number_is_not_found",
    "test_no_number_however_odd_breaks_a_page",
    "test_fields_that_a_form_does_not_have_are_ignored_or_refused",
)
"""Tests that try each verb by themselves, because they read the addresses. The sixth is one that drives the verb."""

DRIVEN = {
    "hand_out_now": "test_twenty_denials_in_nine_actions",
    "image_describe": "test_a_picture_is_described_and_lies_where_its_finding_lies",
    "image_move": "test_pictures_move_and_leave_and_the_figures_follow",
    "image_remove": "test_pictures_move_and_leave_and_the_figures_follow",
}
"""Verbs whose test puts the address together, or presses the button."""


def literals(path: Path) -> tuple[set[str], set[str]]:
    """What a file of tests says: names of addresses and addresses, with a hole where a number stands."""
    words: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words.add(node.value)
        if isinstance(node, ast.JoinedStr):
            words.add("".join(v.value if isinstance(v, ast.Constant) else "{}" for v in node.values))
    return {w for w in words if w in BY_NAME}, {w for w in words if "/" in w and " " not in w}


def test_each_verb_has_its_six_tests() -> None:
    """Works, a colleague's too, a stranger's not, by no other method, by no wrong number, by no other role."""
    there: set[str] = set()
    named: set[str] = set()
    tails: set[str] = set()
    for path in TESTS.rglob("test_*.py"):
        there |= set(re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))
        if path.parent.name != "architecture":
            names, addresses = literals(path)
            named |= names
            tails |= {_HOLE.sub("{}", a).split("?")[0] for a in addresses}
    assert set(GENERAL) <= there
    named |= {name for name, test in DRIVEN.items() if test in there}
    verbs = [a for a in ADDRESSES if TABLE[a.name]["methods"] == ["post"]]
    assert len(verbs) > 60
    assert sorted(a.name for a in verbs if a.name not in named and not any(fits(a, tail) for tail in tails)) == []
    assurance.record("verbs tried in six ways", len(verbs))


def fits(address: Address, said: str) -> bool:
    """Whether what a test says is this address, or its end behind a number that is put in front of it."""
    shape = re.sub(r"<[^>]*>", "{}", address.route)
    tail = shape.rsplit("{}/", 1)[1] if "{}/" in shape else shape
    given = re.sub(r"/(?:[PECK]\d{6,}|\d+)(?=/)", "/{}", said)
    is_end = given.strip("/") == tail.strip("/") or given.endswith("}/" + tail)
    return given == shape or (bool(tail) and is_end)
