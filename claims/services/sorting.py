"""What an answer means is kept with it until its check is posted: asked anew when it finds its claim, and when the
book of codes changes. A posted answer stays as it was first found; its denial is sorted instead.
"""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from claims.codes.code_book import CodeBook
from claims.models import Remittance, RemittanceClaim
from claims.queries.code_book import code_book
from claims.queries.remittances import classification_of
from documentation.kernel.money import from_cents

_FOUND = ("outcome", "patient_share", "denied", "pended")
AT_ONCE = 500


def hold_unposted() -> None:
    """Hold the checks that wait to be posted, before anything is written: nobody posts one meanwhile."""
    list(_unposted().select_for_update().order_by("pk").values_list("pk"))


def sort_unposted() -> int:
    """Ask anew what the answers of all checks mean that wait to be posted. Counts those that mean something else."""
    books: dict[tuple[int | None, date | None], CodeBook] = {}
    rows = RemittanceClaim.objects.filter(remittance__in=_unposted()).select_related("remittance", "claim__coverage")
    changed = 0
    batch: list[RemittanceClaim] = []
    for row in rows.prefetch_related("lines", "adjustments").order_by("pk").iterator(chunk_size=AT_ONCE):
        key = row.claim.coverage.payer_id if row.claim else None, row.remittance.paid_on
        if key not in books:
            books[key] = code_book(*key)
        if _is_other(row, books[key]):
            batch.append(row)
            changed += 1
        if len(batch) == AT_ONCE:
            RemittanceClaim.objects.bulk_update(batch, _FOUND)
            batch.clear()
    RemittanceClaim.objects.bulk_update(batch, _FOUND)
    return changed


def sort_answer(row: RemittanceClaim) -> None:
    """Ask anew what one answer means that found its claim, or lost it: the payer's own codes are read or not."""
    payer = row.claim.coverage.payer_id if row.claim else None
    if row.remittance.posted_at is None and _is_other(row, code_book(payer, row.remittance.paid_on)):
        row.save(update_fields=_FOUND)


def _unposted() -> QuerySet[Remittance]:
    return Remittance.objects.filter(posted_at=None, problems=[])


def _is_other(row: RemittanceClaim, book: CodeBook) -> bool:
    """Write into a row what is found of it now. False where that is what it says."""
    found = classification_of(row, book)
    amounts = (from_cents(c) for c in (found.patient_cents, found.denied_cents, found.pended_cents))
    values = dict(zip(_FOUND, (found.outcome.value, *amounts), strict=True))
    if all(getattr(row, name) == value for name, value in values.items()):
        return False
    for name, value in values.items():
        setattr(row, name, value)
    return True
