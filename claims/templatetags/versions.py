"""What the pages of a claim say when its record was corrected or is being corrected."""

from __future__ import annotations

from typing import Any

from django import template

from claims.models import Claim
from claims.workflow import Closing, Transport
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.queries.versions import versions_of

register = template.Library()


@register.inclusion_tag("claims/_record_version.html", takes_context=True)
def record_version(context: template.Context, claim: Claim) -> dict[str, Any]:
    """The newer version of a claim's record with the way on; nothing while the record counts alone."""
    user: User = context["request"].user
    known = versions_of(claim.encounter)
    counts, correction = known.in_force, known.correction
    is_replaced = counts is not None and counts.version > claim.encounter.version
    has_left = claim.closing != Closing.OPEN or claim.transport not in (Transport.NONE, Transport.REJECTED)
    return {
        "once": context.get("once"),
        "csrf_token": context.get("csrf_token"),
        "claim": claim,
        "newer": counts if is_replaced else correction,
        "is_replaced": is_replaced,
        "has_left": has_left,
        "is_ended": claim.closing != Closing.OPEN,
        "may_take_over": is_replaced and not has_left and user.may(Permission.CLAIM_PREPARE),
    }
