"""The verb of giving a patient their record: one ZIP, kept exactly as it was given."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.core.exceptions import ValidationError
from django.db import transaction

from claims.models import PatientCopy
from claims.queries.patient_copies import NOT_IN_IT, Sheet, files_of, not_signed, person_of, sheets_of, signed_of
from claims.queries.retention import keeping_of
from documentation.kernel.machine import NotPermitted
from documentation.kernel.permissions import Permission
from documentation.kernel.sheets import harmless
from documentation.models import Patient, User
from documentation.queries.amendments import goes_along
from documentation.queries.encounters import with_record
from documentation.queries.patients import merged_into
from documentation.services import files
from documentation.services.amendment_papers import print_request
from documentation.services.audit import record
from documentation.services.patients import standing
from documentation.services.printing import print_note
from documentation.typesetting import RenderRefused

FIRST = "READ ME FIRST.txt"


def give(patient: Patient, values: Mapping[str, Any], *, by: User, at: datetime, today: date) -> PatientCopy:
    """Put together all that the patient may have, and keep it with the request that it answers.

    `values` are asked_on, asked_by, given_to, way and request. Raises ValidationError with a sentence for each field.
    """
    if not by.may(Permission.RECORD_GIVE):
        raise NotPermitted("Your role does not allow you to give a patient their record.")
    row = PatientCopy(patient=patient, given_at=at, given_by=by, **values)
    if row.asked_on and row.asked_on > today:
        raise ValidationError({"asked_on": "The request lies in the future. Check the day."})
    row.full_clean(exclude=["file", "contents", "left_out"], validate_constraints=False)
    if not row.given_to:
        raise ValidationError({"given_to": "Say to whom it goes."})
    keeping = keeping_of(patient, today)
    parts, lost = _parts(patient, keeping, at, today)
    left_out = [*not_signed(patient), *lost, *NOT_IN_IT]
    data = _zip(parts, _first_page(patient, row, parts, left_out, keeping, at))
    row.contents, row.left_out = sorted(parts), left_out
    with transaction.atomic():
        standing(patient)
        row.file = files.keep(data, media_type="application/zip", at=at)
        row.save()
        record("record.give", by=by, at=at, subject=row, patient=patient, sha256=row.file.sha256, to=row.asked_by)
    return row


def _parts(patient: Patient, keeping: dict[str, Any], at: datetime, today: date) -> tuple[dict[str, bytes], list[str]]:
    """Every file by its name, and a sentence for each that could not be put in."""
    parts, lost = {}, []
    for key in signed_of(patient):
        encounter = with_record().get(pk=key)
        try:
            parts[f"records/{encounter.number}.pdf"] = print_note(encounter, at=at)
        except RenderRefused as e:
            lost.append(f"{encounter.number} as a page: it could not be printed. {e}")
    for asked in goes_along(patient):
        try:
            parts[f"amendments/{asked.number}.pdf"] = print_request(asked, printed_on=today)
        except RenderRefused as e:
            lost.append(f"{asked.number} as a page: it could not be printed. {e}")
    for kept in files_of(patient):
        try:
            parts[kept.name] = files.read(kept.file)
        except (files.MissingFile, files.DamagedFile):
            lost.append(f"{kept.name}: the file cannot be read any more. The practice looks for it in its backups.")
    for sheet in sheets_of(patient):
        parts[sheet.name] = _csv(sheet)
    parts["patient.json"] = json.dumps(
        {**person_of(patient), "kept": keeping}, indent=1, ensure_ascii=False, default=str
    ).encode()
    return parts, lost


def _csv(sheet: Sheet) -> bytes:
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(sheet.columns)
    lines.writerows([harmless("" if cell is None else str(cell)) for cell in row] for row in sheet.rows)
    return ("\ufeff" + out.getvalue()).encode()


_WHAT = {
    "records/": "Your signed records as PDF, each with what was added to it later and the history of its versions",
    "pictures/": "The pictures of your examinations",
    "claims/": "What was sent to your plans: claims, appeals and additions, as PDF",
    "documents/": "Letters and documents that were kept for your visits and claims, and estimates",
    "amendments": "What you asked to have amended, what was answered, your statements and ours, as PDF and as a list",
    "account/": "Claims, answers of plans, what you owe and paid, as lists that any spreadsheet opens",
    "disclosures.csv": "What was sent of you, when, to whom and why",
    "patient.json": "Your name, address and plans as they are written down here",
}


def _first_page(
    patient: Patient,
    row: PatientCopy,
    parts: Mapping[str, bytes],
    left_out: list[str],
    keeping: Mapping[str, Any],
    at: datetime,
) -> bytes:
    counts = {part: sum(name.startswith(part) for name in parts) for part in _WHAT}
    lines = [
        f"THE RECORD OF {patient.full_name}",
        f"Born {patient.birth_date:%m/%d/%Y}, chart {patient.chart_number}",
        *(f"Also registered as {p.full_name}, chart {p.chart_number}" for p in merged_into(patient)),
        "",
        f"Asked for on {row.asked_on:%m/%d/%Y}, put together on {at:%m/%d/%Y}, for {row.given_to}.",
        *([f"What was asked for: {row.request}"] if row.request else []),
        "",
        "WHAT IS IN IT",
        "",
        *(f"{part:<18}{words}: {counts[part]}" for part, words in _WHAT.items() if counts[part]),
        "",
        "WHAT IS NOT IN IT, AND WHY",
        "",
        *left_out,
        "",
        "HOW LONG IT IS KEPT",
        "",
        *_keeping(keeping),
        "",
        "THE FILES, WITH THEIR SHA-256",
        "",
        *(f"{hashlib.sha256(parts[name]).hexdigest()}  {name}" for name in sorted(parts)),
        "",
        "This is about your health, and it is not encrypted: keep it where only those you choose can open it. You may",
        "ask the practice to amend what is wrong in it.",
        "",
    ]
    return "\r\n".join(lines).encode("utf-8-sig")


def _keeping(keeping: Mapping[str, Any]) -> list[str]:
    until, held = keeping["until"], [h for h in keeping["legal_holds"] if h["released"] is None]
    lines = ["No period is written down, so nothing ends."]
    if until:
        lines = [f"The practice keeps your records until {until:%m/%d/%Y} at least. {keeping['because']}"]
    return lines + [f"They are on legal hold since {hold['from']:%m/%d/%Y}: nothing is removed." for hold in held]


def _zip(parts: Mapping[str, bytes], first: bytes) -> bytes:
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        archive.writestr(FIRST, first)
        for name in sorted(parts):
            archive.writestr(name, parts[name])
    return out.getvalue()
