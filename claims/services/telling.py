"""Telling people of what happened to their claims and visits; each verb calls this inside its transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q

from claims.models import Authorization, Claim, Denial, RemittanceClaim
from claims.queries.agenda import Leaving
from claims.workflow import AuthorizationStatus
from documentation.models import Encounter, Location, User
from documentation.models.among import among
from documentation.services.notices import News, tell
from documentation.workflow import EncounterStatus

NEAR = 3
"""Days before something must leave from which whoever works on it is told."""
LONG_OVER = timedelta(days=30)
"""Permissions that ended longer ago are told of to nobody any more, as on the first night of an old practice."""


def to_worker(claim: Claim, kind: str, *, by: User, at: datetime) -> None:
    """Tell whoever works on a claim; where nobody does, who started it."""
    tell([News(claim.owner_id or claim.created_by_id, "claim", claim.pk, kind)], by=by, at=at)


def handed(claim: Claim, was: int | None, to: int | None, *, by: User, at: datetime) -> None:
    """Tell who has a claim now, and who had it before."""
    news = [News(to, "claim", claim.pk, "given")] if to else []
    news += [News(was, "claim", claim.pk, "taken")] if was else []
    tell(news, by=by, at=at)


def held(claim: Claim, *, by: User, at: datetime) -> None:
    """Tell who works on it, and the clinician of its record: what holds a claim is often theirs to answer."""
    to_worker(claim, "held", by=by, at=at)
    clinician = claim.encounter.clinician
    if clinician.user_id and clinician.user_id != claim.owner_id:
        tell([News(clinician.user_id, "encounter", claim.encounter_id, "held")], by=by, at=at)


def answered(answers: Iterable[int], *, by: User, at: datetime) -> None:
    """Tell whoever works on the claims of these answers, by their keys, what the payer said: once they are posted."""
    keys = list(answers)
    rows = RemittanceClaim.objects.filter(among("pk", keys), claim__owner__isnull=False).exclude(claim__owner=by)
    is_denied = Exists(Denial.objects.filter(answer=OuterRef("pk")))
    found = rows.order_by("pk").annotate(is_denied=is_denied)
    told = found.values_list("pk", "claim__owner", "claim", "paid", "is_denied")
    news = (News(owner, "claim", claim, _kind(paid, no), f"answer {pk} {claim}") for pk, owner, claim, paid, no in told)
    tell(news, by=by, at=at)


def _kind(paid: Decimal, is_denied: bool) -> str:
    return "denied" if is_denied else "paid" if paid > 0 else "answered"


def leaving(rows: Collection[Leaving], *, at: datetime) -> None:
    """Tell who works on a claim that it, or an appeal of it, must leave within NEAR days: once for each day."""
    tell(
        (
            News(row.owner.pk, "claim", row.claim.pk, "leaving", _cause(row))
            for row in rows
            if row.owner and 0 <= row.left <= NEAR and not row.waits
        ),
        by=None,
        at=at,
    )


def _cause(row: Leaving) -> str:
    return f"leaving {row.claim.pk} {row.denial.pk if row.denial else 0} {row.leave_on}"


def ran_out(*, at: datetime) -> int:
    """Tell clinicians of planned visits whose prior authorization ended, and nothing else permits the day. Returns how
    many visits that are.
    """
    today = at.astimezone(Location.zone_of_practice()).date()
    permits = Authorization.objects.filter(
        kind="prior_authorization", status=AuthorizationStatus.APPROVED, coverage__is_active=True,
        coverage__patient=OuterRef("patient"),
    )  # fmt: skip
    holds = permits.filter(Q(valid_to=None) | Q(valid_to__gte=OuterRef("service_date")))
    ended = permits.filter(valid_to__lt=today, valid_to__gte=today - LONG_OVER)
    visits = Encounter.objects.filter(
        ~Exists(holds), Exists(ended), status=EncounterStatus.PLANNED, service_date__gte=today
    )
    found = list(visits.order_by("pk").values_list("pk", "clinician__user"))
    tell(
        (News(user, "encounter", pk, "authorization", f"authorization {pk}") for pk, user in found if user),
        by=None,
        at=at,
    )
    return len(found)
