"""What covers a patient: who has a plan, and what is left of what a payer permitted."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import Q

from claims.facts import AuthorizationFacts
from claims.models import Authorization, Claim, Coverage
from claims.workflow import AuthorizationStatus, Closing


def patients_with_coverage(patients: Collection[int]) -> set[int]:
    """Of these patients, those with a coverage that was not taken off their list."""
    found = Coverage.objects.filter(patient_id__in=patients, is_active=True)
    return set(found.values_list("patient_id", flat=True))


def authorizations_of(coverage: Coverage, *, before: Claim | None = None) -> tuple[AuthorizationFacts, ...]:
    """What was asked of a plan, with the units that claims have taken; of `before`, those of earlier claims only."""
    rows = list(coverage.authorizations.all())
    claims = list(_that_use(coverage)) if any(a.units for a in rows) else []
    if before:
        claims = [c for c in claims if (c.service_date, c.pk) < (before.service_date, before.pk)]
    return tuple(_facts(a, claims) for a in rows)


_ANSWERS = (
    AuthorizationStatus.APPROVED,
    AuthorizationStatus.NOT_REQUIRED,
    AuthorizationStatus.REQUESTED,
    AuthorizationStatus.DENIED,
)
"""What a plan may say of a permission, in the order in which it counts."""


def permission_of(
    coverage: Coverage, codes: Collection[str], day: date, *, before: Claim | None = None
) -> AuthorizationFacts | None:
    """The prior authorization of a plan that counts for one of these codes on a day; None where nothing was asked.

    It is matched as claims match it: by code, day, and units that are left. What has ended is out of the way, what is
    void counts for nothing, and a predetermination is no permission.
    """
    fits = [
        a
        for a in authorizations_of(coverage, before=before)
        if a.kind == "prior_authorization"
        and a.status in _ANSWERS
        and a.holds_on(day)
        and a.units_left != 0
        and any(a.is_about(code) for code in codes)
    ]
    return min(fits, key=lambda a: (_ANSWERS.index(AuthorizationStatus(a.status)), not a.number), default=None)


def _that_use(coverage: Coverage) -> Collection[Claim]:
    """Claims of a plan that count against its authorizations: all but those that were voided or replaced."""
    standing = Claim.objects.filter(coverage=coverage).filter(~Q(closing__in=(Closing.VOIDED, Closing.CORRECTED)))
    return list(standing.prefetch_related("lines"))


def _facts(row: Authorization, claims: Collection[Claim]) -> AuthorizationFacts:
    asked = AuthorizationFacts(
        row.kind, row.status, row.number, tuple(row.codes), row.valid_from, row.valid_to, row.units
    )
    if row.units is None:
        return asked
    used = sum(
        line.quantity
        for claim in claims
        if asked.holds_on(claim.service_date)
        for line in claim.lines.all()
        if line.code in row.codes or not row.codes
    )
    return AuthorizationFacts(**{**vars(asked), "units_used": used})
