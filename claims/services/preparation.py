"""Verbs that make a claim ready: start it, change its lines, give reasons for warnings, mark it ready."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, QuerySet, When

from claims.codes.cdt import BY_REPORT
from claims.codes.crosswalk import UNLISTED, comparator_for, medical_code_for
from claims.models import Claim, ClaimLine, Coverage, RuleOverride
from claims.queries.billed import billed_claims
from claims.queries.claims import facts_of as claim_facts
from claims.queries.claims import fee_on, overrides_of, report_of
from claims.queries.plans import billed, restriction_of
from claims.queries.starting import against_starting
from claims.rules.medical import candidates
from claims.services.changing import NOT_AWAY, Changing, changed
from claims.services.figures import refresh
from claims.services.holding import hold_visit
from claims.services.telling import held, to_worker
from claims.workflow import CLOSING, PREPARATION, Closing
from documentation.kernel.machine import NotPermitted, NotPossible, Refused
from documentation.kernel.permissions import Permission
from documentation.kernel.rule import Report, Severity
from documentation.models import Encounter, User
from documentation.queries.encounters import facts_of
from documentation.queries.versions import of_visit, versions_of
from documentation.rules.predicates import attempt_only
from documentation.services.audit import record
from documentation.services.transitions import perform

D0371 = "D0371"


def start_claims(encounter: Encounter, *, by: User, at: datetime, fee: Decimal | None = None) -> list[Claim]:
    """One claim for each plan of the patient that is in force on the day, in the order in which the plans pay.

    Where none is, each plan on the list has its claim, whose checks say what is wrong with it. A plan that this visit
    was billed to keeps its claim: the others' new ones are returned, and what stands where nothing was left to start.
    Raises Refused when there is no coverage.
    """
    coverages = billed(encounter.patient, encounter.service_date)
    if not coverages:
        raise Refused("The patient has no coverage. Add the plan that pays first.")
    known = set(_standing(encounter).values_list("pk", flat=True))
    claims = [start_claim(encounter, c, sequence=n, by=by, at=at, fee=fee) for n, c in enumerate(coverages, start=1)]
    return [c for c in claims if c.pk not in known] or claims


def _standing(encounter: Encounter) -> QuerySet[Claim]:
    """The claims that the visit was billed with, whichever version of its record they were started from."""
    found = billed_claims().filter(encounter__in=of_visit(encounter.visit_key))
    # Where an answer to a void claim opened it again, the one that is worked on comes first.
    return found.order_by(Case(When(closing=Closing.OPEN, then=0), default=1), "-pk")


def start_claim(
    encounter: Encounter, coverage: Coverage, *, sequence: int = 1, by: User, at: datetime, fee: Decimal | None = None
) -> Claim:
    """A claim of a signed encounter against one coverage, dental or medical as the plan is.

    `fee` is the full fee for the sialoendoscopy; by default the fee schedule's. An attempt that never came into the
    duct is billed by report. A plan that the visit was billed to keeps its claim, settled or not. Raises NotPossible
    for a record that is not signed, Refused where no fee is known.
    """
    if not by.may(Permission.CLAIM_PREPARE):
        raise NotPermitted("Your role does not allow you to prepare claims.")
    with transaction.atomic():
        row = hold_visit(encounter)
        _require_alone_in_force(row)
        if restriction_of(row):
            raise NotPossible(
                "The patient pays this visit in full and asked that no plan is told of it. No claim is started."
            )
        standing = _standing(row).filter(coverage=coverage).first()
        if standing:
            # The same service is billed once, whichever version of the record it was started from.
            is_done = standing.transport not in NOT_AWAY or standing.closing != Closing.OPEN
            return standing if is_done or standing.encounter_id == row.pk else take_over(standing, by=by, at=at)
        is_attempt = attempt_only(facts_of(row))
        amount = fee if fee is not None else _scheduled_fee(row.service_date, BY_REPORT if is_attempt else D0371)
        claim = Claim(
            encounter=row,
            coverage=coverage,
            kind=coverage.payer.line,
            sequence=sequence,
            diagnoses=list(row.planofcare.diagnoses),
            service_date=row.service_date,
            created_at=at,
            created_by=by,
        )
        claim.full_clean()
        claim.save()
        _write_lines(claim, _lines_of(row, claim, amount, is_attempt=is_attempt))
        refresh(claim)
        record("claim.start", by=by, at=at, subject=claim, patient=row.patient)
    return claim


def _require_alone_in_force(encounter: Encounter) -> None:
    if against := against_starting(versions_of(encounter)):
        raise NotPossible(against)


def take_over(claim: Claim, *, by: User, at: datetime, seen: int | None = None) -> Claim:
    """Let a claim that has not left tell of the version of the record that counts now.

    What a person changed on the claim stays; lines and diagnoses are made anew where the record says something else of
    them. A ready claim goes back to draft, and no packet sealed before is current. Raises NotPossible where the record
    is the one that counts, or its correction is not signed yet.
    """
    with Changing(claim, by=by, seen=seen) as row:
        old = row.encounter
        new = versions_of(old).in_force
        if new is None or new.pk == old.pk:
            raise NotPossible("This claim rests on the version of the record that counts already.")
        row.encounter, row.service_date = new, new.service_date
        if new.planofcare.diagnoses != old.planofcare.diagnoses:
            row.diagnoses = list(new.planofcare.diagnoses)
        row.full_clean(validate_constraints=False)
        if lines := _lines_anew(row, old, new):
            _write_lines(row, lines)
        changed(row, by=by, at=at, action="claim.take_over")
    return row


def _lines_anew(claim: Claim, old: Encounter, new: Encounter) -> list[dict[str, Any]]:
    """The lines that the new version of the record gives, with the fee that the claim has; none where it says the same
    of them as the old one.
    """
    before, now = attempt_only(facts_of(old)), attempt_only(facts_of(new))
    first = claim.lines.first()
    # An attempt has another code, and that code its own fee.
    is_known = first is not None and before == now
    fee = first.fee if is_known and first else _scheduled_fee(new.service_date, BY_REPORT if now else D0371)
    lines = _lines_of(new, claim, fee, is_attempt=now)
    return [] if is_known and lines == _lines_of(old, claim, fee, is_attempt=before) else lines


def _scheduled_fee(day: date, code: str) -> Decimal:
    fee = fee_on(code, day)
    if fee is None:
        why = " No duct was entered, so the attempt is billed by report." if code == BY_REPORT else ""
        raise Refused(
            f"The fee schedule has no fee for {code} on the day of service.{why} Add it under Payers & policies."
        )
    return fee.amount


def _lines_of(encounter: Encounter, claim: Claim, fee: Decimal, *, is_attempt: bool) -> list[dict[str, Any]]:
    sides = " and ".join(
        dict.fromkeys(f"{g.get_side_display()} {g.get_gland_display()}".lower() for g in encounter.glands.all())
    )
    told = "Salivary duct endoscopy, images and interpretation"
    if is_attempt:
        told = "Salivary duct endoscopy attempted, by report"
    dental = BY_REPORT if is_attempt else D0371
    code = dental if claim.kind == "dental" else medical_code_for(D0371)
    procedure = {
        "code": code,
        "comparator": comparator_for(code) if claim.kind == "medical" else "",
        "fee": fee,
        "description": _fit(f"{told}, {sides}"),
        "documented": True,
    }
    others = [
        {"code": o.code, "fee": o.fee, "description": "", "documented": o.documented}
        for o in encounter.other_procedures.all()
        if o.code.startswith("D") == (claim.kind == "dental")
    ]
    return [procedure, *others]


def _fit(text: str, most: int = 80) -> str:
    # Cut between words: half a word on a claim form reads as a mistake.
    return text if len(text) <= most else text[: most + 1].rsplit(" ", 1)[0].rstrip(",")


def save_lines(claim: Claim, lines: list[dict[str, Any]], *, by: User, at: datetime, seen: int) -> Claim:
    """Replace the lines of a claim that was seen at revision `seen`; a ready claim goes back to draft."""
    with Changing(claim, by=by, seen=seen) as row:
        before = row.lines.values_list("code", flat=True).first()
        _write_lines(row, lines)
        if row.kind == "medical" and lines[0]["code"] != before:
            _confirm(row, lines[0]["code"], by=by, at=at)
        changed(row, by=by, at=at, action="claim.lines")
    return row


def choose_code(claim: Claim, code: str, *, by: User, at: datetime, seen: int) -> Claim:
    """Confirm a candidate of the crosswalk as the medical code of the sialoendoscopy, with its comparator.

    Raises Refused for a code that fits neither the gland nor what was done, or that this payer does not take.
    """
    with Changing(claim, by=by, seen=seen) as row:
        facts = claim_facts(row)
        line = row.lines.first()
        chosen = next((m for m in candidates(facts) if m.code == code), None)
        if row.kind != "medical" or line is None or chosen is None:
            raise Refused("This code is no candidate for the claim. Choose one of those shown, or edit the lines.")
        if line.code != code or not line.comparator:
            line.comparator = chosen.comparator
        line.code = code
        if code == UNLISTED:
            line.modifiers, line.quantity = [], 1
        line.save()
        row.total = sum((x.fee * x.quantity for x in row.lines.all()), Decimal("0.00"))
        _confirm(row, code, by=by, at=at)
        changed(row, by=by, at=at, action="claim.code")
    return row


def _confirm(claim: Claim, code: str, *, by: User, at: datetime) -> None:
    claim.confirmed_code, claim.confirmed_by, claim.confirmed_at = code, by, at


def save_diagnoses(claim: Claim, diagnoses: list[str], *, by: User, at: datetime, seen: int) -> Claim:
    """Set the diagnoses of a claim, the principal one first; a ready claim goes back to draft."""
    with Changing(claim, by=by, seen=seen) as row:
        row.diagnoses = diagnoses
        row.full_clean(validate_constraints=False)
        changed(row, by=by, at=at, action="claim.diagnoses")
    return row


def _write_lines(claim: Claim, lines: list[dict[str, Any]]) -> None:
    pointers = list(range(1, min(4, len(claim.diagnoses)) + 1))
    made = []
    for position, values in enumerate(lines, start=1):
        line = ClaimLine(claim=claim, position=position, **{"diagnosis_pointers": pointers, **values})
        try:
            line.full_clean(exclude=["claim"], validate_unique=False, validate_constraints=False)
        except ValidationError as e:
            raise ValidationError({f"lines[{position - 1}].{k}": v for k, v in e.message_dict.items()}) from e
        made.append(line)
    claim.lines.all().delete()
    ClaimLine.objects.bulk_create(made)
    claim.total = sum((line.fee * line.quantity for line in made), Decimal("0.00"))
    Claim.objects.filter(pk=claim.pk).update(total=claim.total)


def today_at(claim: Claim, at: datetime) -> date:
    """The date at the claim's location."""
    return claim.encounter.location.today(at)


def override(claim: Claim, rule: str, reason: str, *, by: User, at: datetime) -> RuleOverride:
    """Let a warning pass with a reason. Raises Refused for a rule that does not warn, or without a reason."""
    if not by.may(Permission.CLAIM_OVERRIDE):
        raise NotPermitted("Your role does not allow you to pass over a warning.")
    report = report_of(claim, today=today_at(claim, at))
    result = next((r for r in report if r.rule == rule), None)
    if result is None or result.passed:
        raise NotPossible("This check passes now; it needs no reason.")
    if result.severity is not Severity.WARNING:
        raise Refused("Only a warning can be passed over. A blocker must be mended.")
    row = RuleOverride(claim=claim, rule=rule, version=result.version, reason=reason, by=by, at=at)
    row.full_clean(validate_constraints=False)
    if not row.reason:
        raise ValidationError({"reason": "Give the reason: it is kept, and shown when the payer answers."})
    with Changing(claim, by=by):
        claim.overrides.filter(rule=rule, withdrawn_at=None).update(withdrawn_at=at)
        row.save()
        record("claim.override", by=by, at=at, subject=claim, patient=claim.encounter.patient, rule=rule)
    return row


def withdraw_override(claim: Claim, rule: str, *, by: User, at: datetime) -> None:
    """Take a reason back; a ready claim that depended on it goes back to draft."""
    with Changing(claim, by=by) as row:
        if row.overrides.filter(rule=rule, withdrawn_at=None).update(withdrawn_at=at):
            changed(row, by=by, at=at, action="claim.withdraw_override")


def mark_ready(claim: Claim, *, by: User, at: datetime) -> Claim:
    """Declare a claim ready to send. Raises Refused with every blocker and every warning without a reason."""

    def report(row: Claim) -> Report:
        return report_of(row, today=today_at(row, at))

    given = overrides_of(claim)
    with perform(
        PREPARATION,
        "mark_ready",
        claim,
        by=by,
        at=at,
        facts=report,
        patient=claim.encounter.patient,
        overrides=sorted(given),
    ) as row:
        _require_open(row)
    return claim


def back_to_draft(claim: Claim, *, by: User, at: datetime) -> Claim:
    """Take a ready or held claim back to work on it."""
    with perform(PREPARATION, "back_to_draft", claim, by=by, at=at, patient=claim.encounter.patient) as row:
        _require_here(row)
        to_worker(row, "back", by=by, at=at)
    return claim


def hold(claim: Claim, reason: str, *, by: User, at: datetime) -> Claim:
    """Keep a claim from leaving until somebody looks, with a reason. Raises NotPossible where it has left."""
    if not reason.strip():
        raise ValidationError({"reason": "Say why the claim is held, for the person who comes next."})
    with perform(PREPARATION, "hold", claim, by=by, at=at, patient=claim.encounter.patient) as row:
        _require_here(row)
        Claim.objects.filter(pk=claim.pk).update(hold_reason=reason[:500])
        held(row, by=by, at=at)
    return claim


def _require_open(claim: Claim) -> None:
    """What is over is not prepared any more."""
    if claim.closing != Closing.OPEN:
        raise NotPossible(
            f"{claim.number} is {CLOSING.label(claim.closing).lower()}, so nothing of it is prepared. Look at the page"
            " again."
        )


def _require_here(claim: Claim) -> None:
    """What the payer has is not prepared any more: neither held nor worked on."""
    _require_open(claim)
    if claim.transport not in NOT_AWAY:
        raise NotPossible(
            f"{claim.number} was sent already. To stop it, call the payer, or void it with a reason; to tell the next"
            " person something, write a note."
        )
