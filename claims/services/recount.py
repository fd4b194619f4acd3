"""Counting the figures from scratch, with code of its own.

Of what the verbs keep them by it shares one rule alone: which of the answers on a claim stand.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import takewhile
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection, transaction

from claims.clocks.counting import last_day
from claims.clocks.paths import FROM_FILING, SHIPPED, Path
from claims.edi.standing import Given, standing
from claims.models import (
    Appeal,
    AppealPath,
    Claim,
    ClaimFigures,
    ClaimLine,
    Denial,
    FiguresCheck,
    FiguresSum,
    PlaybookFact,
    RemittanceClaim,
    RemittanceLine,
    Submission,
    WriteOff,
)
from claims.queries.standing import outcome_of
from claims.services.recount_idle import Waiting, idle_now
from claims.services.recount_kept import rebuild_kept, wrong_kept
from claims.services.recount_queues import rebuild_places, wrong_places
from documentation.models.among import among
from documentation.services.onemoment import one_moment
from documentation.services.patients import rebuild_words, wrong_words

FIELDS = [f.attname for f in ClaimFigures._meta.concrete_fields if f.attname != "claim_id"]


@dataclass(frozen=True)
class Compared:
    """What a recount found: how many claims there are, how many of them have other figures or another place in the
    worklist, and how many months have sums that their claims do not give. A patient who is found by other words than
    are kept of them counts as one that is wrong.
    """

    claims: int
    wrong: int
    months: int


def compare() -> Compared:
    """The kept figures beside a recount."""
    kept = {f.claim_id: {name: getattr(f, name) for name in FIELDS} for f in ClaimFigures.objects.all()}
    counted = recount()
    wrong = {key for key, values in counted.items() if kept.get(key) != values} | (kept.keys() - counted.keys())
    wrong |= wrong_places(counted) | wrong_kept(counted)
    return Compared(len(counted), len(wrong) + len(wrong_words()), len(wrong_months(counted)))


def differences() -> tuple[int, int]:
    """How many claims there are, and how many differ; where every claim is right, how many months do."""
    found = compare()
    return found.claims, found.wrong or found.months


def wrong_months(counted: dict[int, dict[str, Any]]) -> set[date]:
    """The months with a sum that the claims do not give."""
    sums: Counter[tuple[Any, ...]] = Counter()
    for summand in FiguresSum.objects.values():
        row: dict[str, Any] = {**summand}
        at = tuple(row.pop(name) for name in (*_CELL, "id"))[:-1]
        sums.update({(*at, name): value for name, value in row.items()})
    for row in counted.values():
        at = (row["service_date"].replace(day=1), *(row[name] for name in _CELL[1:]))
        sums.subtract({(*at, name): value for name, value in _adds(row).items()})
    return {key[0] for key, value in sums.items() if value}


def rebuild(*, compared: bool = True) -> tuple[int, int]:
    """Write the recount. Returns the number of claims, and of those whose figures were wrong: all, where it is known
    beforehand that something is missing, and nothing is `compared`.
    """
    with transaction.atomic():
        rows, wrong = differences() if compared else (n := Claim.objects.count(), n)
        if wrong:
            # Whoever changes a claim meanwhile would take off what it had before, of sums that are written anew.
            list(Claim.objects.select_for_update().order_by("pk").values_list("pk"))
            _hold_tables()
            ClaimFigures.objects.all().delete()
            FiguresSum.objects.all().delete()
            counted = recount()
            ClaimFigures.objects.bulk_create(
                [ClaimFigures(claim_id=key, **values) for key, values in counted.items()], batch_size=500
            )
            sums: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
            for row in counted.values():
                sums[(row["service_date"].replace(day=1), *(row[n] for n in _CELL[1:]))].update(_adds(row))
            FiguresSum.objects.bulk_create(
                [FiguresSum(**dict(zip(_CELL, at, strict=True)), **total) for at, total in sums.items()], batch_size=500
            )
            rebuild_places(counted)
            rebuild_kept(counted)
            rebuild_words()
    return rows, wrong


def _hold_tables() -> None:
    """Nobody writes figures, sums or visits to bill until the transaction ends: of claims that are started at this
    moment, which nobody can hold yet, of records that are signed, or to put sums together. Reading goes on. On SQLite
    one writes at a time anyway.
    """
    # In the order in which a verb writes to them.
    tables = "claims_claimfigures, claims_figuressum, claims_appealsum, claims_answeredsum, claims_visittobill"
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")


def keep_check(*, at: datetime) -> FiguresCheck:
    """Compare, and remember what was found and when. What people change meanwhile is no difference."""
    with one_moment():
        found = compare()
    return FiguresCheck.objects.create(checked_at=at, claims=found.claims, differences=found.wrong, months=found.months)


_CELL = ("month", "payer_id", "plan_name", "clinician_id", "biller_id", "location_id", "code", "first_cause")


def _adds(f: dict[str, Any]) -> dict[str, int]:
    """What a claim adds to the sums of its cell."""

    def cents(name: str, counts: bool = True) -> int:
        return round(f[name] * 100) if counts else 0

    def wait(start: str, end: str, counts: bool = True) -> tuple[int, int]:
        both = counts and f[start] is not None and f[end] is not None
        return ((f[end] - f[start]).days, 1) if both else (0, 0)

    own, has_answer = f["stands"], f["stands"] and f["answered_on"] is not None
    was_sent = own and f["submitted_on"] is not None
    known = own and f["sendings"] >= 1 and (f["arrived"] or f["rejections"] >= 1)
    submit, appeal, payment = (
        wait("service_date", "submitted_on", own),
        wait("denied_on", "appealed_on"),
        wait("submitted_on", "paid_on", own),
    )
    return {
        "sent": 1 if was_sent else 0,
        "billed_sent": cents("billed", was_sent),
        "unanswered": 1 if was_sent and not has_answer else 0,
        "answered": 1 if has_answer else 0,
        "billed_answered": cents("billed", has_answer),
        "denied": 1 if own and f["initially_denied"] else 0,
        "first_denied": cents("first_denied", own),
        "first_pass": 1 if own and f["paid_first_time"] else 0,
        "sendings": f["sendings"],
        "rejections": f["rejections"],
        "originals": 1 if known else 0,
        "clean": 1 if known and f["arrived"] and (f["sendings"], f["rejections"]) == (1, 0) else 0,
        "decided": 1 if f["appeals_decided"] else 0,
        "overturned": 1 if f["appeals_overturned"] else 0,
        **{name: cents(name) for name in ("appealed", "regained", "written_off", "at_risk", "paid")},
        "won": cents("recovered"),
        "won_claims": 1 if f["recovered"] > 0 else 0,
        **{f"{name}_claims": 1 if f[name] > 0 else 0 for name in ("regained", "written_off", "at_risk")},
        **dict(zip(("submit_days", "submit_claims"), submit, strict=True)),
        **dict(zip(("appeal_days", "appeal_claims"), appeal, strict=True)),
        **dict(zip(("payment_days", "payment_claims"), payment, strict=True)),
    }


def recount() -> dict[int, dict[str, Any]]:
    """The figures of every claim, from the rows that they count."""
    zero = Decimal("0.00")
    answers, denials, appeals, sent = (defaultdict(list) for _ in range(4))
    for a in RemittanceClaim.objects.filter(claim__isnull=False, remittance__posted_at__isnull=False).select_related(
        "remittance"
    ):
        answers[a.claim_id].append(a)
    for d in Denial.objects.all():
        denials[d.claim_id].append(d)
    for p in Appeal.objects.select_related("claim"):
        appeals[p.claim_id].append(p)
    of_appeals: dict[int, list[date]] = defaultdict(list)
    for s in Submission.objects.select_related("packet"):
        if s.appeal_id:
            of_appeals[s.claim_id].append(s.sent_on)
        elif s.packet.kind == "claim":
            sent[s.claim_id].append((s.sent_on, s.pk, s.recorded_by_id))
    given_up: dict[int, Decimal] = defaultdict(lambda: zero)
    for w in WriteOff.objects.filter(status="approved"):
        given_up[w.claim_id] += w.amount
    named = _lines_of([a.pk for rows in answers.values() if len(rows) > 1 for a in rows])
    codes = {row.claim_id: row.code for row in ClaimLine.objects.order_by("-position")}
    limits, idle, waiting = _Limits(), idle_now(), Waiting()
    result = {}
    for claim in Claim.objects.select_related("coverage", "encounter"):
        given = sorted(answers[claim.pk], key=lambda a: (a.remittance.posted_at, a.pk))
        decisions = [a for a in given if a.outcome in {"paid", "partly_paid", "denied", "patient_share"}]
        payments = [a for a in given if a.outcome in {"paid", "partly_paid", "patient_share"}]
        first = next((d for d in sorted(denials[claim.pk], key=lambda d: d.pk) if d.is_first), None)
        decided = [p for p in appeals[claim.pk] if p.status == "decided"]
        won = [p for p in decided if p.outcome.startswith("overturned")]
        at_risk = [d for d in denials[claim.pk] if d.status != "resolved"] if claim.closing == "open" else []
        paid = sum((a.paid for a in given if a.outcome != "predetermination"), zero)
        recovered = sum((p.recovered for p in decided), zero)
        open_amount = min(sum((d.amount - _won(d, decided) for d in at_risk), zero), claim.total)
        out = sorted(sent[claim.pk])
        later = max(recovered, paid - (decisions[0].paid if decisions else zero))
        is_out = claim.closing == "open" and (bool(out) or claim.transport != "none")
        unpaid, left = max(claim.total - paid, zero), max(open_amount, zero)
        if claim.adjudication in {"none", "pended"}:
            left = unpaid
        elif is_out:
            left += min(_undecided(claim, given, named), max(unpaid - left, zero))
        owed, stands = left if is_out else zero, claim.closing != "voided" and claim.replaces_id is None
        silent: tuple[date | None, date | None] = (None, None)
        if stands and out and not decisions and owed > 0:
            has_case = bool(at_risk) or any(p.status in {"draft", "sealed", "sent"} for p in appeals[claim.pk])
            silent = waiting.of(claim, out[-1][0], has_case=has_case)
        last_days = _last_days(claim, at_risk, appeals[claim.pk], limits)
        result[claim.pk] = {
            "payer_id": claim.coverage.payer_id,
            "clinician_id": claim.encounter.clinician_id,
            "location_id": claim.encounter.location_id,
            "service_date": claim.service_date,
            "plan_name": claim.coverage.plan_name,
            "code": codes.get(claim.pk, ""),
            "biller_id": out[0][2] if out else None,
            "stands": stands,
            "sendings": len(out),
            "rejections": len(out) - (1 if out and claim.transport != "rejected" else 0),
            "arrived": bool(decisions) or claim.transport == "accepted",
            "denied_on": first.denied_on if first else None,
            "appealed_on": min(of_appeals[claim.pk], default=None),
            "appealed": sum((d.amount for d in denials[claim.pk] if d.pk in {p.denial_id for p in decided}), zero),
            "regained": min(first.amount, max(later, zero)) if first else zero,
            "written_off": given_up[claim.pk],
            "owed": owed,
            "submitted_on": out[0][0] if out else None,
            "answered_on": decisions[0].remittance.paid_on if decisions else None,
            "paid_on": payments[0].remittance.paid_on if payments else None,
            "billed": claim.total,
            "paid": paid,
            "initially_denied": first is not None,
            "first_cause": first.cause if first else "",
            "first_denied": first.amount if first else zero,
            "paid_first_time": bool(decisions) and decisions[0].outcome in {"paid", "patient_share"} and first is None,
            "at_risk": open_amount,
            "at_risk_until": min(last_days, default=None),
            "appeals_decided": len(decided),
            "appeals_overturned": len(won),
            "recovered": recovered,
            "idle_since": idle.get(claim.pk),
            "waits_since": silent[0],
            "ask_again_on": silent[1],
        }
    return result


def _lines_of(answers: list[int]) -> dict[int, set[str]]:
    """By answer the lines that it names by our numbers; asked of claims alone that were answered more than once."""
    found: dict[int, set[str]] = defaultdict(set)
    rows = RemittanceLine.objects.filter(among("answer", answers)).exclude(line_control="")
    for key, line in rows.values_list("answer_id", "line_control"):
        found[key].add(line)
    return found


def _undecided(claim: Claim, answers: list[RemittanceClaim], named: dict[int, set[str]]) -> Decimal:
    """What a payer that decided on a claim left open of it: lines that it said nothing of, and what it pended.

    Which answers stand is one rule for all who ask; what they leave open is added up here.
    """
    given = [
        Given(
            key=a.pk,
            outcome=outcome_of(a.outcome),
            charge_cents=round(a.charge * 100),
            paid_cents=round(a.paid * 100),
            payer_control=a.payer_control,
            lines=frozenset(named.get(a.pk, ())),
            check=a.remittance_id,
        )
        for a in answers
    ]
    keys = {one.key for one in standing(given, round(claim.total * 100))}
    silent, pended = claim.total, Decimal("0.00")
    for a in answers:
        if a.pk in keys:
            silent -= a.charge
            pended += max(a.pended, Decimal("0.00"))
    return max(silent, Decimal("0.00")) + pended if keys else Decimal("0.00")


def _won(denial: Denial, decided: list[Appeal]) -> Decimal:
    return sum((p.recovered for p in decided if p.denial_id == denial.pk), Decimal("0.00"))


_TIME, _RULES, _FILING = "appeal_days", "appeal_rules", "filing_indicator"


class _Limits:
    """What is written down of the time to appeal: of each payer and plan, and of each level of the rules."""

    def __init__(self) -> None:
        self.facts: dict[tuple[int, str, str], list[PlaybookFact]] = defaultdict(list)
        for row in PlaybookFact.objects.filter(key__in=(_TIME, _RULES, _FILING)).order_by("-pk"):
            self.facts[row.payer_id, row.plan_name, row.key].append(row)
        self.own = [row.path for row in AppealPath.objects.select_related("recorded_by").order_by("-pk")]

    def last_day(self, claim: Claim, level: int, event: date, denied_on: date) -> date:
        payer, plan = claim.coverage.payer_id, claim.coverage.plan_name
        days = []
        for regime in self._regimes(payer, plan, denied_on):
            known = self._doubtful(payer, plan, _TIME, denied_on) if regime == "unknown" or level == 1 else []
            days += [event + timedelta(days=int(row.value or 0)) for row in known]
            if not known or _is_old(known[-1], denied_on):
                days.append(self._by_rules(regime, level, event))
        return min(days)

    def _regimes(self, payer: int, plan: str, day: date) -> set[str]:
        found = set()
        for key in (_RULES, _FILING):
            rows = self._doubtful(payer, plan, key, day)
            found |= {str(r.value) if key == _RULES else FROM_FILING.get(str(r.value), "unknown") for r in rows}
            if rows and not _is_old(rows[-1], day):
                return found
        return found | {"unknown"}

    def _doubtful(self, payer: int, plan: str, key: str, day: date) -> list[PlaybookFact]:
        """The plan's own rows, then the payer's, of which the shortest counts."""
        rows: list[PlaybookFact] = []
        for name in dict.fromkeys((plan, "")):
            rows += takewhile(lambda row: row.value, self.facts.get((payer, name, key), ()))
        return _held(rows, lambda row: _is_old(row, day))

    def _by_rules(self, regime: str, level: int, event: date) -> date:
        wanted = 1 if regime == "unknown" else level
        days: list[date] = []
        while True:
            own = [p for p in self.own if (p.regime, p.level) == (regime, wanted) and not days]
            own = _held([p for p in own if (p.applies_from or date.min) <= event], lambda p: _is_stale(p, event))
            days += [last_day(event, replace(p.limit, is_verified=not _is_stale(p, event))) for p in own]
            if own and not _is_stale(own[-1], event):
                return min(days)
            usual = [p for p in SHIPPED if p.regime == regime and p.level == wanted]
            if usual:
                return min([*days, last_day(event, usual[0].limit)])
            wanted -= 1


Row = TypeVar("Row", PlaybookFact, Path)


def _held(newest_first: list[Row], is_old: Callable[[Row], bool]) -> list[Row]:
    """The newest row, and while it is too old each older one that was verified later, down to one that is not."""
    found: list[Row] = []
    for row in newest_first:
        if not found or (_later(row, found[-1]) and is_old(found[-1])):
            found.append(row)
    return found


def _is_stale(path: Path, event: date) -> bool:
    return path.verified_on is None or path.verified_on + timedelta(days=settings.PLAYBOOK_DAYS) < event


def _later(row: PlaybookFact | Path, than: PlaybookFact | Path) -> bool:
    return (row.verified_on or date.min) > (than.verified_on or date.min)


def _is_old(known: PlaybookFact, day: date) -> bool:
    is_old = known.verified_on is None or known.verified_on + timedelta(days=settings.PLAYBOOK_DAYS) < day
    return is_old or bool(known.expires_on and known.expires_on < day)


def _last_days(claim: Claim, at_risk: list[Denial], appeals: list[Appeal], limits: _Limits) -> list[date]:
    found = []
    for denial in at_risk:
        own = [p for p in appeals if p.denial_id == denial.pk and p.status != "withdrawn"]
        found += [p.due_on for p in own if p.status in {"draft", "sealed"}]
        if denial.status == "open" and denial.may_appeal:
            newest = max(own, key=lambda p: p.level, default=None)
            event, level = denial.denied_on, 1
            if newest and newest.decided_on:
                event, level = newest.decided_on, newest.level + 1
            found.append(limits.last_day(claim, level, event, denial.denied_on))
    return found
