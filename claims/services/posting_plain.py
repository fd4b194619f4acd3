"""Posting what most answers are: the first decision on a claim that waits for one, many at a time.

An answer is plain where it is the only one that its check gives on an open claim which replaces no other and of
which nothing was answered, denied or appealed before. Then it is known beforehand which rows its posting writes, and
they are written together: the same as `posting` writes one by one, which takes all others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Q

from claims.codes.denial_causes import Classification, Outcome
from claims.edi.standing import Given, standing
from claims.effect import Answered, ClaimState, Effect, effects
from claims.models import (
    Adjustment,
    Appeal,
    Claim,
    Denial,
    Payer,
    Remittance,
    RemittanceClaim,
    RemittanceLine,
    Submission,
)
from claims.models.claims import number_of
from claims.models.packets import DECIDED_ON
from claims.queries.code_book import code_books
from claims.queries.deadlines import first_deadline
from claims.queries.idling import idle_since
from claims.queries.remittances import AdjustmentValues, LineValues, meaning_of
from claims.queries.standing import outcome_of
from claims.services.denials import values_of
from claims.services.figures import ANSWERS, PAYMENTS, kept, owed_in_part, refresh, write
from claims.workflow import ADJUDICATION, CLOSING, Adjudication, Closing, Transport
from documentation.kernel.machine import NotPossible
from documentation.kernel.money import from_cents, to_cents
from documentation.models import Location, User
from documentation.models.among import among
from documentation.services.audit import Told, record_many
from documentation.services.bulk import insert, reserve

AT_ONCE = 1_000
"""Claims that are held and written together; the number of queries for them is always the same."""
ZERO = Decimal("0.00")


def post_plain(remittance: Remittance, *, by: User, at: datetime) -> set[int]:
    """Post the plain answers of a check, inside its transaction. Returns the claims whose answers are not plain."""
    answered = remittance.answers.filter(claim__isnull=False).order_by("claim")
    counted = Counter(answered.values_list("claim_id", flat=True))
    others = {claim for claim, answers in counted.items() if claim and answers > 1}
    alone = sorted(claim for claim in counted if claim and claim not in others)
    for start in range(0, len(alone), AT_ONCE):
        others |= _Chunk(remittance, alone[start : start + AT_ONCE], by=by, at=at).post()
    return others


@dataclass(frozen=True, slots=True)
class _Waiting:
    """What is known of a claim."""

    key: int
    adjudication: str
    total: Decimal
    transport: str
    payer: int
    plan_name: str
    location: int
    patient: int

    @property
    def number(self) -> str:
        return number_of(self.key)

    @property
    def state(self) -> ClaimState:
        """It is open, and nothing was answered yet."""
        return ClaimState(to_cents(self.total), Adjudication(self.adjudication))


def _given(key: int, charge: Decimal, paid: Decimal, found: Classification) -> Given:
    cents = to_cents(charge), to_cents(paid), found.denied_cents, found.pended_cents
    return Given(key, found.outcome, *cents)


@dataclass(slots=True)
class _Posted:
    """One answer with its claim and what becomes of both."""

    claim: _Waiting
    answer: int
    first: Given
    """As it was first found: figures go by it."""
    found: Classification
    paid_on: date
    effect: Effect


class _Chunk:
    """Claims that are posted together, with what is known of them."""

    def __init__(self, remittance: Remittance, wanted: list[int], *, by: User, at: datetime) -> None:
        self.remittance, self.wanted, self.by, self.at = remittance, wanted, by, at
        self.sent: dict[int, list[dict[str, Any]]] = {}
        self.posted: list[_Posted] = []
        self.denials: dict[int, dict[str, Any]] = {}
        """By claim the values of the denial that is opened."""

    def post(self) -> set[int]:
        """Write all that is plain; the claims that are not come back."""
        claims = self._claims(self._busy())
        self._look(claims)
        self._write_claims()
        self._write_denials()
        self._write_figures()
        record_many(self._events(), by=self.by, at=self.at)
        return set(self.wanted) - set(claims)

    # --- what there is ---

    def _busy(self) -> set[int]:
        """Claims of which something was answered, denied or appealed before. Asked once they are held."""
        list(Claim.objects.select_for_update().filter(among("pk", self.wanted)).order_by("pk").values_list("pk"))
        posted, mine = Q(remittance__posted_at__isnull=False), among("claim", self.wanted)
        before = RemittanceClaim.objects.filter(posted, mine).values_list("claim_id", flat=True)
        found = {claim for claim in before if claim}
        for kind in (Denial.objects.filter(mine), Appeal.objects.filter(mine)):
            found |= set(kind.order_by().values_list("claim_id", flat=True))
        return found

    def _claims(self, busy: set[int]) -> dict[int, _Waiting]:
        free = [key for key in self.wanted if key not in busy]
        rows = Claim.objects.filter(among("pk", free), closing=Closing.OPEN, replaces=None).order_by("pk")
        found = rows.values_list(
            "pk", "adjudication", "total", "transport", "coverage__payer_id", "coverage__plan_name",
            "encounter__location_id", "encounter__patient_id",
        )  # fmt: skip
        claims = {row[0]: _Waiting(*row) for row in found}
        sent = Submission.objects.filter(among("claim", claims), packet__kind__in=DECIDED_ON).order_by(
            "-sent_on", "-pk"
        )
        for row in sent.values("claim_id", "packet_id", "sent_on", "packet__kind"):
            self.sent.setdefault(row["claim_id"], []).append(dict(row))
        return claims

    def _look(self, claims: dict[int, _Waiting]) -> None:
        """What each answer means, and which steps it takes."""
        answers = self.remittance.answers.filter(among("claim", claims)).order_by("claim")
        rows = list(
            answers.values_list("pk", "claim_id", "outcome", "pended", "status_code", "charge", "paid", "remarks")
        )
        keys = [row[0] for row in rows]
        lines: dict[int, list[LineValues]] = {}
        for of, *line in RemittanceLine.objects.filter(among("answer", keys)).values_list(
            "answer_id", "pk", "code", "charge", "paid", "remarks"
        ):
            lines.setdefault(of, []).append(tuple(line))
        taken: dict[int, list[AdjustmentValues]] = {}
        for of, *adjustment in Adjustment.objects.filter(among("answer", keys)).values_list(
            "answer_id", "line_id", "group", "carc", "amount"
        ):
            taken.setdefault(of, []).append(tuple(adjustment))
        today = self._today(claims) if self.remittance.paid_on is None else {}
        books = code_books({c.payer for c in claims.values()}, self.remittance.paid_on)
        for key, of, outcome, pended, status, charge, paid, remarks in rows:
            claim = claims[of or 0]
            said = (status, charge, paid, remarks), lines.get(key, ()), taken.get(key, ())
            found = meaning_of(*said, books[claim.payer], self.remittance.paid_on)
            day = self.remittance.paid_on or today[claim.location]
            (effect,) = effects(claim.state, [Answered(_given(key, charge, paid, found), found, day)])
            first = Given(key, outcome_of(outcome), to_cents(charge), to_cents(paid), pended_cents=to_cents(pended))
            self.posted.append(_Posted(claim, key, first, found, day, effect))

    def _today(self, claims: dict[int, _Waiting]) -> dict[int, date]:
        places = Location.objects.in_bulk({claim.location for claim in claims.values()})
        return {key: place.today(self.at) for key, place in places.items()}

    # --- what is written ---

    def _write_claims(self) -> None:
        """Each claim moves on from the state that it was seen in, or nothing of the check is posted."""
        groups: dict[tuple[str, str, bool], list[int]] = {}
        for one in self.posted:
            if step := one.effect.step:
                groups.setdefault((step, one.claim.adjudication, one.effect.closes), []).append(one.claim.key)
        for (step, before, closes), keys in groups.items():
            after = ADJUDICATION.fire(step, before, self.by.permissions)
            values: dict[str, Any] = {"adjudication": after.value, "revision": F("revision") + (2 if closes else 1)}
            if closes:
                values["closing"] = CLOSING.fire("close", Closing.OPEN, self.by.permissions).value
            seen = Claim.objects.filter(among("pk", keys), adjudication=before, closing=Closing.OPEN)
            if seen.update(**values) != len(keys):
                raise NotPossible("Somebody else changed a claim of this check at the same moment. Post it again.")

    def _write_denials(self) -> None:
        denied = [one for one in self.posted if one.effect.opens_denial]
        for one, key in zip(denied, reserve(Denial, len(denied)) if denied else (), strict=True):
            known = values_of(one.found, is_first=True, denied_on=one.paid_on, at=self.at)
            self.denials[one.claim.key] = {
                "id": key, "claim": one.claim.key, "answer": one.answer, "packet": self._packet(one), **known,
            }  # fmt: skip
        rows = list(self.denials.values())
        if rows:
            insert(Denial, list(rows[0]), [tuple(row.values()) for row in rows])

    def _packet(self, one: _Posted) -> int | None:
        """The packet that a decision answers: the newest that was sent until its day, or else the newest of all."""
        sent = self.sent.get(one.claim.key, [])
        before = [row for row in sent if row["sent_on"] <= one.paid_on]
        return next((row["packet_id"] for row in (before or sent)), None)

    def _write_figures(self) -> None:
        last_days = self._last_days()
        before = kept([one.claim.key for one in self.posted])
        idle = idle_since(before)
        write(
            before,
            {
                one.claim.key: {
                    **before[one.claim.key],
                    **self._figures(one, last_days),
                    "idle_since": idle.get(one.claim.key),
                    **({} if self._still_waits(one) else {"waits_since": None, "ask_again_on": None}),
                }
                for one in self.posted
                if one.claim.key in before
            },
        )
        for key in sorted({one.claim.key for one in self.posted} - before.keys()):
            refresh(Claim.objects.get(pk=key))

    def _still_waits(self, one: _Posted) -> bool:
        """Whether a claim waits for its first answer as before: this one said nothing yet."""
        undecided = one.effect.after.adjudication in (Adjudication.NONE, Adjudication.PENDED)
        is_unpaid = one.first.paid_cents < to_cents(one.claim.total)
        return undecided and is_unpaid and one.first.outcome not in ANSWERS and not one.effect.closes

    def _last_days(self) -> dict[tuple[int, str, date], date]:
        """The last days to appeal, which are the same for the denials of a plan on one check."""
        wanted = {(one.claim.payer, one.claim.plan_name, one.paid_on) for one in self.posted if one.effect.opens_denial}
        payers = Payer.objects.prefetch_related("playbook").in_bulk({payer for payer, _, _ in wanted})
        return {(key, plan, day): first_deadline(payers[key], plan, day) for key, plan, day in wanted}

    def _figures(self, one: _Posted, last_days: dict[tuple[int, str, date], date]) -> dict[str, Any]:
        """What `figures.count` gives of a claim with this answer alone, where that is otherwise than before."""
        claim, denial = one.claim, self.denials.get(one.claim.key)
        day = self.remittance.paid_on
        amount = denial["amount"] if denial else ZERO
        at_risk = min(amount, claim.total)
        is_open, adjudication = not one.effect.closes, one.effect.after.adjudication
        outcome, billed = one.first.outcome, to_cents(claim.total)
        paid = ZERO if outcome is Outcome.PREDETERMINATION else from_cents(one.first.paid_cents)
        is_sent = claim.transport != Transport.NONE or any(
            row["packet__kind"] == "claim" for row in self.sent.get(claim.key, ())
        )
        owed = unpaid = max(claim.total - paid, ZERO)
        if adjudication not in (Adjudication.NONE, Adjudication.PENDED):
            owed = owed_in_part(at_risk, unpaid, standing([one.first], billed), claim.total)
        return {
            "answered_on": day if outcome in ANSWERS else None,
            "paid_on": day if outcome in PAYMENTS else None,
            "arrived": outcome in ANSWERS or claim.transport == Transport.ACCEPTED,
            "paid": paid,
            "initially_denied": denial is not None,
            "first_cause": denial["cause"] if denial else "",
            "first_denied": amount,
            "denied_on": denial["denied_on"] if denial else None,
            "paid_first_time": outcome in ("paid", "patient_share") and denial is None,
            "at_risk": at_risk,
            "at_risk_until": (
                last_days[claim.payer, claim.plan_name, one.paid_on] if denial and denial["may_appeal"] else None
            ),
            "owed": owed if is_open and is_sent else ZERO,
        }

    def _events(self) -> Iterator[Told]:
        for one in self.posted:
            step = one.effect.step
            if not step:
                continue
            number, patient, after = one.claim.number, one.claim.patient, one.effect.after.adjudication.value
            yield Told(f"claim.{step}", number, patient, {"before": one.claim.adjudication, "after": after})
            if one.effect.opens_denial:
                known = self.denials[one.claim.key]
                yield Told("denial.open", number, patient, {"carc": known["carc"], "cause": known["cause"]})
            elif one.effect.closes:
                yield Told("claim.close", number, patient, {"before": "open", "after": "closed"})
