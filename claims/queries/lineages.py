"""A claim and those that took its place: which of them an answer means that the payer gave under a number it kept."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Min, Q, QuerySet

from claims.models import Acknowledgement, Claim, RemittanceClaim
from claims.queries.primary import NO_ANSWER
from claims.workflow import Closing, Transport
from documentation.models.among import Keys, among


@dataclass(frozen=True, slots=True)
class Answering:
    """The payer of a check, as it names itself in it. It may have the name or the identifier alone in common with
    what it sent before.
    """

    identifier: str
    name: str

    def is_same(self) -> Q:
        """Which answers on file are of this payer; those of a check that names none may be anybody's."""
        found = Q(remittance__payer_identifier="", remittance__payer_name="")
        if self.identifier:
            found |= Q(remittance__payer_identifier=self.identifier)
        if self.name:
            found |= Q(remittance__payer_name__iexact=self.name)
        return found if self.identifier or self.name else Q()


Heirs = dict[int, list[Claim]]
"""By claim those that replaced it and left, the next one first."""


def claims_by_payer_control(controls: Collection[str], payer: Answering | None = None) -> dict[str, int]:
    """The claim that each of the payer's numbers was seen on: in a remittance of this payer, else in a 277CA (REF 1K).

    Two payers may give the same number. Without a payer the remittances of all are looked at.
    """
    told = Acknowledgement.objects.filter(payer_control__in=controls).exclude(outcome="rejected").order_by("pk")
    found: dict[str, int] = dict(told.values_list("payer_control", "sent__claim"))
    seen = RemittanceClaim.objects.filter(payer_control__in=controls, claim__isnull=False).order_by("pk")
    if payer:
        seen = seen.filter(payer.is_same())
    return found | dict(seen.values_list("payer_control", "claim"))


def first_decided(claims: Keys) -> QuerySet[Any]:
    """By claim the day of the payer's first decision on it that was posted; a claim without one is left out."""
    rows = decided(RemittanceClaim.objects.filter(among("claim", claims))).order_by()
    return rows.values_list("claim").annotate(first=Min("remittance__paid_on"))


def decided(answers: QuerySet[RemittanceClaim]) -> QuerySet[RemittanceClaim]:
    """Of these the posted ones that decide: no estimate, nothing pended, nothing taken back."""
    posted = answers.filter(remittance__posted_at__isnull=False, remittance__paid_on__isnull=False)
    return posted.exclude(outcome__in=NO_ANSWER)


def heirs(claims: QuerySet[Claim], replaced: Collection[Claim]) -> Heirs:
    """The claims, of `claims`, that took the place of those. One that never left replaces nothing at the payer."""
    found: Heirs = {claim.pk: [] for claim in replaced}
    last = {claim.pk: claim for claim in replaced if claim.closing == Closing.CORRECTED}
    while last:
        rows = claims.filter(replaces__in={c.pk for c in last.values()}).exclude(transport=Transport.NONE)
        by_old = {row.replaces_id: row for row in rows.order_by("pk")}
        last = {first: by_old[claim.pk] for first, claim in last.items() if claim.pk in by_old}
        for first, claim in last.items():
            found[first].append(claim)
    return found
