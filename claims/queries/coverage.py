"""What covers a patient: who has a plan, and what is left of what a payer permitted."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import QuerySet

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
    return authorizations_from(rows, that_use(rows), before=before)


def authorizations_from(
    rows: Iterable[Authorization], claims: Iterable[Claim], *, before: Claim | None = None
) -> tuple[AuthorizationFacts, ...]:
    """The same, where what was asked of the plan and the claims `that_use` it are at hand."""
    if before:
        claims = [c for c in claims if (c.service_date, c.pk) < (before.service_date, before.pk)]
    return tuple(_facts(a, list(claims)) for a in rows)


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


def that_use(rows: Iterable[Authorization]) -> list[Claim]:
    """Claims that count against authorizations with a number of units: all but those that were voided or replaced."""
    plans = {a.coverage_id for a in rows if a.units}
    return list(that_count().filter(coverage__in=plans)) if plans else []


def that_count() -> QuerySet[Claim]:
    """The claims of all plans that do, with their lines."""
    standing = Claim.objects.exclude(closing__in=(Closing.VOIDED, Closing.CORRECTED))
    return standing.prefetch_related("lines")


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
