"""What billers work on: visits to bill, claims to prepare, packets to send; with the time that is left to file."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, CharField, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from claims.models import Claim, Coverage, Packet
from claims.queries.claims import encounters_to_bill, listed
from claims.queries.filing import with_clock
from claims.queries.packets import packets_to_send
from claims.workflow import BILLED, Adjudication, ClaimWord, Closing, Preparation, Transport
from documentation.models import AuditEvent, Encounter
from documentation.queries.patients import search
from documentation.queries.versions import of_visit

_ANSWERED = (Adjudication.PAID, Adjudication.PARTLY_PAID, Adjudication.PATIENT_SHARE)

WORDS: tuple[tuple[ClaimWord, Q], ...] = (
    (ClaimWord.APPEAL, Q(appeal_to_send=True) | Q(appeal_sent=True)),
    (ClaimWord.DENIED, Q(open_denial=True) | Q(adjudication=Adjudication.DENIED, closing=Closing.OPEN)),
    (ClaimWord.NEEDS_ATTENTION, Q(transport=Transport.REJECTED, closing=Closing.OPEN)),
    (ClaimWord.PAID, Q(adjudication__in=_ANSWERED)),
    (ClaimWord.DENIED, Q(adjudication=Adjudication.DENIED)),
    (ClaimWord.SUBMITTED, Q(transport__in=(Transport.SENT, Transport.ACCEPTED))),
    (ClaimWord.NEEDS_ATTENTION, Q(preparation=Preparation.HELD)),
    (ClaimWord.READY, Q(preparation=Preparation.READY)),
)
"""The word of a claim in the database's words, in the order of `word_of`; none of them is a draft."""


def worded() -> QuerySet[Claim]:
    """Claims as lists show them, each with its `said` word, the days to file, and its newest packet."""
    packet = Packet.objects.filter(claim=OuterRef("pk"), kind="claim").order_by("-pk")
    whens = [When(condition, then=Value(word.value)) for word, condition in WORDS]
    return with_clock(listed()).annotate(
        said=Case(*whens, default=Value(ClaimWord.DRAFT.value), output_field=CharField()),
        packet=Subquery(packet.values("pk")[:1]),
        packet_revision=Subquery(packet.values("claim_revision")[:1]),
    )


@dataclass
class Board:
    """What is ready to bill, oldest service first, by what to do next."""

    to_start: list[Encounter] = field(default_factory=list)
    billed: dict[int, set[int]] = field(default_factory=dict)
    """Of visits to start that were billed in part: by `visit_key` the plans that have their claim."""
    drafts: list[Claim] = field(default_factory=list)
    held: list[Claim] = field(default_factory=list)
    to_pack: list[Claim] = field(default_factory=list)
    packed: list[Claim] = field(default_factory=list)


def board() -> Board:
    """Everything between the signature and the sending, in a constant number of queries."""
    plans = Coverage.objects.filter(is_active=True).select_related("payer")
    plans = plans.prefetch_related("payer__playbook")
    found = Board(to_start=list(encounters_to_bill().prefetch_related(Prefetch("patient__coverages", plans))))
    found.billed = _billed_plans([e.visit_key for e in found.to_start if e.is_billed_in_part])  # type: ignore[attr-defined]
    unsent = worded().filter(closing=Closing.OPEN, transport=Transport.NONE, adjudication=Adjudication.NONE)
    of_state: dict[str, list[Claim]] = {Preparation.DRAFT: found.drafts, Preparation.HELD: found.held}
    ready: list[Claim] = []
    for claim in unsent.order_by("service_date", "pk"):
        of_state.get(claim.preparation, ready).append(claim)
    packed = packets_to_send(ready)
    for claim in ready:
        (found.packed if claim.pk in packed else found.to_pack).append(claim)
    return found


def _billed_plans(visits: list[int]) -> dict[int, set[int]]:
    visit = Coalesce("encounter__origin", "encounter")
    claims: QuerySet[Any] = Claim.objects.filter(closing__in=BILLED).annotate(visit=visit)
    found: dict[int, set[int]] = {}
    for key, plan in claims.filter(visit__in=visits).values_list("visit", "coverage") if visits else ():
        found.setdefault(key, set()).add(plan)
    return found


def of_patient(words: str) -> QuerySet[Claim]:
    """Claims of patients that a search finds, or the claim whose number was typed."""
    number = words.strip().upper()
    if number.startswith("C") and number[1:].isascii() and number[1:].isdigit() and len(number) < 14:
        return worded().filter(pk=int(number[1:]))
    people = [patient.pk for patient in search(words)]
    return worded().filter(encounter__patient__in=people)


def page_of(
    claims: QuerySet[Claim], *, older_than: int | None, newer_than: int | None, size: int
) -> tuple[list[Claim], bool]:
    """A page of claims, the newest first, by key; and whether more follow in the direction of travel."""
    if newer_than is not None:
        rows = list(claims.filter(pk__gt=newer_than).order_by("pk")[: size + 1])
        return rows[:size][::-1], len(rows) > size
    if older_than is not None:
        claims = claims.filter(pk__lt=older_than)
    rows = list(claims.order_by("-pk")[: size + 1])
    return rows[:size], len(rows) > size


_TOLD = {
    "encounter.sign": ("Record signed", "ready"),
    "encounter.addendum": ("Addendum to the record", "attention"),
    "encounter.unlock": ("Record unlocked to be corrected", "attention"),
    "encounter.supersede": ("Record replaced by a new version", "attention"),
    "encounter.abandon": ("Correction of the record abandoned", ""),
    "claim.start": ("Claim started", "draft"),
    "claim.take_over": ("New version of the record taken over", "ready"),
    "claim.renumber": ("Another place among the plans", "attention"),
    "claim.lines": ("Lines changed", ""),
    "claim.diagnoses": ("Diagnoses changed", ""),
    "claim.override": ("Reason given for going on", "attention"),
    "claim.withdraw_override": ("Reason withdrawn", ""),
    "claim.mark_ready": ("Marked ready", "ready"),
    "claim.back_to_draft": ("Back to draft", "draft"),
    "claim.hold": ("Held", "attention"),
    "packet.seal": ("Packet sealed", "submitted"),
    "packet.download": ("Packet downloaded", ""),
    "packet.label": ("Address label or fax cover printed", ""),
    "claim.stock_pdf": ("Set on CMS-1500 stock", ""),
    "claim.code": ("Code chosen", ""),
    "evidence.add": ("Evidence put on the shelf", ""),
    "evidence.remove": ("Evidence taken off the shelf", ""),
    "evidence.restore": ("Evidence put back on the shelf", ""),
    "estimate.give": ("Estimate given", ""),
    "estimate.sign": ("Estimate signed by the patient", "ready"),
    "visit.restrict": ("The patient wants no plan to be told", "denied"),
    "visit.lift_restriction": ("Plans may be told again", ""),
    "submission.prove": ("Proof of filing kept", "submitted"),
    "claim.export": ("Written into an electronic file", "submitted"),
    "claim.submit": ("Sent to the payer", "submitted"),
    "claim.accept": ("Accepted by the payer", "submitted"),
    "claim.reject": ("Rejected before it was decided", "denied"),
    "claim.pend": ("Pended by the payer", "attention"),
    "claim.pay": ("Paid", "paid"),
    "claim.pay_part": ("Paid in part", "paid"),
    "claim.deny": ("Denied", "denied"),
    "claim.leave_to_patient": ("Left to the patient", ""),
    "claim.reverse": ("Decision taken back", "attention"),
    "claim.close": ("Closed", ""),
    "claim.write_off": ("Written off", ""),
    "claim.void": ("Voided", ""),
    "claim.correct": ("Replaced by a corrected claim", ""),
    "claim.restore": ("Open again, as the corrected claim is void", ""),
    "claim.reopen": ("Opened again", ""),
    "claim.answer_void": ("Opened again though it was void", "attention"),
    "denial.open": ("Denial opened", "denied"),
    "denial.assign": ("Denial assigned", ""),
    "denial.cause": ("Cause of the denial changed", ""),
    "denial.appeal": ("Denial is appealed", "appeal"),
    "denial.reopen": ("Denial opened again", "denied"),
    "denial.resolve": ("Denial resolved", "ready"),
    "appeal.open": ("Appeal started", "appeal"),
    "appeal.letter": ("Appeal letter saved", ""),
    "appeal.seal": ("Appeal sealed", "appeal"),
    "appeal.edit": ("Appeal letter opened again", ""),
    "appeal.send": ("Appeal sent", "appeal"),
    "appeal.decide": ("Appeal decided", "ready"),
    "appeal.withdraw": ("Appeal withdrawn", ""),
}
"""What the history of a claim tells of; looking at it is in the audit trail only."""


_OF_THE_RECORD = [name for name in _TOLD if name.startswith(("encounter.", "estimate.", "visit."))]


def history(claim: Claim, packets: list[Packet]) -> list[dict[str, Any]]:
    """What happened to a claim, the newest first."""
    own = Q(subject__in=[claim.number, *(p.number for p in packets)]) & ~Q(action__endswith=".view")
    records = [version.number for version in of_visit(claim.encounter.visit_key).order_by()]
    of_the_record = Q(subject__in=records, action__in=_OF_THE_RECORD)
    events = AuditEvent.objects.filter(own | of_the_record).select_related("by")
    return [_told(e) for e in events.order_by("-seq")[:60]]


def _told(event: AuditEvent) -> dict[str, Any]:
    what, tone = _TOLD.get(event.action, (event.action.replace(".", " ").replace("_", " ").capitalize(), ""))
    detail = json.loads(event.detail)
    rule, because = detail.get("rule", ""), detail.get("because", "")
    if "recheck" in detail:
        what = f"{what}, when all claims were checked again"
    if event.subject.startswith("K"):
        what = f"{what}: {event.subject}"
    return {
        "what": f"{what} ({rule})" if rule else f"{what}: {because}" if because else what,
        "who": event.by.display_name if event.by else "Ductus",
        "at": event.at,
        "tone": tone,
    }


def told_with(claim: Claim, action: str) -> dict[str, Any]:
    """What a person gave with the newest such step of a claim, such as its reason; nothing where it was never taken."""
    event = AuditEvent.objects.filter(action=action, subject=claim.number).order_by("-seq").first()
    return dict(json.loads(event.detail)) if event else {}


def signed_at(encounter: Encounter) -> Any:
    signature = getattr(encounter, "signature", None)
    return signature.signed_at if signature else None


def newest_overrides(claim: Claim) -> dict[str, Any]:
    """The standing reasons by rule id, with who gave them."""
    rows = claim.overrides.filter(withdrawn_at=None).select_related("by")
    return {row.rule: row for row in rows}
