"""One rule that is worth adopting: proposed by what was denied lately, and held against the payer's whole history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from django.db.models import QuerySet

from claims.models import Denial, OwnRule, RuleOffer
from claims.queries.replay import Proposed, origin_of, replay

LOOKED_AT = 8
"""Pairs of payer and cause of which the newest denial is looked at: each costs a payer's whole history."""
LEAST = 2
"""Denials that a rule must have stopped to be proposed."""
RECENT = 400
"""Denials among which these pairs are sought, the newest first."""


def best(day: date) -> tuple[Denial, Proposed] | None:
    """The surest rule that no rule in force would have made needless; None where nothing speaks for one."""
    found: tuple[Denial, Proposed] | None = None
    for denial in _newest_of_each():
        looked = replay(denial, day)
        for one in looked.proposed if looked else ():
            if _is_worth_it(one) and (found is None or _weight(one) > _weight(found[1])):
                found = denial, one
    return found


def _is_worth_it(one: Proposed) -> bool:
    """Whether it would have been right more often than wrong, and not by the one claim that it was made from."""
    denied = len(one.counted.stopped_denied)
    return denied >= LEAST and denied > len(one.counted.stopped_paid)


def _weight(one: Proposed) -> tuple[int, float]:
    """Denials that it would have stopped, less paid claims that it would have held for nothing; then how sure it is."""
    counted = one.counted
    low = (counted.right.interval or (0.0, 0.0))[0]
    return len(counted.stopped_denied) - len(counted.stopped_paid), low


def _newest_of_each() -> Iterator[Denial]:
    denials = Denial.objects.filter(is_first=True, packet__isnull=False).order_by("-opened_at", "-pk")
    seen: set[tuple[int, str]] = set()
    for denial in denials.select_related("claim__coverage__payer", "packet")[:RECENT]:
        kind = (denial.claim.coverage.payer_id, denial.cause)
        if kind not in seen:
            seen.add(kind)
            yield denial
        if len(seen) == LOOKED_AT:
            return


def newest() -> QuerySet[RuleOffer]:
    """What was found last, with the claim that it was made from; it may be asked for with others."""
    return RuleOffer.objects.select_related("denial__claim__coverage__payer")[:1]


def standing(found: Sequence[RuleOffer] | None = None) -> RuleOffer | None:
    """What was found last, unless a rule was made of that denial since. `found` is what came of `newest`."""
    offer = next(iter(newest() if found is None else found), None)
    if offer is None or offer.denial is None:
        return offer
    taken = OwnRule.objects.filter(origin=origin_of(offer.denial)).exclude(status="retired").exists()
    return None if taken else offer
