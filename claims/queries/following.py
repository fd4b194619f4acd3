"""Which plan comes after another one that answered, read once for all the claims that are looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from claims.codes.carriers import Carrier, meant
from claims.codes.code_book import OWN_GROUP, CodeBook
from claims.codes.crossover import PassedOn, passing
from claims.models import Claim, Coverage, Payer, RemittanceClaim, SelfPayRestriction
from claims.queries.balances import Books, Settled
from claims.queries.plans import due, listed_among
from claims.workflow import BILLED, Closing
from documentation.models.among import among
from documentation.models.together import asking


def passing_of(answer: RemittanceClaim, book: CodeBook) -> PassedOn | None:
    """What a payer says of having passed the claim on; None where it says nothing of it."""
    remarks = [*answer.remarks, *(remark for line in answer.lines.all() for remark in line.remarks)]
    codes = [("rarc", remark) for remark in remarks]
    codes += [("own" if a.group == OWN_GROUP else "carc", a.carc) for a in answer.adjustments.all()]
    return passing(answer.status_code, codes, (answer.crossover_name, answer.crossover_id), book.passes)


@dataclass(frozen=True)
class After:
    """The plan that is to be told what the one before it answered."""

    plan: Coverage
    passed_on: RemittanceClaim | None = None
    """The answer that says that the claim was passed on to that plan."""
    said: PassedOn | None = None
    """How it says so; also where it names a plan that is none of the patient's: nothing is known of this one then."""
    may_be: tuple[Coverage, ...] = ()
    """Plans after it of which a person must say which is meant, where that is not certain: `said_by` says so."""
    said_by: RemittanceClaim | None = None


def asked(claims: Sequence[Claim]) -> dict[str, QuerySet[Any]]:
    """What says which plans follow those of some claims; it may be asked for with others."""
    patients = {claim.encounter.patient_id for claim in claims}
    private = SelfPayRestriction.objects.filter(among("encounter__patient", patients), lifted_at=None)
    return {
        "next_codes": Books.rows({claim.coverage.payer_id for claim in claims}),
        "next_plans": listed_among(patients),
        "next_private": private.select_related("encounter"),
        "next_payers": Payer.objects.all(),
    }


class Following:
    """The plans after those of some claims, in a constant number of queries."""

    def __init__(
        self, claims: Sequence[Claim], books: Books | None = None, found: Mapping[str, list[Any]] | None = None
    ) -> None:
        """`found` is what came of `asked`, where it is at hand."""
        found = found or asking(len(claims))(**asked(claims))
        self.books = books or Books(rows=found["next_codes"])
        self.plans: dict[int, list[Coverage]] = {}
        for plan in found["next_plans"]:
            self.plans.setdefault(plan.patient_id, []).append(plan)
        self._untold = {row.encounter.visit_key for row in found["next_private"]}
        self._known = [_carrier(payer) for payer in found["next_payers"]]

    def due(self, claim: Claim) -> list[Coverage]:
        """The plans that the visit of a claim is billed to, in the recorded order."""
        return due(self.plans.get(claim.encounter.patient_id, []), claim.service_date)

    def after(self, claim: Claim, found: Settled, closing: str = "") -> After | None:
        """The plan that is to be told what the plan of a claim answered; None before all is decided, and where nothing
        is left for another plan. `closing` is the claim's, or what it will be.
        """
        is_billed = Closing(closing or claim.closing) in BILLED
        if not is_billed or not found.is_whole or claim.encounter.visit_key in self._untold:
            return None
        plans = self.due(claim)
        at = next((n for n, plan in enumerate(plans, 1) if plan.pk == claim.coverage_id), len(plans))
        later, unknown = plans[at:], None
        for row in reversed(found.standing):
            said = passing_of(row, self.books.of(claim.coverage.payer_id, row.remittance.paid_on))
            if said is None:
                continue
            told, is_sure = self._told(later, said)
            if told and is_sure:
                return After(told[0], row, said)
            if told:
                # What the plan left goes to the next one in order, unless somebody says that another one has it.
                return After(later[0] if found.share > 0 else told[0], None, said, told, row)
            unknown = unknown or said
        return After(later[0], None, unknown) if found.share > 0 and later else None

    def _told(self, plans: Sequence[Coverage], said: PassedOn) -> tuple[tuple[Coverage, ...], bool]:
        """The plans that the claim may have been passed on to, of each payer the first, and whether that is certain."""
        first = {plan.payer_id: plan for plan in reversed(plans)}
        if not said.names_carrier:
            return tuple(p for p in plans if said.is_to_line(p.payer.line))[:1], True
        found = meant(said.carrier, said.carrier_id, [_carrier(p.payer) for p in plans], self._known)
        return tuple(first[key] for key in found.keys), found.is_sure


def _carrier(payer: Payer) -> Carrier:
    return Carrier(payer.pk, payer.name, payer.payer_id)
