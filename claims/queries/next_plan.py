"""What comes after a plan's answer: the patient's next plan, its claim, and whether the first passed it on itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from claims.codes.crossover import STATUSES, NextStep, PassedOn, next_step
from claims.models import Claim, Coverage, DispatchedClaim, PlanOrder, Remittance, RemittanceClaim
from claims.queries import following
from claims.queries.balances import Settled, by_claim, posted_among, settled
from claims.queries.billed import billed_claims
from claims.queries.following import After, Following
from claims.queries.plans import is_confirmed_among
from claims.queries.starting import against_starting
from claims.workflow import BILLED, Adjudication, Closing, Transport
from documentation.models import Encounter
from documentation.models.among import among
from documentation.models.together import asking, together
from documentation.queries.versions import versions_among


@dataclass(frozen=True)
class Next:
    """The plan that is to be told what the one before it answered."""

    plan: Coverage
    place: int
    """Among the plans of the visit: 2 pays second."""
    claim: Claim | None
    """The claim to it, where one stands."""
    left: Decimal
    """What the plan before left to the patient."""
    answer: RemittanceClaim
    """The answer after which it is told: the one that passed the claim on, else the last that stands."""
    passed_on: RemittanceClaim | None
    """The answer that says that the claim was passed on; None where the practice sends it."""
    said: PassedOn | None
    """How it says so; with no `passed_on` it names a plan that is none of the patient's."""
    may_be: tuple[Coverage, ...]
    """Where the answer names a plan, and not clearly which: those that it may be. A person says which."""
    is_confirmed: bool
    """Whether a person confirmed the order of the plans."""
    was_voided: bool
    """Whether people voided a claim to it, so that none is started without them."""
    is_unsent: bool
    """Whether the claim to it stands open and was not sent."""
    against: str
    """Why nothing can be done about it at this moment, in a sentence; mostly empty."""

    @property
    def may_be_pressed(self) -> bool:
        """Whether a person may start the claim, or write it down as passed on. Where nothing is left, only a plan that
        has the claim already is told.
        """
        if self.may_be and not self.left:
            return False
        return self.claim is None or (self.passed_on is not None and self.is_unsent)

    @property
    def is_asked(self) -> bool:
        """Whether somebody should still say what a payer meant; of a claim that was sent it is too late."""
        return self.claim is None or self.is_unsent

    @property
    def waits(self) -> bool:
        """Whether it is for a person to go on: no claim stands, and nobody took one back."""
        return self.claim is None and not self.was_voided

    @property
    def step(self) -> NextStep:
        """What follows by itself."""
        return next_step(
            is_passed_on=self.passed_on is not None,
            is_confirmed=self.is_confirmed and not self.may_be,
            has_claim=self.claim is not None,
            is_unsent=self.is_unsent,
            was_voided=self.was_voided,
        )


def next_of(claim: Claim, plan: int | None = None) -> Next | None:
    """What follows a claim; None before its plan decided all of it, and where nothing is left for another plan.

    `plan` is the key of the one that a person says is meant, where the answer does not tell clearly.
    """
    return NextPlans([claim]).of(claim, plan=plan)


def asked(claims: Sequence[Claim]) -> dict[str, QuerySet[Any]]:
    """What says what follows some claims, with their visits and plans at hand; it may be asked for with others.

    Where a patient has one plan only, nothing follows and no more of that patient is read.
    """
    patients = {claim.encounter.patient_id for claim in claims}
    plans = Coverage.objects.filter(among("patient", patients), is_active=True).order_by().values("patient")
    several = plans.annotate(n=Count("pk")).filter(n__gt=1).values("patient")
    waiting = DispatchedClaim.objects.filter(is_waiting=True, dispatch__released_at__isnull=False)
    keys = {claim.encounter.visit_key for claim in claims}
    versions = Encounter.objects.filter(among("pk", keys) | among("origin", keys)).filter(patient__in=several)
    rows = Claim.objects.filter(encounter__patient__in=several).select_related("encounter", "coverage")
    return {
        **following.asked(claims),
        "next_posted": posted_among({claim.pk for claim in claims}),
        "next_claims": rows.order_by("pk"),
        "next_orders": PlanOrder.objects.filter(patient__in=several),
        "next_leaving": waiting.filter(claim__encounter__patient__in=several).values_list("claim", flat=True),
        "next_versions": versions,
    }


class NextPlans:
    """What follows some claims, with their patients and plans at hand; in one query, or of very many in a constant
    number.
    """

    def __init__(
        self,
        claims: Sequence[Claim],
        posted: Mapping[int, list[RemittanceClaim]] | None = None,
        found: Mapping[str, list[Any]] | None = None,
    ) -> None:
        """`posted` holds the answers of the claims as they stand, or as they will; `found` is what came of `asked`,
        where it is at hand.
        """
        found = found or asking(len(claims))(**asked(claims))
        self._answers = by_claim(found["next_posted"]) if posted is None else posted
        self._following = Following(claims, found=found)
        self._plans = self._following.plans
        self._claims, self._orders = found["next_claims"], found["next_orders"]
        self._leaving = set(found["next_leaving"])
        self._visits: dict[int, list[Encounter]] = {}
        for version in found["next_versions"]:
            self._visits.setdefault(version.visit_key, []).append(version)

    def of(self, claim: Claim, closings: Mapping[int, Closing] | None = None, plan: int | None = None) -> Next | None:
        """What follows a claim. `closings` tells of claims, by their keys, what they will be where that changes."""
        changed = closings or {}
        found = settled(claim, self._answers.get(claim.pk, ()), self._following.books)
        after = self._following.after(claim, found, changed.get(claim.pk, ""))
        if after is None:
            return None
        return self._next(claim, found, self._as_chosen(claim, after, plan, changed), changed)

    def _as_chosen(self, claim: Claim, after: After, plan: int | None, changed: Mapping[int, Closing]) -> After:
        """Where a person says which plan was meant, or said so before, it is that one; but where the claim to the next
        plan, or to one that may be meant, was sent by the practice, that is decided.
        """
        if after.said_by is None:
            return after
        said = {c.coverage_id for c in self._claims if c.passed_on_by_id == after.said_by.pk}
        sent = {c.coverage_id for c in self._claims if self._is_gone(c, claim, changed)} - said
        if gone := next((plan for plan in (after.plan, *after.may_be) if plan.pk in sent), None):
            return After(gone)
        chosen = next((p for p in after.may_be if p.pk in said), None)
        chosen = chosen or next((p for p in after.may_be if p.pk == plan), None)
        return After(chosen, after.said_by, after.said) if chosen else after

    def _is_gone(self, other: Claim, claim: Claim, changed: Mapping[int, Closing]) -> bool:
        """Whether another claim of the same visit stands and was sent, or leaves at this moment."""
        is_of_visit = other.encounter.visit_key == claim.encounter.visit_key and other.pk != claim.pk
        is_sent = other.transport != Transport.NONE or other.pk in self._leaving
        return is_of_visit and is_sent and self._closing(other, changed) in BILLED

    def _next(self, claim: Claim, found: Settled, after: After, changed: Mapping[int, Closing]) -> Next:
        plan, patient = after.plan, claim.encounter.patient_id
        visit = claim.encounter.visit_key
        to_plan = [c for c in self._claims if c.coverage_id == plan.pk and c.encounter.visit_key == visit]
        standing = next((c for c in to_plan if self._closing(c, changed) in BILLED), None)
        is_unsent = bool(
            standing and standing.transport == Transport.NONE and self._closing(standing, changed) == Closing.OPEN
        )
        return Next(
            plan=plan,
            place=self._following.due(claim).index(plan) + 1,
            claim=standing,
            left=found.share,
            answer=after.passed_on or after.said_by or found.standing[-1],
            passed_on=after.passed_on,
            said=after.said,
            may_be=after.may_be,
            is_confirmed=self._is_confirmed(patient, claim.service_date),
            was_voided=bool(to_plan) and standing is None,
            is_unsent=is_unsent,
            against=self._against(claim, standing),
        )

    def _closing(self, claim: Claim, changed: Mapping[int, Closing]) -> Closing:
        return changed.get(claim.pk, Closing(claim.closing))

    def _is_confirmed(self, patient: int, day: date) -> bool:
        orders = [row for row in self._orders if row.patient_id == patient]
        return is_confirmed_among(self._plans.get(patient, []), day, orders)

    def _against(self, claim: Claim, standing: Claim | None) -> str:
        if standing:
            return f"{standing} is being handed over at this moment." if standing.pk in self._leaving else ""
        record = claim.encounter
        return against_starting(versions_among(record, self._visits.get(record.visit_key, [record])))


def with_another_plan(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """Of claims those of patients with more than one plan."""
    others = Coverage.objects.filter(patient=OuterRef("encounter__patient"), is_active=True)
    found = claims.filter(Exists(others.exclude(pk=OuterRef("coverage"))))
    return found.select_related("encounter__patient", "coverage__payer").order_by("pk")


MOST_LOOKED_AT = 200
"""Answered claims, oldest service first, that are looked at for what waits; more is not worth the time of a page."""


@dataclass(frozen=True)
class Waiting:
    """Claims whose next plan waits for somebody, oldest service first, each with what follows it."""

    rows: tuple[tuple[Claim, Next], ...] = ()
    is_cut: bool = False
    """Whether there were more to look at than MOST_LOOKED_AT, so that some that wait may not be among them yet."""


def waiting_for_somebody(today: date) -> Waiting:
    """Claims whose next plan is told by nobody yet, oldest service first: nobody confirmed the order of the plans, the
    answer does not tell which plan has it, or something stands against starting its claim.

    Of the year before `today`: later hardly any plan takes a claim in time. In two queries, in one where nothing waits.
    """
    looked = list(to_look_at(today))
    return waiting_among(looked, together(**asked(looked))) if looked else Waiting()


def waiting_among(looked: Sequence[Claim], found: Mapping[str, list[Any]]) -> Waiting:
    """The same of those `to_look_at`; `found` is what came of `asked`."""
    claims = looked[:MOST_LOOKED_AT]
    plans = NextPlans(claims, found=found)
    rows = tuple((claim, after) for claim in claims if (after := plans.of(claim)) and after.waits)
    return Waiting(rows, is_cut=len(looked) > len(claims))


def to_look_at(today: date) -> QuerySet[Claim]:
    """Answered claims with a plan that nobody told, oldest service first, and not all of them: one more than are
    looked at.
    """
    visit = Coalesce("encounter__origin", "encounter")
    # By the patient, which has an index; what is reckoned from two columns has none.
    of_visit = Claim.objects.annotate(visit=visit).order_by()
    other = of_visit.filter(
        closing__in=BILLED, encounter__patient=OuterRef("encounter__patient"), visit=OuterRef("visit")
    )
    to_plan = of_visit.filter(coverage=OuterRef("pk"), visit=OuterRef(OuterRef("visit")))
    untold = Coverage.objects.filter(patient=OuterRef("encounter__patient"), is_active=True).filter(~Exists(to_plan))
    said = RemittanceClaim.objects.filter(claim=OuterRef("pk"), remittance__posted_at__isnull=False)
    said = said.filter(Q(patient_share__gt=0) | Q(status_code__in=STATUSES) | ~Q(crossover_name="", crossover_id=""))
    since = today - timedelta(days=365)
    recent = Q(figures__answered_on__gte=since) | Q(figures__answered_on=None)
    decided = billed_claims().filter(recent).exclude(adjudication__in=(Adjudication.NONE, Adjudication.PENDED))
    # Most patients have one plan and always had: only the visits of the others are looked at.
    ended = Coverage.objects.filter(is_active=False).order_by().values("patient")
    further = Coverage.objects.filter(priority__gt=1).order_by().values("patient")
    rows = with_another_plan(decided.filter(among("encounter__patient", further.union(ended))).annotate(visit=visit))
    rows = rows.filter(Exists(untold), Exists(said), ~Exists(other.filter(sequence__gt=OuterRef("sequence"))))
    return rows.select_related("encounter__location").order_by("service_date", "pk")[: MOST_LOOKED_AT + 1]


def answered_by(remittance: Remittance) -> QuerySet[Claim]:
    """The claims that a check answered."""
    return Claim.objects.filter(pk__in=remittance.answers.filter(claim__isnull=False).values("claim"))
