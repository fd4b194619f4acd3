"""Thousands of rows by plain statements: what is written is what the fields would write."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from claims.models import Fee, PlaybookFact
from documentation.services.bulk import insert
from tests import factories as f
from tests.claims import answered as a

pytestmark = pytest.mark.django_db
ODD = ("", "plain", "tab\there", "two\nlines", "back\\slash \\N", '"quoted", too', "Ünïcødé עברית 🦷", "it's")
VALUES = (None, 30, "unknown", ["fax", "mail"], {"days": 30, "from": "a\nb"}, True)


@pytest.mark.parametrize("many", [3, 700], ids=["a few", "very many"])
def test_rows_read_back_as_the_fields_would_have_written_them(many: int) -> None:
    payer, by = a.payer("Example"), f.user()
    names = ("payer", "plan_name", "key", "value", "source", "verified_on", "expires_on", "recorded_at", "recorded_by")
    day = date(2026, 1, 31)

    def row(n: int) -> dict[str, Any]:
        until = day + timedelta(days=n) if n % 2 else None
        values = (ODD[n % len(ODD)], "appeal_days", VALUES[n % len(VALUES)], ODD[-1 - n % len(ODD)], day, until)
        return dict(zip(names, (payer.pk, *values, f.AT + timedelta(seconds=n), by.pk), strict=True))

    rows = [row(n) for n in range(many)]
    insert(PlaybookFact, names, [tuple(one.values()) for one in rows])
    kept = PlaybookFact.objects.order_by("recorded_at").values(*names)
    assert [dict(one) for one in kept] == rows


@pytest.mark.parametrize("many", [3, 700], ids=["a few", "very many"])
def test_what_the_database_refuses_is_refused_as_everywhere(many: int) -> None:
    rows = [("D0371", Decimal("1180.50"), date(2026, 1, 1) + timedelta(days=n)) for n in range(many)]
    names = ("code", "amount", "effective_on")
    insert(Fee, names, rows)
    assert Fee.objects.filter(amount=Decimal("1180.50")).count() == many
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Fee, names, [*rows[:-1], ("D0371", None, date(2030, 1, 1))])
    assert Fee.objects.count() == many
