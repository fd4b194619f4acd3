"""What stands in a full export and what does not, and the words that explain it to whoever has no Ductus."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC
from typing import Any, cast

from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.db import models

from documentation.kernel.sheets import harmless
from documentation.models import StoredFile
from documentation.queries.retention import holds, load_periods
from documentation.retention.periods import KINDS
from documentation.services.backups import rows

README, MANIFEST, COLUMNS, STORED = "README.txt", "manifest.json", "columns.csv", "files.csv"
FORMAT = "ductus export 1"

_OPENS = "A secret: whoever holds it signs in as somebody, or opens what a link opens."
_PASSING = "What one server was doing at this moment."
TABLES_LEFT_OUT: Mapping[str, str] = {
    "account.emailconfirmation": _OPENS,
    "claims.calendarlink": _OPENS,
    "claims.fullexport": "Which exports were made: the audit trail tells of them, too.",
    "documentation.accountlink": _OPENS,
    "documentation.actionkey": _PASSING,
    "documentation.firstlink": _OPENS,
    "documentation.guesses": _PASSING,
    "documentation.job": _PASSING,
    "documentation.phonelink": _OPENS,
    "documentation.presence": _PASSING,
    "documentation.recoverycode": _OPENS,
    "mfa.authenticator": "Seeds of authenticator apps and passkeys: secrets of single persons.",
    "sessions.session": "Who was signed in at this moment.",
    "usersessions.usersession": "Who was signed in at this moment.",
}
"""By table, why its rows are not exported."""
COLUMNS_LEFT_OUT: Mapping[str, Mapping[str, str]] = {
    "documentation.user": {"password": "Hashes of passwords: everybody chooses a new one where the export is loaded."},
}


def tables() -> list[rows.Model]:
    """Every table that is exported, in a lasting order."""
    return [m for m in rows.tables(apps) if m._meta.label_lower not in TABLES_LEFT_OUT]


def fields_of(model: rows.Model) -> list[str]:
    gone = COLUMNS_LEFT_OUT.get(str(model._meta.label_lower), {})
    return [name for name in rows.names(model) if name not in gone]


def filled() -> dict[str, dict[str, Any]]:
    """What rows get where they are loaded in columns that are not exported: a password that opens nothing."""
    return {"documentation.user": {"password": make_password(None)}}


# --- As a spreadsheet ------------------------------------------------------------------------------------------------


def cells(values: list[Any]) -> list[str]:
    """A row of a table as the cells of a CSV file. Nothing in them runs in a spreadsheet."""
    return [harmless(_cell(value)) for value in values]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


COLUMN_HEADS = ("Table", "Column", "Kind", "May be empty", "Points to", "Words", "What it says", "Exported")


def columns() -> Iterator[list[str]]:
    """A line for each column of each table: what it is called, what it holds, and whether it is exported."""
    listed = rows.tables(apps) + [m for m in apps.get_models() if m._meta.label_lower in rows.LEFT_OUT]
    for model in sorted(listed, key=lambda m: str(m._meta.label_lower)):
        label, meanings = str(model._meta.label_lower), _meanings(model)
        why_not = TABLES_LEFT_OUT.get(label, "")
        for field in model._meta.local_concrete_fields:
            why = why_not or COLUMNS_LEFT_OUT.get(label, {}).get(field.attname, "")
            yield [harmless(text) for text in _column(label, field, meanings.get(field.name, ""), why)]


def _column(label: str, field: Any, meaning: str, why: str) -> list[str]:
    target = field.related_model._meta.label_lower if field.is_relation else ""
    words = "; ".join(str(value) for value, _ in field.flatchoices)
    kind = "key of a row" if target else field.get_internal_type().removesuffix("Field")
    says = meaning or str(field.verbose_name)
    return [
        label,
        field.attname,
        kind,
        "yes" if field.null else "no",
        target,
        words,
        says,
        f"no. {why}" if why else "yes",
    ]


def _meanings(model: type[models.Model]) -> dict[str, str]:
    """What stands in the program below each column, by its name."""
    found: dict[str, str] = {}
    for cls in reversed(model.__mro__):
        if not (
            isinstance(cls, type)
            and issubclass(cls, models.Model)
            and cls.__module__.startswith(("documentation.", "claims."))
        ):
            continue
        try:
            body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
        except (OSError, TypeError, SyntaxError, IndexError):
            continue  # A link between two tables is written nowhere.
        statements = getattr(body, "body", [])
        for one, after in zip(statements, statements[1:], strict=False):
            text = getattr(getattr(after, "value", None), "value", None) if isinstance(after, ast.Expr) else None
            if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name) and isinstance(text, str):
                found[one.targets[0].id] = " ".join(text.split())
    return found


def stored_files(where: Mapping[str, str], absent: Collection[str]) -> Iterator[list[Any]]:
    """A line for each stored file: where it lies in the ZIP, by its SHA-256, and which rows use it."""
    yield ["SHA-256", "Lies at", "Bytes", "Kind", "Stored at", "Used by"]
    users: dict[int, list[str]] = {}
    for relation in StoredFile._meta.get_fields(include_hidden=True):
        if relation.auto_created and relation.is_relation:
            model, name = cast(Any, relation).related_model, cast(Any, relation).field.attname
            for key, file in model._base_manager.exclude(**{name: None}).values_list("pk", name).iterator():
                users.setdefault(file, []).append(f"{model._meta.label_lower} {key} ({name.removesuffix('_id')})")
    for row in StoredFile.objects.order_by("pk").iterator():
        if row.sha256 not in where and row.sha256 not in absent:
            continue  # It came after the moment of the tables.
        used = "; ".join(users.get(row.pk, [])) or "nothing any more"
        stored_at = row.stored_at.astimezone(UTC).isoformat()
        yield [row.sha256, where.get(row.sha256, "lost"), row.size, row.media_type, stored_at, used]


# --- How long it is kept ---------------------------------------------------------------------------------------------


def retention() -> dict[str, Any]:
    """The periods that count, those that came with the program included, and the patients on legal hold."""
    periods = [
        {
            "kind": KINDS[p.kind],
            "name": p.name,
            "for": p.whom_words,
            "kept": p.said if p.is_used else "does not apply here",
            "source": p.source,
            "verified_on": p.verified_on.isoformat() if p.verified_on else None,
        }
        for p in load_periods()
    ]
    return {"periods": periods, "on_hold": sorted({str(hold.patient) for hold in holds() if not hold.released_at})}


def _keeping(kept: Mapping[str, Any]) -> list[str]:
    lines = []
    for p in kept["periods"]:
        verified = f"verified on {p['verified_on']}" if p["verified_on"] else "not verified by the practice"
        lines.append(f"{p['kind']}: {p['name']}, {p['for'].lower()}: {p['kept']} ({verified}).")
    held = ", ".join(kept["on_hold"]) or "nobody"
    return [*lines, "", f"On legal hold: {held}. tables/documentation.legalhold.csv says why, and which were released."]


# --- What is told ----------------------------------------------------------------------------------------------------


def readme(manifest: Mapping[str, Any]) -> str:
    """The first thing that whoever opens the ZIP reads."""
    out = [*manifest["left_out"]["tables"].items(), *manifest["left_out"]["columns"].items()]
    lost = manifest["files"]["absent"] + manifest["files"]["changed"]
    kept = sum(table["rows"] for table in manifest["tables"].values())
    lines = [
        "EVERYTHING OF ONE PRACTICE",
        "",
        f"As it stood on {manifest['made_at'][:16].replace('T', ' at ')} UTC, written by Ductus {manifest['program']}.",
        f"{kept:,} rows in {len(manifest['tables'])} tables, {manifest['files']['count']:,} files.",
        "",
        "This holds the health data of every patient, and it is not encrypted. Keep it where nobody else opens it.",
        "",
        "WHAT IS WHAT",
        "",
        "tables/       Each table as CSV in UTF-8: open it with any spreadsheet. The first line names the columns. A",
        "              text that a spreadsheet would take for a formula stands behind an apostrophe.",
        f"{COLUMNS}   What each column of each table is, which words it may hold, and which are left out.",
        "rows/         The same tables, exactly, for programs: on each line one row as a JSON list, in the order of",
        f"              the fields that {MANIFEST} names. Times are in UTC.",
        "records/      Each signed record as PDF, with its addenda and the history of its versions.",
        "cases/        Each visit as a case file: case.json with the pictures as they came in. docs/case-files.md",
        "              of Ductus describes the keys.",
        "files/        Every other stored file under its SHA-256: packets as PDF and ZIP, letters, answers, pictures.",
        f"{STORED}     Where each stored file lies in here, what it is, and which rows use it.",
        f"{MANIFEST} The SHA-256 and the size of every file in here, and the sum of every table.",
        "",
        "TO CHECK IT",
        "",
        "Compare the SHA-256 of a file with the one in the manifest (sha256sum, or certutil -hashfile FILE SHA256).",
        "The audit trail is rows/documentation.auditevent.jsonl: each event carries the hash of the one before it.",
        "",
        "TO LOAD IT",
        "",
        "manage.py load_export THIS.zip brings all of it into an empty Ductus, compares every sum, and refuses it",
        "whole where one differs. Nobody has a password there: manage.py invite lets the first person in.",
        "",
        "HOW LONG IT MUST BE KEPT",
        "",
        "Where several periods apply to a patient, the longest counts; a legal hold stands above all of them.",
        "",
        *_keeping(manifest["retention"]),
        "",
        "WHAT IS NOT IN IT",
        "",
        *(f"{name}: {why}" for name, why in out),
        *(["", "NOT WRITTEN", ""] if manifest["not_written"] else []),
        *(f"{one['what']}: {one['why']}" for one in manifest["not_written"]),
        *(["", "FILES THAT STORAGE NO LONGER HAS AS THEY WERE KEPT", "", *lost] if lost else []),
        "",
    ]
    return "\n".join(lines)
