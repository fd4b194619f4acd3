"""Who works on a claim, and what they wrote beside it."""

from __future__ import annotations

from typing import Any

from django import template

from claims.models import Claim, ClaimNote
from claims.services.work import may_mend
from claims.workflow import Closing
from documentation.kernel.permissions import Permission
from documentation.models import User

register = template.Library()


@register.inclusion_tag("claims/_work.html", takes_context=True)
def claim_work(context: template.Context, claim: Claim) -> dict[str, Any]:
    """The owner of a claim and its notes, the newest first; a note that was rewritten stands behind the new one."""
    user: User = context["request"].user
    rows = list(ClaimNote.objects.filter(claim=claim).select_related("written_by", "handed_to"))
    by_key = {note.pk: note for note in rows}
    replaced = {note.replaces_id for note in rows if note.replaces_id}

    def before(note: ClaimNote) -> list[ClaimNote]:
        found = []
        while note.replaces_id:
            note = by_key[note.replaces_id]
            found.append(note)
        return found

    may_work = user.may(Permission.CLAIM_PREPARE)
    notes = [
        {"note": n, "before": before(n), "may_mend": may_work and may_mend(n, by=user, at=context["now"])}
        for n in rows
        if n.pk not in replaced
    ]
    return {
        "claim": claim,
        "notes": notes,
        "may_work": may_work,
        "is_mine": claim.owner_id == user.pk,
        "is_open": claim.closing == Closing.OPEN,
        "once": context.get("once"),
        "csrf_token": context.get("csrf_token"),
    }
