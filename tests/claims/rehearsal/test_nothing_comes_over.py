"""What is planted into the practice, and whoever is in it, is nowhere in its rehearsal."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, connection, models, transaction

from claims.models import Claim, Coverage, RemittanceClaim
from claims.services.demo_work import fill
from claims.services.rehearsal import told
from claims.services.rehearsal.makers import TABLES
from claims.services.rehearsal.masks import RENUMBERED
from documentation.kernel.identifiers import npi_problem
from documentation.locks import drop_locks, install_locks
from documentation.models import Clinician, Encounter, Location, Patient, User
from documentation.services.backups import rows
from tests.claims.backups.processes import manage, new_database, start

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

NOW = datetime(2026, 11, 27, 15, tzinfo=UTC)
TODAY = NOW.date()
MARK = "\u0298"
"""A letter that nothing of ours holds: one of it fits into every column."""
TOKEN = f"{MARK}zqplanted"
BY_THE_PROGRAM = {"code", "word", "state", "zone", "credential"}
"""Columns on whose words the work depends; what is planted there is looked for in the lines alone."""
DUMP = """
import json, django
django.setup()
from django.apps import apps
for model in apps.get_models(include_auto_created=True):
    label = str(model._meta.label_lower)
    if model._meta.managed and label not in ("auth.permission", "contenttypes.contenttype"):
        names = [f.attname for f in model._meta.local_concrete_fields]
        for row in model._base_manager.order_by("pk").values_list(*names):
            print(json.dumps([label, dict(zip(names, map(str, row)))], ensure_ascii=False))
"""


@pytest.fixture
def practice(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    fill(seed=0, claims=10, at=NOW)


def plant(kinds_left_out: set[str] = frozenset()) -> int:  # type: ignore[assignment]
    """Put a token into every text of every row of every table, as far as the database itself lets it in."""
    planted = 0
    drop_locks(connection)
    for model in rows.tables(apps):
        label = str(model._meta.label_lower)
        for field in model._meta.local_concrete_fields:
            kind = TABLES.get(label, {}).get(field.attname, "")
            if kind in kinds_left_out or (model, field.name) == (User, "username"):
                continue
            planted += _plant(model, field)
    install_locks(connection)
    return planted


def _plant(model: Any, field: Any) -> int:
    if isinstance(field, models.JSONField):
        values = {key: json.dumps([TOKEN, {TOKEN: TOKEN, "carc": TOKEN}]) for key in _keys(model)}
    elif isinstance(field, models.CharField | models.TextField):
        values = {key: f"{MARK}{key}{TOKEN}"[: field.max_length] for key in _keys(model)}
    else:
        return 0
    done = 0
    for key, value in values.items():
        sql = f'UPDATE "{model._meta.db_table}" SET "{field.column}" = %s WHERE "{model._meta.pk.column}" = %s'
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql, [value, key])
                done = 1
        except IntegrityError:
            continue
    return done


def _keys(model: Any) -> list[Any]:
    return list(model._base_manager.values_list("pk", flat=True))


def lines(**how: Any) -> list[Any]:
    key = how.pop("key", b"k" * 32)
    return [json.loads(x) for x in told(set_back_claims=5, today=TODAY, at=NOW, tell=lambda *_: None, key=key, **how)]


def by_table(found: list[Any]) -> dict[str, list[dict[str, Any]]]:
    tables: dict[str, list[dict[str, Any]]] = {}
    head: dict[str, Any] = {}
    for line in found:
        if isinstance(line, dict):
            head = line
        elif "table" in head:
            tables.setdefault(head["table"], []).append(dict(zip(head["fields"], line, strict=True)))
    return tables


def real_ones() -> set[str]:
    """Who and what is in the practice: names, days of birth, numbers."""
    found: set[str] = set()
    for p in Patient.objects.all():
        found |= {p.first_name, p.middle_name, p.last_name, p.chart_number, p.phone, p.email, p.line1}
        found |= {f"{p.birth_date}", f"{p.birth_date:%m/%d/%Y}", f"{p.birth_date:%Y%m%d}", p.zip}
    for c in Coverage.objects.select_related("payer"):
        found |= {c.member_id, c.group_number, c.subscriber_first_name, c.subscriber_last_name, c.payer.payer_id}
        found |= {str(c.subscriber_birth_date) if c.subscriber_birth_date else "", c.plan_name, c.payer.name}
    for who in (*Clinician.objects.all(), *User.objects.all()):
        found |= {who.first_name, who.last_name, getattr(who, "npi", ""), getattr(who, "licence", "")}
    found |= {u.password for u in User.objects.all()} | {p.npi for p in Location.objects.all()}
    found |= {p.tax_id for p in Location.objects.all()} | {p.name for p in Location.objects.all()}
    for a in RemittanceClaim.objects.all():
        found |= {a.patient_name, a.payer_control, a.member_id, a.patient_control}
    return {one for one in found if one}


def found_in(texts: list[str], wanted: set[str]) -> set[str]:
    said = re.compile(r"(?<!\w)(" + "|".join(map(re.escape, sorted(wanted, key=len, reverse=True))) + r")(?!\w)", re.I)
    return {hit for text in texts for hit in said.findall(text)}


def test_not_a_letter_of_what_is_planted_is_told(practice: None) -> None:
    assert plant() > 250
    found = lines()
    assert len(found) > 300
    assert not [line for line in found if MARK in json.dumps(line, ensure_ascii=False)]


def test_who_is_told_of_is_made_up_and_fits_together(practice: None) -> None:
    """The practice takes long to be made, so that all of it is looked at once."""
    before = {m: list(m._base_manager.order_by("pk").values_list()) for m in rows.tables(apps)}
    _nobody_of_the_practice_is_told_of()
    _a_day_of_birth_is_another_and_everybody_is_as_old_on_each_day_of_service()
    _days_keep_their_distances_and_their_weekdays()
    _numbers_of_providers_are_valid_and_others()
    _the_same_one_is_the_same_everywhere_and_another_copy_knows_nothing_of_it()
    _numbers_keep_their_order_and_are_not_those_of_the_practice()
    # Telling wrote nothing.
    assert {m: list(m._base_manager.order_by("pk").values_list()) for m in rows.tables(apps)} == before


def _nobody_of_the_practice_is_told_of() -> None:
    wanted = real_ones()
    assert len(wanted) > 60
    told_of = [json.dumps(row, ensure_ascii=False) for some in by_table(lines()).values() for row in some]
    assert found_in(told_of, wanted) == set()


@pytest.mark.django_db(transaction=True)
def test_nothing_of_the_practice_is_in_the_copy_or_its_files(practice: None, tmp_path: Path) -> None:
    wanted = real_ones()
    plant(kinds_left_out=BY_THE_PROGRAM | {"first_name", "last_name"})
    for path in Path(settings.MEDIA_ROOT).rglob("*"):
        if path.is_file():
            path.write_bytes(TOKEN.encode() + path.read_bytes())
    people = User.objects.count()
    with new_database(tmp_path) as into:
        folder = tmp_path / "copy"
        made = manage("rehearsal", "--into", into, "--media", folder, "--json")
        assert made.returncode == 0, made.stderr
        answer = json.loads(made.stdout)
        assert len(answer["users"]) == people
        dump = start(DUMP, DATABASE_URL=into, MEDIA_ROOT=str(folder))
        copied, errors = dump.communicate()
        assert dump.returncode == 0, errors
        whole = copied.splitlines()
        assert len(whole) > 300
        assert MARK not in copied
        assert found_in(whole, wanted) == set()
        assert answer["password"] not in copied
        raw = [p.read_bytes() for p in folder.rglob("*") if p.is_file()]
        raw += [p.read_bytes() for p in tmp_path.glob("new.sqlite3*")]
        assert len(raw) > 4
        assert not [1 for data in raw if b"zqplanted" in data]
        for name in (n for n in wanted if len(n) > 6):
            assert not [1 for data in raw if name.encode() in data], name
        _works(into, folder)
    assert User.objects.count() == people


def _works(into: str, folder: Path) -> None:
    """The copy stands by itself: what is counted, what is signed, and the machine are in order."""
    place = {"DATABASE_URL": into, "MEDIA_ROOT": str(folder)}
    for command in (["rebuild_summaries", "--check"], ["verify_audit"], ["doctor", "--json"]):
        done = manage(*command, **place)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    again = manage("rehearsal", "--into", "sqlite:////nowhere/other.sqlite3", **place)
    assert again.returncode == 1
    assert "This is a rehearsal itself" in again.stderr


def _a_day_of_birth_is_another_and_everybody_is_as_old_on_each_day_of_service() -> None:
    tables = by_table(lines())
    real = dict(zip(_keys(Patient), Patient.objects.order_by("pk"), strict=True))
    made = dict(zip(sorted(real), tables["documentation.patient"], strict=True))
    days = dict(zip(sorted(_keys(Encounter)), tables["documentation.encounter"], strict=True))
    for visit in Encounter.objects.select_related("patient"):
        born, then = (date.fromisoformat(made[visit.patient_id]["birth_date"]), days[visit.pk]["service_date"])
        assert born != visit.patient.birth_date
        assert _age(born, date.fromisoformat(then)) == _age(visit.patient.birth_date, visit.service_date)


def _age(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _days_keep_their_distances_and_their_weekdays() -> None:
    made = by_table(lines())["claims.claim"]
    moved = {
        real.service_date - date.fromisoformat(row["service_date"])
        for real, row in zip(Claim.objects.order_by("pk"), made, strict=True)
    }
    (by,) = moved
    assert by.days % 7 == 0
    assert 7 <= by.days <= 28


def _numbers_of_providers_are_valid_and_others() -> None:
    real = {c.npi for c in Clinician.objects.all()}
    made = [row["npi"] for row in by_table(lines())["documentation.clinician"]]
    assert not [n for n in made if npi_problem(n)]
    assert not real & set(made)


def _the_same_one_is_the_same_everywhere_and_another_copy_knows_nothing_of_it() -> None:
    one, other = by_table(lines()), by_table(lines(key=b"o" * 32))
    patients = {row["id"]: row for row in one["documentation.patient"]}
    visits = {row["id"]: row["patient_id"] for row in one["documentation.encounter"]}
    claims = {row["id"]: visits[row["encounter_id"]] for row in one["claims.claim"]}
    members = {row["member_id"] for row in one["claims.coverage"]}
    matched = [row for row in one["claims.remittanceclaim"] if row["claim_id"]]
    assert matched
    for answer in matched:
        person = patients[claims[answer["claim_id"]]]
        if answer["patient_name"]:
            assert answer["patient_name"] == f"{person['last_name']}, {person['first_name']}".upper()
        assert not answer["member_id"] or answer["member_id"] in members
    assert {row["member_id"] for row in other["claims.coverage"]}.isdisjoint(members)


def _numbers_keep_their_order_and_are_not_those_of_the_practice() -> None:
    tables = by_table(lines())
    for model in map(apps.get_model, RENUMBERED):
        made = [row["id"] for row in tables[str(model._meta.label_lower)]]
        assert made, model
        assert made == sorted(made)
        assert set(made).isdisjoint(_keys(model))
