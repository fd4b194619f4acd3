"""Control numbers of electronic files: unique, rising, never given twice, whoever asks at the same time."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest

from claims.models import ControlSeries
from documentation.kernel.machine import Refused

MOST = {"interchange": 999_999_999, "set": 999_999_999}
"""The last number that the fields of a series hold: ISA13 and ST02."""


def take(series: str, count: int = 1) -> int:
    """The first of `count` numbers of a series that follow each other, inside the caller's transaction.

    The row stays locked until that ends, so two processes wait for each other; what is rolled back was never given.
    None lies below EDI_NUMBERS_FROM: a database that was restored does not know what it gave. Raises Refused at the end
    of the series.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("Control numbers are taken inside the transaction that uses them.")
    lowest = max(settings.EDI_NUMBERS_FROM, 1)
    row, _ = ControlSeries.objects.get_or_create(name=series)
    # The update locks the row on both databases; the number is read behind it.
    ControlSeries.objects.filter(pk=row.pk).update(last=Greatest(F("last"), Value(lowest - 1)) + count)
    last = ControlSeries.objects.values_list("last", flat=True).get(pk=row.pk)
    if last > MOST[series]:
        raise Refused("The control numbers of electronic files are used up. Tell the clearinghouse before going on.")
    return last - count + 1
