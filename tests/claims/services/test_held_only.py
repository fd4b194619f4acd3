"""Who counts many claims anew holds them first, counts those and no others, and then writes to the trail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from claims.models import Claim
from claims.services import clocks, reason_codes
from documentation.models import User
from tests import factories as f
from tests.claims import checks
from tests.claims.services.test_posting import sent

pytestmark = pytest.mark.django_db
DAY = f.SERVICE_DATE + timedelta(days=9)
CODE = {
    "of_list": "carc", "code": "Z77", "text": "Images", "category": "doc", "source": "A list",
    "effective_on": date(2026, 1, 1),
}  # fmt: skip
PATH = {"name": "Appeal", "number": 120, "presumed_days": 5, "source": "42 CFR 405.942", "verified_on": DAY}
Verb = Callable[[User], Any]
VERBS: dict[str, tuple[Any, Verb]] = {
    "a code is written down": (reason_codes, lambda by: reason_codes.save_reason(None, CODE, by=by, at=f.AT)),
    "a rule of appeals is read": (
        clocks, lambda by: clocks.record_path("erisa", 1, PATH, by=by, at=f.AT, today=DAY)),
}  # fmt: skip


def denied(by: User) -> Claim:
    """A claim that is denied with a code that is in no list."""
    claim = sent()
    checks.post(checks.answer(claim, (("CO", "Z77", "850"),)), by=by, at=f.AT, trace=f"T{claim}")
    return claim


@pytest.mark.parametrize("name", VERBS)
def test_a_claim_that_is_denied_meanwhile_is_not_counted_without_being_held(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = f.user(role="manager")
    claims, (module, verb) = [denied(by), denied(by)], VERBS[name]
    real, refresh, record, done = module.hold_all, module.refresh, module.record, []

    def hold_all(rows: Any) -> list[int]:
        held: list[int] = real(rows)
        denied(by)
        return held

    monkeypatch.setattr(module, "hold_all", hold_all)
    monkeypatch.setattr(module, "refresh", lambda claim: (done.append(claim.pk), refresh(claim)))
    monkeypatch.setattr(module, "record", lambda *args, **known: (done.append("told"), record(*args, **known)))
    verb(by)
    held = [claim.pk for claim in claims]
    told = ["told"] * (len(done) - len(held))
    assert (done, bool(told)) == ([*held, *told], True)
