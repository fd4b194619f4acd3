"""Checks that wait to be posted, with what their page has to tell before it is done."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from claims.models import Claim, Coverage
from claims.services import remittances, writing_off
from tests import factories
from tests.claims import answered, checks
from tests.claims.checks import answer, check, taken_back

EARLIER = factories.TODAY - timedelta(days=20)


def to_post(biller: Any, manager: Any, npi: str) -> list[int]:
    """One with every kind of answer and money besides; one that names another payee, typed from paper before."""
    new, denied, corrected, given_up, pended, again, twice = (
        answered.claim(EARLIER, transport="sent") for _ in range(7)
    )
    first = [answer(c, checks.DENIED) for c in (corrected, given_up)] + [answer(again)]
    checks.post(*first, by=biller, at=factories.AT, trace="26290001", paid_on=EARLIER, npi=npi)
    asked = writing_off.request(given_up, "Small.", denial=given_up.denials.get(), by=biller, at=factories.AT)
    if asked.limit is not None:
        writing_off.approve(asked, by=manager, at=factories.AT)
    given = [
        answer(new), answer(denied, (("CO", "Z99", "850"),), "N40"), taken_back(corrected, checks.DENIED),
        answer(corrected, checks.PARTLY), answer(given_up), answer(pended, checks.PENDED), answer(again, checks.DENIED),
        answer(number="OLD-1", name="DOE*JORDAN", payer_number="26310B8", day=EARLIER),
    ]  # fmt: skip
    paid = sum(amount for amount, _ in given) - 40
    text = check(*given, trace="26310007", paid_on=factories.TODAY, npi=npi, amount=f"{paid:g}")
    text = text.replace("SE*", "PLB*1234567893*20261231*WO:26290001*50*L6*-10~SE*")
    count = text.count("~")
    text = text.replace(f"SE*{count - 1}*", f"SE*{count}*")
    (rich,) = checks.take(text, by=biller, at=factories.AT).checks
    line = {
        "code": "D0371", "charge": Decimal(850), "paid": Decimal(640),
        "adjustments": [{"group": "CO", "carc": "45", "amount": Decimal(210)}],
    }  # fmt: skip
    values = {"trace": "26310008", "paid_on": factories.TODAY}
    remittances.type_eob(twice, values, [line], scan=None, by=biller, at=factories.AT)
    other = check(answer(twice), trace="26310008", paid_on=factories.TODAY, npi="1457312068")
    (foreign,) = checks.take(other, by=biller, at=factories.AT).checks
    assert not rich.remittance.problems
    return [rich.remittance.pk, foreign.remittance.pk]


def answered_in_part(biller: Any, npi: str) -> None:
    """A claim of which the payer paid and denied something weeks ago, and says nothing of the rest."""
    row = answered.claim(EARLIER - timedelta(days=30), transport="sent")
    answered.sent(row, EARLIER - timedelta(days=29))
    given = answer(row, (("CO", "45", "50"), ("CO", "50", "150")), charge="600")
    checks.post(given, by=biller, at=factories.AT, trace="26290002", paid_on=EARLIER, npi=npi)


def passed_on_to_somebody(biller: Any, npi: str) -> Claim:
    """A claim that was passed on to a plan whose name two of the patient's have."""
    row = answered.claim(EARLIER, transport="sent")
    person = row.encounter.patient
    for n, name in enumerate(("Harbor Mutual Health", "Harbor Life Dental"), 2):
        Coverage.objects.create(patient=person, payer=answered.payer(name), priority=n, member_id=f"H-{n}")
    paid, said = answer(row, status="19")
    said.insert(2, "NM1*TT*2*HARBOR*****PI*70001")
    checks.post((paid, said), by=biller, at=factories.AT, trace="26290003", paid_on=EARLIER, npi=npi)
    return row
