"""Verbs on what payers answer: take a file in, type an EOB, match, post. A known check posts nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from claims.edi.advice import CheckAdvice
from claims.edi.remittance_835 import Checks
from claims.edi.x12 import Finding
from claims.models import Adjustment, Claim, EobSpot, Remittance, RemittanceClaim, RemittanceFile, RemittanceLine
from claims.queries.known_checks import same_answers
from claims.services.answer_rows import write_answers
from claims.services.cast import is_demo
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
    """As it was read, without its claims."""
    remittance: Remittance
    already: bool
    claims: int = 0
    """How many answers it holds."""


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
    with transaction.atomic():
        ours, taken, checks = our_numbers(), [], Checks(data)
        for check in checks:
            check = _told_apart(_as_trial(check))
            known = Remittance.objects.filter(key=key_of(check)).first()
            if known:
                taken.append(TakenCheck(slim(check), known, already=True, claims=len(check.claims)))
            else:
                taken.append(_take_in(check, ours, by=by, at=at))
        if not checks.advice.is_remittance:
            found = " ".join(str(f) for f in checks.advice.findings[:3]) or "No 835 was found in it."
            raise Refused(f"This file holds no remittance (X12 835), so nothing was taken in. {found}")
        # What is odd in a file is known at its end: only then its row is written, which is never changed.
        file = RemittanceFile.objects.create(
            file=files.keep(data, media_type="application/edi-x12", at=at),
            name=name[-255:],
            findings=[f.as_json() for f in checks.advice.all_findings],
            imported_at=at,
            imported_by=by,
        )
        new = [t.remittance for t in taken if not t.already]
        Remittance.objects.filter(pk__in=[row.pk for row in new]).update(file=file)
        for row in new:
            row.file = file
        record("remittance.import", by=by, at=at, subject=f"file {file.pk}", checks=len(taken))
    return Imported(file, tuple(taken))


def slim(check: CheckAdvice) -> CheckAdvice:
    """A check without its claims, which are rows by now."""
    return replace(check, claims=())


@dataclass(frozen=True)
class OurNumbers:
    """What a check that is made out to us names."""

    npis: frozenset[str]
    tax_ids: frozenset[str]

    def is_foreign(self, check: CheckAdvice) -> bool:
        """Whether a check names a payee, and none that we are. A tax ID counts where there is no NPI."""
        if check.payee_npi:
            return check.payee_npi not in self.npis
        return bool(self.tax_ids) and bool(check.payee_tax_id) and check.payee_tax_id not in self.tax_ids


def our_numbers() -> OurNumbers:
    """NPIs of our locations, and the tax IDs as they are billed under."""
    rows = Location.objects.values_list("npi", "tax_id")
    return OurNumbers(frozenset(n for n, _ in rows if n), frozenset(re.sub(r"\D", "", t) for _, t in rows if t))


def key_of(check: CheckAdvice) -> str:
    """The key of a check; a faulty one gets a key of its own, so that the sound copy can still come."""
    return check.key if check.is_sound else f"{check.key[:90]}|aside|{check.digest[:24]}"


def _as_trial(check: CheckAdvice) -> CheckAdvice:
    """With a real practice a check of a test file cannot be posted. Where everybody is invented, tests are the work."""
    if not check.is_test or not settings.PRODUCTION or is_demo():
        return check
    message = (
        "This check came in a test file (ISA15 is T): no money moved with it, so it cannot be posted. The real one"
        " comes in a file of its own; ask the clearinghouse whether your mailbox is still set to test."
    )
    return replace(check, findings=(*check.findings, Finding(check.segment, 0, message, is_fault=True)))


def _told_apart(check: CheckAdvice) -> CheckAdvice:
    """A check whose key is known while its content is another is faulty: nobody knows which of the two holds.

    Advices without money often share a number, such as NOPAY, so nothing of them may go by unseen.
    """
    known = Remittance.objects.filter(key=check.key).exclude(digest="").values_list("pk", "digest").first()
    if not check.is_sound or known is None or known[1] == check.digest:
        return check
    message = (
        f"Check {known[0]} has the same number, payer, date and amount, and other content. Ask the payer which one"
        " holds. Where both do, type the answers of this one as EOBs."
    )
    return replace(check, findings=(*check.findings, Finding(check.segment, 0, message, is_fault=True)))


def _take_in(check: CheckAdvice, ours: OurNumbers, *, by: User, at: datetime) -> TakenCheck:
    already = False
    try:
        with transaction.atomic():
            row = _write(check, ours, by=by, at=at)
    except IntegrityError:  # somebody takes in the same check at this moment, in another file
        row, already = Remittance.objects.get(key=key_of(check)), True
    return TakenCheck(slim(check), row, already=already, claims=len(check.claims))


def _write(check: CheckAdvice, ours: OurNumbers, *, by: User, at: datetime) -> Remittance:
    remittance = Remittance.objects.create(
        key=key_of(check),
        source="835",
        digest=check.digest,
        trace=check.trace[:80],
        payer_name=check.payer_name[:120],
        payer_identifier=check.payer_identifier[:80],
        payee_name=check.payee_name[:120],
        payee_npi=check.payee_npi[:20],
        payee_tax_id=check.payee_tax_id[:20],
        is_test=check.is_test,
        is_foreign=ours.is_foreign(check),
        paid_on=check.paid_on or check.produced_on,
        amount=from_cents(check.amount_cents),
        provider_adjustments=[p.as_json() for p in check.provider_adjustments],
        is_balanced=check.is_balanced,
        problems=[str(f) for f in check.faults],
        recorded_at=at,
        recorded_by=by,
    )
    write_answers(remittance, check.claims)
    return remittance


def type_eob(
    claim: Claim,
    values: dict[str, Any],
    lines: list[dict[str, Any]],
    *,
    scan: StoredFile | None,
    original: StoredFile | None = None,
    by: User,
    at: datetime,
) -> Remittance:
    """Take in an EOB that a person typed: `values` has trace, paid_on, payer_control, remarks, printed and `spots`.

    `scan`: the clean copy of the paper; `original`: the same as it came.

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
    known = same_answers(claim.pk, not_of="eob", trace=trace, paid_on=paid_on, paid=amount).first()
    if known:
        told = (
            f"This check came as an 835 already (check {known.remittance_id}). Post that one; nothing is to be typed."
        )
        raise ValidationError({"trace": told})
    with transaction.atomic():
        remittance = Remittance.objects.create(
            key=key,
            source="eob",
            scan=scan,
            original=original,
            trace=trace,
            payer_name=payer.name,
            payer_identifier=payer.payer_id,
            payee_name=claim.encounter.location.name,
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
        printed=values.get("printed") or "",
    )
    EobSpot.objects.bulk_create(EobSpot(remittance=remittance, **spot) for spot in values.get("spots") or [])
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
    answer.pended = from_cents(found.pended_cents)
    answer.save()


def _require(by: User) -> None:
    if not by.may(Permission.REMITTANCE_POST):
        raise NotPermitted("Your role does not allow you to work on remittances.")
