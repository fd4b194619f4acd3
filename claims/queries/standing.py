"""The answers of a payer on a claim, as what decides which of them stand."""

from __future__ import annotations

from collections.abc import Iterable

from claims.codes.denial_causes import Classification, Outcome
from claims.edi.standing import Given
from claims.models import Claim, RemittanceClaim
from documentation.kernel.money import to_cents

_KNOWN = frozenset(Outcome)


def given_of(row: RemittanceClaim, found: Classification | None = None) -> Given:
    """An answer with its lines at hand. `found` is what is found of it now; by default what was found of it first."""
    return Given(
        key=row.pk,
        outcome=found.outcome if found else outcome_of(row.outcome),
        charge_cents=to_cents(row.charge),
        paid_cents=to_cents(row.paid),
        denied_cents=found.denied_cents if found else to_cents(row.denied),
        pended_cents=found.pended_cents if found else to_cents(row.pended),
        payer_control=row.payer_control,
        lines=frozenset(line.line_control for line in row.lines.all() if line.line_control),
        check=row.remittance_id,
    )


def outcome_of(kept: str) -> Outcome:
    """An outcome as it is kept of an answer."""
    return Outcome(kept) if kept in _KNOWN else Outcome.PATIENT_SHARE


def posted_answers(claims: Iterable[Claim | int]) -> dict[int, list[RemittanceClaim]]:
    """By claim its posted answers in the order of posting, with their lines."""
    found: dict[int, list[RemittanceClaim]] = {}
    rows = RemittanceClaim.objects.filter(remittance__posted_at__isnull=False, claim__in=claims)
    for row in rows.prefetch_related("lines").order_by("remittance__posted_at", "pk"):
        found.setdefault(row.claim_id or 0, []).append(row)
    return found


def in_order(row: RemittanceClaim) -> tuple[bool, float, int]:
    """What answers are sorted by to stand in the order of their posting."""
    posted = row.remittance.posted_at
    return (posted is None, posted.timestamp() if posted else 0.0, row.pk)
