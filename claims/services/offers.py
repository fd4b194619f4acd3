"""Looking for a rule that is worth adopting, and keeping what was found."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from claims.models import RuleOffer
from claims.queries import offers


def look(*, day: date, at: datetime) -> RuleOffer:
    """Look through what was denied lately; what is found stands on the manager's page until the next look. `day` is
    today at the practice. The history is read before anything is written.
    """
    found = offers.best(day)
    if found is None:
        return RuleOffer.objects.create(looked_at=at)
    denial, one = found
    with transaction.atomic():
        return RuleOffer.objects.create(
            looked_at=at,
            denial=denial,
            proposal=one.proposal.key,
            title=one.proposal.title,
            sentence=one.sentence[:500],
            stopped_denied=len(one.counted.stopped_denied),
            stopped_paid=len(one.counted.stopped_paid),
            denied=one.counted.denied,
            paid=one.counted.paid,
        )
