"""Verbs on what payers answer: take a file in, type an EOB, match, post. A known check posts nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from claims.edi.advice import CheckAdvice, ClaimAdvice
from claims.edi.remittance_835 import read
from claims.models import Adjustment, Claim, Remittance, RemittanceClaim, RemittanceFile, RemittanceLine
from claims.queries.remittances import match_all
from documentation.kernel.machine import NotPermitted, Refused
from documentation.kernel.money import from_cents, to_cents
from documentation.kernel.permissions import Permission
from documentation.models import Location, StoredFile, User
from documentation.services import files
from documentation.services.audit import record

MOST_BYTES = 200 * 1024 * 1024


@dataclass(frozen=True)
class TakenCheck:
    """What became of one check of a file. `already` says that it was known before."""

    check: CheckAdvice
    remittance: Remittance
    already: bool


@dataclass(frozen=True)
class Imported:
    file: RemittanceFile
    checks: tuple[TakenCheck, ...]


def import_file(data: bytes, name: str, *, by: User, at: datetime) -> Imported:
    """Take in an 835 file: every check becomes a remittance to look at; nothing is posted.

    A check that is known already is not taken in again. A faulty one is kept aside with its reasons. Raises Refused
    for a file without any 835 in it.
    """
    _require(by)
    if len(data) > MOST_BYTES:
        raise Refused("This file is larger than 200 MB. Ask the clearinghouse to split it.")
    advice = read(data)
    if not advice.is_remittance:
        found = " ".join(str(f) for f in advice.findings[:3]) or "No 835 was found in it."
        raise Refused(f"This file holds no remittance (X12 835), so nothing was taken in. {found}")
    with transaction.atomic():
        file = RemittanceFile.objects.create(
            file=files.keep(data, media_type="application/edi-x12", at=at),
            name=name[-255:],
            findings=[f.as_json() for f in advice.all_findings],
            imported_at=at,
            imported_by=by,
        )
        ours = set(Location.objects.values_list("npi", flat=True))
        taken = []
        for check in advice.checks:
            known = Remittance.objects.filter(key=key_of(check)).first()
            taken.append(TakenCheck(check, known, already=True) if known else _take_in(check, file, ours, by=by, at=at))
        record("remittance.import", by=by, at=at, subject=f"file {file.pk}", checks=len(taken))
    return Imported(file, tuple(taken))


def key_of(check: CheckAdvice) -> str:
    """The key of a check; a faulty one gets a key of its own, so that the sound copy can still come."""
    return check.key if check.is_sound else f"{check.key[:90]}|aside|{check.digest[:24]}"


def _take_in(check: CheckAdvice, file: RemittanceFile, ours: set[str], *, by: User, at: datetime) -> TakenCheck:
    try:
        with transaction.atomic():
            return TakenCheck(check, _write(check, file, ours, by=by, at=at), already=False)
    except IntegrityError:  # somebody takes in the same check at this moment, in another file
        return TakenCheck(check, Remittance.objects.get(key=key_of(check)), already=True)


def _write(check: CheckAdvice, file: RemittanceFile, ours: set[str], *, by: User, at: datetime) -> Remittance:
    remittance = Remittance.objects.create(
        key=key_of(check),
        source="835",
        file=file,
        trace=check.trace[:80],
        payer_name=check.payer_name[:120],
        payer_identifier=check.payer_identifier[:80],
        payee_npi=check.payee_npi[:20],
        is_foreign=bool(check.payee_npi) and check.payee_npi not in ours,
        paid_on=check.paid_on or check.produced_on,
        amount=from_cents(check.amount_cents),
        provider_adjustments=[p.as_json() for p in check.provider_adjustments],
        is_balanced=check.is_balanced,
        problems=[str(f) for f in check.faults],
        recorded_at=at,
        recorded_by=by,
    )
    _write_answers(remittance, check.claims)
    return remittance


def _write_answers(remittance: Remittance, claims: tuple[ClaimAdvice, ...]) -> None:
    # Set-based: a check may hold thousands of claims.
    matches = match_all(claims)
    answers = RemittanceClaim.objects.bulk_create(_answer(remittance, advice, matches) for advice in claims)
    lines = RemittanceLine.objects.bulk_create(
        RemittanceLine(
            answer=answer,
            position=n,
            code=line.code[:10],
            charge=from_cents(line.charge_cents),
            paid=from_cents(line.paid_cents),
            allowed=None if line.allowed_cents is None else from_cents(line.allowed_cents),
            line_control=line.line_control[:50],
            remarks=list(line.remarks),
        )
        for answer, advice in zip(answers, claims, strict=True)
        for n, line in enumerate(advice.lines, start=1)
    )
    of_answer: dict[int, list[RemittanceLine]] = {}
    for line_row in lines:
        of_answer.setdefault(line_row.answer_id, []).append(line_row)
    made = []
    for answer, advice in zip(answers, claims, strict=True):
        given = [(None, a) for a in advice.adjustments]
        for row, line in zip(of_answer.get(answer.pk, []), advice.lines, strict=True):
            given += [(row, a) for a in line.adjustments]  # type: ignore[misc]
        made += [
            Adjustment(
                answer=answer, line=row, position=n, group=a.group[:2], carc=a.carc[:5], amount=from_cents(a.cents)
            )
            for n, (row, a) in enumerate(given, start=1)
        ]
    Adjustment.objects.bulk_create(made)


def _answer(remittance: Remittance, advice: ClaimAdvice, matches: dict[int, Any]) -> RemittanceClaim:
    found = advice.classify()
    match = matches.get(advice.position)
    return RemittanceClaim(
        remittance=remittance,
        position=advice.position,
        claim=match.claim if match else None,
        matched_by=match.how if match else "",
        patient_control=advice.patient_control[:50],
        payer_control=advice.payer_control[:60],
        status_code=advice.status_code[:4],
        outcome=found.outcome.value,
        charge=from_cents(advice.charge_cents),
        paid=from_cents(advice.paid_cents),
        patient_share=from_cents(found.patient_cents),
        denied=from_cents(found.denied_cents),
        service_date=advice.service_date,
        member_id=advice.member_id[:80],
        patient_name=advice.patient_name[:120],
        remarks=list(advice.remarks),
        segment=advice.segment,
    )


def type_eob(
    claim: Claim,
    values: dict[str, Any],
    lines: list[dict[str, Any]],
    *,
    scan: StoredFile | None,
    by: User,
    at: datetime,
) -> Remittance:
    """Take in an EOB that a person typed: `values` has trace, paid_on, payer_control and remarks.

    Each line has code, charge, paid, remarks and `adjustments` [{"group", "carc", "amount"}]. The sums must balance:
    charge less adjustments is what was paid. Raises ValidationError with a sentence by field.
    """
    _require(by)
    errors: dict[str, str] = {}
    today = claim.encounter.location.today(at)
    paid_on: date | None = values.get("paid_on")
    if paid_on is None:
        errors["paid_on"] = "Give the date of the EOB."
    elif paid_on > today:
        errors["paid_on"] = "This date lies in the future. Give the date printed on the EOB."
    elif paid_on < claim.service_date:
        errors["paid_on"] = "This date lies before the service. Give the date printed on the EOB."
    if not lines:
        errors["lines"] = "Type at least one line of the EOB."
    for n, line in enumerate(lines):
        rest = line["charge"] - sum((a["amount"] for a in line.get("adjustments", ())), Decimal("0.00")) - line["paid"]
        if rest:
            errors[f"lines[{n}].paid"] = (
                f"Charge less adjustments is not what was paid: ${abs(rest)} are unaccounted for."
            )
    if errors:
        raise ValidationError(errors)
    amount = sum((line["paid"] for line in lines), Decimal("0.00"))
    payer = claim.coverage.payer
    trace = values.get("trace") or f"EOB {claim.number}"
    key = f"eob|{payer.payer_id}|{trace}|{paid_on}|{to_cents(amount)}|{claim.number}"[:160]
    if Remittance.objects.filter(key=key).exists():
        raise ValidationError({"trace": "This EOB was typed in before: same payer, number, date and amount."})
    with transaction.atomic():
        remittance = Remittance.objects.create(
            key=key,
            source="eob",
            scan=scan,
            trace=trace,
            payer_name=payer.name,
            payer_identifier=payer.payer_id,
            payee_npi=claim.encounter.location.npi,
            paid_on=paid_on,
            amount=amount,
            is_balanced=True,
            recorded_at=at,
            recorded_by=by,
        )
        _write_eob(remittance, claim, values, lines)
        record("remittance.type", by=by, at=at, subject=claim, patient=claim.encounter.patient)
    return remittance


def _write_eob(remittance: Remittance, claim: Claim, values: dict[str, Any], lines: list[dict[str, Any]]) -> None:
    from claims.queries.remittances import classification_of

    answer = RemittanceClaim.objects.create(
        remittance=remittance,
        position=1,
        claim=claim,
        matched_by="typed for this claim",
        patient_control=claim.number,
        payer_control=values.get("payer_control") or "",
        status_code="1",
        charge=sum((line["charge"] for line in lines), Decimal("0.00")),
        paid=remittance.amount,
        patient_share=Decimal("0.00"),
        service_date=claim.service_date,
        member_id=claim.coverage.member_id,
        remarks=values.get("remarks") or [],
    )
    position = 0
    for n, values_of_line in enumerate(lines, start=1):
        row = RemittanceLine.objects.create(
            answer=answer,
            position=n,
            code=values_of_line["code"],
            charge=values_of_line["charge"],
            paid=values_of_line["paid"],
            remarks=values_of_line.get("remarks") or [],
        )
        for a in values_of_line.get("adjustments", ()):
            position += 1
            Adjustment.objects.create(
                answer=answer, line=row, position=position, group=a["group"], carc=a["carc"], amount=a["amount"]
            )
    found = classification_of(answer)
    answer.outcome = found.outcome.value
    answer.patient_share = from_cents(found.patient_cents)
    answer.denied = from_cents(found.denied_cents)
    answer.save()


def match(answer: RemittanceClaim, claim: Claim, *, by: User, at: datetime) -> None:
    """Say which claim an unmatched answer belongs to. Of a posted check it is posted to that claim now."""
    from claims.services.posting import post_answer

    _require(by)
    with transaction.atomic():
        row = RemittanceClaim.objects.select_for_update().select_related("remittance").get(pk=answer.pk)
        if row.claim_id:
            raise Refused("This answer is matched already.")
        row.claim, row.matched_by = claim, f"by {by.display_name}"[:80]
        row.save(update_fields=["claim", "matched_by"])
        record("remittance.match", by=by, at=at, subject=claim, patient=claim.encounter.patient)
        if row.remittance.posted_at:
            post_answer(row, by=by, at=at)


def _require(by: User) -> None:
    if not by.may(Permission.REMITTANCE_POST):
        raise NotPermitted("Your role does not allow you to work on remittances.")
