"""The life of a claim as steps: what is done, where it stands, what is to come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from claims.models import Claim, Packet
from claims.queries.billing import signed_at
from claims.workflow import APPEALS_TO_SEND, WORD_LABELS, Adjudication, AppealStatus, ClaimWord, Preparation, Transport
from documentation.kernel.rule import Report, Severity

PAID = (Adjudication.PAID, Adjudication.PARTLY_PAID, Adjudication.PATIENT_SHARE)


@dataclass(frozen=True)
class Step:
    label: str
    is_done: bool
    note: str = ""


def timeline(claim: Claim, report: Report, current: Packet | None) -> list[dict[str, str]]:
    """The steps for components/timeline.html: the first that is not done is where the claim stands."""
    tone = WORD_LABELS[ClaimWord(claim.said)][1]  # type: ignore[attr-defined]
    shown, is_now_taken = [], False
    for step in (*_before(claim, report, current), *_after(claim)):
        state = "done" if step.is_done else "open" if is_now_taken else "now"
        is_now_taken = is_now_taken or not step.is_done
        shown.append({"label": step.label, "note": step.note, "state": state, "tone": tone if state == "now" else ""})
    return shown


def _before(claim: Claim, report: Report, current: Packet | None) -> Iterator[Step]:
    """From the signature to the sealed packet."""
    at = signed_at(claim.encounter)
    yield Step("Signed", bool(at), _day(claim.encounter.location.today(at)) if at else "")
    counted = [r for r in report if r.severity is not Severity.ADVICE]
    was_sent = claim.transport not in (Transport.NONE, Transport.REJECTED)
    passed = sum(1 for r in counted if not r.is_open)
    yield Step("Checked", claim.preparation == Preparation.READY or was_sent, f"{passed} of {len(counted)}")
    yield Step("Packet", bool(current) or was_sent, current.number if current else "")


def _after(claim: Claim) -> Iterator[Step]:
    """From the sending to the money."""
    sent = claim.submissions.filter(packet__kind="claim").first()
    note = f"{_day(sent.sent_on)} · {sent.get_channel_display().lower()}" if sent else ""
    if claim.transport == Transport.REJECTED:
        yield Step("Rejected", False, note)
    else:
        yield Step("Submitted", claim.transport != Transport.NONE, note)
    is_decided = claim.adjudication not in (Adjudication.NONE, Adjudication.PENDED)
    yield Step("Accepted", claim.transport == Transport.ACCEPTED or is_decided)
    is_paid = claim.adjudication in PAID
    denial = claim.denials.order_by("-denied_on", "-pk").first()
    if denial is None:
        yield Step("Decided", is_decided)
    else:
        appeals = list(claim.appeals.exclude(status=AppealStatus.WITHDRAWN).order_by("level", "pk"))
        yield Step("Denied", bool(appeals) or is_paid, f"{_day(denial.denied_on)} · {denial.group}-{denial.carc}")
        for appeal in appeals:
            when = f"due {_day(appeal.due_on)}" if appeal.status in APPEALS_TO_SEND else "sent"
            when = appeal.get_outcome_display().lower() if appeal.status == AppealStatus.DECIDED else when
            yield Step(f"Appeal {appeal.level}", appeal.status == AppealStatus.DECIDED, when)
    yield Step("Paid", is_paid)


def _day(day: date) -> str:
    return f"{day:%b} {day.day}"
