"""What is told of a check before it is posted: whose it is, whether it is a test, and whether it came before."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from claims.models import Claim, Remittance
from claims.queries import checks as checks_shown
from claims.queries.known_checks import twins
from claims.services import posting, remittances
from documentation.kernel.machine import Refused
from documentation.models import User
from tests import factories as f
from tests.claims import checks
from tests.claims.services.test_posting import AT, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def biller() -> User:
    return f.user(role="biller")


class TestTestFiles:
    """ISA15 = T: a trial of payer or clearinghouse, with which no money moved."""

    def test_with_a_real_practice_it_is_set_aside_and_the_real_check_still_comes(
        self, biller: User, settings: Any
    ) -> None:
        settings.PRODUCTION = True
        claim = sent()
        said = checks.check(checks.answer(claim))
        trial = checks.file(said).replace(b"*0*P*:~", b"*0*T*:~")
        (taken,) = remittances.import_file(trial, "t.835", by=biller, at=AT).checks
        assert taken.remittance.is_test
        with pytest.raises(Refused, match=r"test file \(ISA15 is T\): no money moved"):
            posting.post(taken.remittance, by=biller, at=AT, reason="All the same")
        (real,) = remittances.import_file(checks.file(said), "p.835", by=biller, at=AT).checks
        assert (real.already, real.remittance.is_test, real.remittance.problems) == (False, False, [])
        assert posting.post(real.remittance, by=biller, at=AT)
        (again,) = remittances.import_file(trial, "t.835", by=biller, at=AT).checks
        assert (again.already, again.remittance) == (True, taken.remittance)

    def test_where_everybody_is_invented_it_is_told_and_can_be_posted(self, biller: User) -> None:
        trial = checks.file(checks.check(checks.answer(sent()))).replace(b"*0*P*:~", b"*0*T*:~")
        (taken,) = remittances.import_file(trial, "t.835", by=biller, at=AT).checks
        assert (taken.remittance.is_test, taken.remittance.problems) == (True, [])
        assert posting.post(taken.remittance, by=biller, at=AT)


@pytest.mark.parametrize(
    ("said", "is_unnamed"),
    [("N1*PE*HARBOR ORAL SURGERY*XX*1234567893", False), ("N1*PE*OTHER PRACTICE", True), ("N1*PE*main office", False)],
)
def test_the_payee_is_kept_as_it_is_named(biller: User, said: str, is_unnamed: bool) -> None:
    location = f.location()
    location.name = "Main Office"
    location.save()
    text = checks.check(checks.answer(sent())).replace("N1*PE*HARBOR ORAL SURGERY*XX*1234567893", said)
    (taken,) = remittances.import_file(checks.file(text), "x.835", by=biller, at=AT).checks
    assert taken.remittance.payee_name == said.split("*")[2]
    assert checks_shown.is_unnamed(taken.remittance) is is_unnamed


class TestTwins:
    """Two checks that may be the same money are named beside each other before either is posted."""

    def taken(self, by: User, *answers: Any, **known: Any) -> Remittance:
        (taken,) = checks.take(checks.check(*answers, **known), by=by, at=AT).checks
        row: Remittance = taken.remittance
        return row

    def typed(self, claim: Claim, by: User, **values: Any) -> Remittance:
        taken_off = [
            {"group": "CO", "carc": "45", "amount": Decimal(50)},
            {"group": "PR", "carc": "2", "amount": Decimal(160)},
        ]
        line = {"code": "D0371", "charge": Decimal(850), "paid": Decimal(640), "adjustments": taken_off}
        known = {"trace": "T1", "paid_on": checks.PAID_ON, **values}
        return remittances.type_eob(claim, known, [line], scan=None, by=by, at=AT)

    @pytest.mark.parametrize("values", [{}, {"trace": "t1"}, {"trace": ""}, {"paid_on": date(2026, 11, 28)}])
    def test_typed_from_paper_and_then_a_file(self, biller: User, values: Any) -> None:
        claim = sent()
        paper = self.typed(claim, biller, **values)
        electronic = self.taken(biller, checks.answer(claim))
        for one, other, how in ((paper, electronic, "from an 835"), (electronic, paper, "as a typed EOB")):
            (twin,) = twins(one)
            assert (twin.check, twin.words) == (other, f"Check {other.pk}, {how}, says the same of {claim}.")
        posting.post(paper, by=biller, at=AT)
        assert "and posted" in twins(electronic)[0].words
        with pytest.raises(Refused, match="posted twice"):
            posting.post(electronic, by=biller, at=AT)

    def test_typed_of_a_claim_that_the_file_did_not_find(self, biller: User) -> None:
        paper = self.typed(sent(), biller)
        electronic = self.taken(biller, checks.answer(number="X-9"))
        (twin,) = twins(electronic)
        assert (twin.check, twin.words) == (
            paper, f"Check {paper.pk}, as a typed EOB, has the same number, day and amount."
        )  # fmt: skip

    def test_the_same_check_from_two_clearinghouses(self, biller: User) -> None:
        claim = sent()
        one = self.taken(biller, checks.answer(claim))
        text = checks.check(checks.answer(claim)).replace("TRN*1*T1*1999999991", "TRN*1*T1*1888888881")
        (other,) = remittances.import_file(checks.file(text), "other.835", by=biller, at=AT).checks
        assert not other.already
        assert [t.check for t in twins(other.remittance)] == [one]

    def test_checks_of_their_own_are_none(self, biller: User) -> None:
        one, two = sent(), sent()
        first = self.taken(biller, checks.answer(one))
        self.taken(biller, checks.answer(two), trace="T2", paid_on=date(2026, 12, 1))
        self.typed(two, biller, trace="EOB 5", paid_on=date(2026, 11, 20))
        assert twins(first) == []

    def test_eobs_of_one_paper_check_are_none(self, biller: User) -> None:
        one, two = self.typed(sent(), biller), self.typed(sent(), biller)
        assert (twins(one), twins(two)) == ([], [])

    def test_a_check_that_is_set_aside_does_not_keep_its_answers_from_being_typed(self, biller: User) -> None:
        """A person is told to type them, so it must be possible."""
        claim = sent()
        aside = self.taken(biller, checks.answer(claim), amount="1")
        assert aside.problems
        assert posting.post(self.typed(claim, biller), by=biller, at=AT)
