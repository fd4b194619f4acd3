"""Reasons that people gave for going on although a check warned, and how the payers answered."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, Case, CharField, Exists, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from claims.models import Payer, RuleOverride, SentFailure, SentReport
from claims.queries.outcomes import denied_at_first, first_denials, sending_answered

ANSWERS = {
    "withdrawn": ("Reason withdrawn", "draft"),
    "not_sent": ("Not sent yet", "draft"),
    "waiting": ("Waiting", "submitted"),
    "denied": ("Denied", "denied"),
    "denied_again": ("Denied again, as corrected", "denied"),
    "not_denied": ("Not denied", "paid"),
    "denied_without": ("Denied, sent again without it", "denied"),
    "not_denied_without": ("Not denied, sent again without it", "paid"),
}
"""How a payer answered a claim that was sent with a reason: label and tone."""


def overrides(payer: Payer | None = None, rule: str = "") -> QuerySet[Any]:
    """Every reason that was given, the newest first, each with `payer_name`, `answer` (a key of ANSWERS) and
    `first_cause`.

    The payer is that of the packet that left, and of the plan while none did. A reason has the answer of the sending
    that it went with: what counts as denied here counts as denied in `outcomes.share_of(..., with_reason=True)`. Where
    that sending was rejected and the next one needed the reason no longer, it has the answer to the next, by itself.
    """
    reports = SentReport.objects.filter(submission__claim=OuterRef("claim"))
    went = SentFailure.objects.filter(rule=OuterRef("rule"), version=OuterRef("version"), with_reason=True)
    newest = reports.order_by("-pk")
    rows = RuleOverride.objects.annotate(
        answered_by=Subquery(sending_answered("claim", "claim__figures__answered_on")),
        payer=Coalesce(Subquery(newest.values("payer")[:1]), "claim__coverage__payer", output_field=BigIntegerField()),
        payer_name=Coalesce(
            Subquery(newest.values("payer__name")[:1]), "claim__coverage__payer__name", output_field=CharField()
        ),
        first_cause=Subquery(first_denials("claim").values("cause")[:1]),
        answer=Case(
            When(withdrawn_at__isnull=False, then=Value("withdrawn")),
            When(
                Exists(went.filter(report=OuterRef("answered_by"))),
                then=Case(
                    When(claim__figures__initially_denied=True, then=Value("denied")),
                    When(denied_at_first("claim"), then=Value("denied_again")),
                    default=Value("not_denied"),
                ),
            ),
            When(
                Exists(went.filter(report__submission__claim=OuterRef("claim"), report__lt=OuterRef("answered_by"))),
                then=Case(
                    When(denied_at_first("claim"), then=Value("denied_without")), default=Value("not_denied_without")
                ),
            ),
            When(Exists(went.filter(report__submission__claim=OuterRef("claim"))), then=Value("waiting")),
            default=Value("not_sent"),
            output_field=CharField(),
        ),
    )
    rows = rows.filter(rule=rule) if rule else rows
    rows = rows.filter(payer=payer.pk) if payer else rows
    return rows.select_related("by", "claim").order_by("-at", "-pk")


def overridden_rules() -> QuerySet[Any]:
    """The rules that a reason was ever given for."""
    return RuleOverride.objects.order_by("rule").values_list("rule", flat=True).distinct()
