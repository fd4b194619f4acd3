"""What people are told of claims, and of the work that goes on beside the pages of getting paid."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

from claims.models import Claim
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.models.among import among
from documentation.queries.notices import Source, Thing


def _claims(keys: Collection[int], user: User) -> QuerySet[Claim]:
    return Claim.objects.filter(among("pk", keys)).only("pk").order_by()


def _claim(row: Claim, user: User) -> Thing:
    return Thing(f"Claim {row.number}", "claim_page", row.pk)


CLAIMS = Source(
    Permission.CLAIM_VIEW,
    _claims,
    _claim,
    {
        "given": "{who} gave it to you",
        "taken": "{who} took it from you",
        "denied": "The payer denied it",
        "paid": "A payment was posted",
        "answered": "The payer answered",
        "back": "{who} sent it back to draft",
        "held": "{who} held it",
        "leaving": "Three days or fewer are left to send it safely",
    },
)
JOBS = {
    "bulk": ("Work on chosen claims", "bulk_page", Permission.CLAIM_PREPARE, True),
    "full_export": ("Full export", "full_export", Permission.EXPORT_ALL, False),
    "import": ("Import of a list", "import_page", Permission.DATA_IMPORT, True),
    "recheck": ("Check of all claims", "recheck", Permission.CLAIM_RECHECK, False),
}
"""By kind of job: what it is called, its page, who opens that, and whether the page names the row that it drives."""
