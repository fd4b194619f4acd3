"""Since when claims wait, for the practice or for their payers, counted from scratch: plain passes over rows and the
trail.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from claims.models import Appeal, Claim, ClaimNote, Decision, Denial, StatusCall, Submission, WriteOff
from documentation.models import AuditEvent


def idle_now() -> dict[int, datetime]:
    """Of every open claim that waits for the practice, the moment since which nothing was done about it."""
    still_open = {row.pk: row for row in Claim.objects.filter(closing="open")}
    touched: dict[int, list[datetime]] = defaultdict(list)
    for key, at in ClaimNote.objects.values_list("claim", "written_at"):
        touched[key].append(at)
    for key, at in StatusCall.objects.values_list("claim", "recorded_at"):
        touched[key].append(at)
    for key, at in Decision.objects.values_list("denial__claim", "decided_at"):
        touched[key].append(at)
    came_back: dict[str, list[datetime]] = defaultdict(list)
    for subject, at in AuditEvent.objects.filter(action__in=("claim.reject", "denial.reopen")).values_list(
        "subject", "at"
    ):
        came_back[subject].append(at)
    for key, day in Submission.objects.values_list("claim", "sent_on"):
        if key in still_open:
            came_back[still_open[key].number].append(_midday(day))
    lies: dict[int, list[datetime]] = defaultdict(list)
    in_hand = set()
    for appeal in Appeal.objects.filter(status__in=("draft", "sealed")):
        in_hand.add(appeal.denial_id)
        lies[appeal.claim_id].append(appeal.opened_at)
    for denial in Denial.objects.filter(status="open"):
        if denial.pk in in_hand:
            continue
        since = [denial.opened_at, *touched[denial.claim_id], *came_back[f"denial {denial.pk}"]]
        if denial.next_on:
            since.append(_midday(denial.next_on) - timedelta(days=7))
        lies[denial.claim_id].append(max(since))
    for key, claim in still_open.items():
        if claim.transport == "rejected":
            lies[key].append(_latest(came_back[claim.number]))
    return {key: min(moments) for key, moments in lies.items() if key in still_open}


class Waiting:
    """What is asked beside a claim's own rows to say since when it waits for its first answer."""

    def __init__(self) -> None:
        self.calls: dict[int, list[StatusCall]] = defaultdict(list)
        for call in StatusCall.objects.order_by("-pk"):
            self.calls[call.claim_id].append(call)
        self.asked = set(WriteOff.objects.filter(status="requested").values_list("claim", flat=True))

    def of(self, claim: Claim, sent_on: date, *, has_case: bool) -> tuple[date | None, date | None]:
        """Of a claim without an answer, sent last on a day, the two days of its figures; `has_case` where a denial or
        an appeal is open.
        """
        if claim.transport not in {"sent", "accepted"} or claim.adjudication not in {"none", "pended"}:
            return None, None
        last = next((call for call in self.calls[claim.pk] if call.called_on >= sent_on), None)
        if last is None:
            return (None if has_case or claim.pk in self.asked else sent_on), None
        return sent_on, last.next_on


def _midday(day: Any) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def _latest(moments: Iterable[datetime]) -> datetime:
    return max(moments, default=datetime(2000, 1, 1, tzinfo=UTC))
