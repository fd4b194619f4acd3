"""What a patient owes of a visit: what its plans left to the patient, what was paid, and what may still change it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from claims.edi.standing import net
from claims.models import Appeal, BillingRelease, Claim, Denial, PatientPayment, RemittanceClaim, WriteOff
from claims.queries.balances import ZERO, Books, Settled, posted_of, settled, unpaid_of
from claims.queries.following import Following
from claims.queries.standing import given_of
from claims.workflow import (
    APPEALS_TO_SEND,
    BILLED,
    Adjudication,
    AppealStatus,
    Closing,
    DenialStatus,
    Transport,
    WriteOffStatus,
)
from documentation.kernel.money import dollars, from_cents, to_cents
from documentation.models import Patient
from documentation.queries.versions import of_visit


@dataclass(frozen=True)
class Hold:
    """Why nobody bills the patient yet, as a sentence, and since when. A release covers what was there before it."""

    why: str
    since: datetime
    claim: Claim
    denial: int | None = None
    """The denial that is open, by its key; of an appeal the denial that it is about."""
    is_appeal: bool = False
    is_untold: bool = False
    """Whether the plan after that claim was not asked yet."""


@dataclass(frozen=True)
class PlanAnswer:
    """A claim of the visit and what its plan answered."""

    claim: Claim
    found: Settled

    @property
    def decides(self) -> bool:
        """Whether something stands that the plan did not merely refuse."""
        stands = [given_of(row) for row in self.found.standing]
        return net(stands, to_cents(self.claim.total)).outcome not in (None, "denied", "pended")


@dataclass(frozen=True)
class Account:
    """A visit as its patient owes it. Amounts are dollars."""

    plans: tuple[PlanAnswer, ...]
    """In the order in which the plans pay."""
    forgiven: Decimal
    """What was written off of the patient's share."""
    payments: tuple[PatientPayment, ...]
    """All of them, also those that were taken back."""
    holds: tuple[Hold, ...]
    release: BillingRelease | None
    """The manager's word that the patient may be billed; None where there is none, or where it was taken back."""
    is_void: bool = False
    """Whether all its claims are void or were replaced: nothing is owed, and what was paid goes back."""

    @property
    def decided_by(self) -> PlanAnswer | None:
        """Whose answer says what the patient owes: the last plan that paid or left anything without refusing all, for
        it knew of the others; where all refused, the last that put it on the patient, else the last. None before any
        answer.
        """
        stands = [p for p in reversed(self.plans) if p.found.standing]
        for fits in (lambda p: p.decides, lambda p: p.found.share > 0, lambda p: True):
            if found := next((p for p in stands if fits(p)), None):
                return found
        return None

    @property
    def share(self) -> Decimal:
        """What the plans leave to the patient (group PR), never more than they left of the charge."""
        by = self.decided_by
        if by is None:
            return ZERO
        rest = by.claim.total - sum((p.found.paid for p in self.plans), ZERO)
        return max(min(by.found.share, rest), ZERO)

    @property
    def paid(self) -> Decimal:
        return self._sum("payment")

    @property
    def refunded(self) -> Decimal:
        return self._sum("refund")

    @property
    def kept(self) -> Decimal:
        """What the patient paid and did not get back."""
        return self.paid - self.refunded

    @property
    def due(self) -> Decimal:
        """What the patient still owes."""
        return max(self.share - self.forgiven - self.kept, ZERO)

    @property
    def overpaid(self) -> Decimal:
        """What goes back to the patient; before any answer a payment is one in advance."""
        return max(self.kept - self.share + self.forgiven, ZERO) if self.decided_by or self.is_void else ZERO

    @property
    def standing_holds(self) -> tuple[Hold, ...]:
        """Those that no release covers."""
        until = self.release.released_at if self.release else None
        return tuple(hold for hold in self.holds if until is None or hold.since > until)

    @property
    def may_bill(self) -> bool:
        """Whether the patient may be billed what is due."""
        return self.due > 0 and not self.standing_holds

    @property
    def last_claim(self) -> Claim:
        """The claim that a payment is written down with."""
        by = self.decided_by or self.plans[0]
        return by.claim

    def _sum(self, kind: str) -> Decimal:
        return sum((p.amount for p in self.payments if p.kind == kind and p.undone_at is None), ZERO)


def account_of(claim: Claim) -> Account | None:
    """The account of the visit that a claim is for; None where all its claims are void or were replaced, and nothing
    that the patient paid stands.
    """
    claims = Claim.objects.filter(encounter__in=of_visit(claim.encounter.visit_key))
    return next(iter(_accounts(claims.select_related(*_SHOWN))), None)


def accounts_of(patient: Patient) -> list[Account]:
    """The accounts of a patient's visits, the newest first; in a constant number of queries."""
    claims = Claim.objects.filter(encounter__patient=patient).select_related(*_SHOWN)
    found = list(_accounts(claims))
    return sorted(found, key=lambda a: (a.plans[0].claim.service_date, a.plans[0].claim.pk), reverse=True)


def left_behind(claim: Claim, found: Settled | None = None) -> Decimal:
    """What nobody pays any more once a claim is closed: neither its plan nor one after it, nor the patient.

    Closing gives it up, so it is a write-off.
    """
    account = account_of(claim)
    if account is None or any(p.claim.sequence > claim.sequence for p in account.plans):
        return ZERO
    return max(unpaid_of(claim, found) - account.due, ZERO)


def against_giving_up(claim: Claim, account: Account | None = None) -> tuple[str, ...]:
    """Why what is left of a claim is not written off yet, or not with it: another plan has the word on it."""
    account = account or account_of(claim)
    if account is None:
        return ()
    waits = [h.why for h in account.standing_holds if h.is_untold or h.claim.sequence > claim.sequence]
    if waits:
        return (*waits, "What is left is written off once that is decided.")
    by = account.last_claim
    if by.sequence > claim.sequence:
        return (f"{by.coverage.payer.name} decided after this plan. What is left of the visit is written off of {by}.",)
    return ()


_SHOWN = ("encounter__patient", "encounter__location", "coverage__payer")


def _accounts(claims: Iterable[Claim]) -> Iterator[Account]:
    rows = sorted(claims, key=lambda c: (c.sequence, c.pk))
    visits: dict[int, list[Claim]] = {}
    for claim in rows:
        visits.setdefault(claim.encounter.visit_key, []).append(claim)
    answers, books = posted_of(rows), Books({claim.coverage.payer_id for claim in rows})
    payments = list(PatientPayment.objects.filter(claim__in=rows).select_related("recorded_by", "undone_by", "claim"))
    releases = list(BillingRelease.objects.filter(claim__in=rows).select_related("released_by"))
    open_cases, following = _Open(rows), Following(rows, books)
    given_up = list(WriteOff.objects.filter(claim__in=rows).select_related("denial__claim__coverage"))
    for together in visits.values():
        keys = {c.pk for c in together}
        billed = [c for c in together if c.closing in BILLED]
        paid = tuple(p for p in payments if p.claim_id in keys)
        if not billed:
            if any(p.undone_at is None for p in paid):
                newest = max(together, key=lambda c: c.pk)
                yield Account((PlanAnswer(newest, settled(newest, (), books)),), ZERO, paid, (), None, is_void=True)
            continue
        plans = tuple(PlanAnswer(c, settled(c, answers.get(c.pk, ()), books)) for c in billed)
        known = [r for r in releases if r.claim_id in keys]
        account = Account(
            plans=plans,
            forgiven=ZERO,
            payments=paid,
            holds=(
                *(hold for plan in plans for hold in open_cases.holds(plan, answers.get(plan.claim.pk, ()))),
                *_untold(plans, following),
            ),
            release=known[-1] if known and known[-1].stands else None,
        )
        yield _with_forgiven(account, given_up, books)


def _untold(plans: Sequence[PlanAnswer], following: Following) -> Iterator[Hold]:
    """The plan that comes after the visit's last claim and has none."""
    last = plans[-1]
    after = following.after(last.claim, last.found)
    if after and after.plan.pk not in {plan.claim.coverage_id for plan in plans}:
        since = last.found.standing[-1].remittance.posted_at or last.claim.created_at
        yield Hold(f"{after.plan.payer.name} was not asked yet.", since, last.claim, is_untold=True)


def _with_forgiven(account: Account, given_up: Sequence[WriteOff], books: Books) -> Account:
    """The account with what was written off of the patient's share, whichever of its claims it was written off of."""
    forgiven = ZERO
    for plan in account.plans:
        rows = [w for w in given_up if w.claim_id == plan.claim.pk and w.status == WriteOffStatus.APPROVED]
        if rows:
            before = sum((p.found.paid for p in account.plans if p.claim.sequence < plan.claim.sequence), ZERO)
            forgiven += _forgiven_of(plan, rows, before, books)
    return replace(account, forgiven=min(forgiven, account.share)) if forgiven else account


def _forgiven_of(plan: PlanAnswer, rows: Sequence[WriteOff], before: Decimal, books: Books) -> Decimal:
    """What of a claim's write-offs was the patient's share; `before` is what the plans before this one paid."""
    of_denials = sum((min(w.amount, _of_patient(w.denial, books)) for w in rows if w.denial), ZERO)
    found = plan.found
    # What neither a plan nor the contract took and nobody put on the patient goes first.
    others = plan.claim.total - found.paid - found.contract - max(found.elsewhere, before) - found.share
    others -= sum((w.amount for w in rows if w.denial), ZERO) - of_denials
    of_rest = sum((w.amount for w in rows if not w.denial), ZERO) - max(others, ZERO)
    return of_denials + max(of_rest, ZERO)


def _of_patient(denial: Denial, books: Books) -> Decimal:
    """What of a denial the payer put on the patient (group PR)."""
    book = books.of(denial.claim.coverage.payer_id, denial.denied_on)
    codes = (c for c in denial.codes if book.group_of(c.get("group", ""), c.get("carc", "")) == "PR")
    return from_cents(sum(c.get("cents") or 0 for c in codes))


class _Open:
    """What is open of some claims, read once for all of them."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        self.appeals = list(
            Appeal.objects.filter(claim__in=claims, status__in=(*APPEALS_TO_SEND, AppealStatus.SENT)).order_by("pk")
        )
        self.denials = list(
            Denial.objects.filter(claim__in=claims).exclude(status=DenialStatus.RESOLVED).order_by("pk")
        )
        self.asked = list(WriteOff.objects.filter(claim__in=claims, status=WriteOffStatus.REQUESTED).order_by("pk"))

    def holds(self, plan: PlanAnswer, answers: Sequence[RemittanceClaim]) -> Iterator[Hold]:
        """Why the patient is not billed yet because of one claim."""
        claim, payer = plan.claim, plan.claim.coverage.payer.name
        appealed = set()
        for appeal in (a for a in self.appeals if a.claim_id == claim.pk):
            appealed.add(appeal.denial_id)
            yield Hold(f"An appeal of {claim} is open.", appeal.opened_at, claim, appeal.denial_id, is_appeal=True)
        for denial in (d for d in self.denials if d.claim_id == claim.pk and d.pk not in appealed):
            amount = dollars(to_cents(denial.amount))
            yield Hold(f"A denial of {claim} over {amount} is open.", denial.opened_at, claim, denial.pk)
        for asked in (w for w in self.asked if w.claim_id == claim.pk):
            yield Hold(f"A write-off of {claim} waits for a second person.", asked.requested_at, claim)
        if claim.closing == Closing.OPEN:
            newest = answers[-1].remittance.posted_at if answers else None
            since = newest or claim.created_at
            if claim.adjudication in (Adjudication.NONE, Adjudication.PENDED):
                is_away = claim.transport in (Transport.SENT, Transport.ACCEPTED)
                is_back = claim.transport == Transport.REJECTED
                unsent = f"{claim} to {payer} was {'rejected and not sent again' if is_back else 'not sent yet'}."
                yield Hold(f"{payer} has not decided on {claim}." if is_away else unsent, since, claim)
            elif not plan.found.is_whole:
                yield Hold(f"{payer} has answered a part of {claim} only.", since, claim)
