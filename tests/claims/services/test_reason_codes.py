"""Lists of reasons: loaded whole or not at all, dated, read by payer and day; what a person sorted stays sorted."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from claims.codes.adjustments import Category
from claims.codes.licensed import TableError
from claims.models import Claim, ReasonCode, RemittanceClaim
from claims.queries.code_book import code_book, status_texts
from claims.queries.unknown_codes import unknown_codes
from claims.services import matching, posting
from claims.services.codes import LoadedTexts
from claims.services.reason_codes import load_reasons, save_reason
from claims.services.recount import differences
from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.models import AuditEvent, User
from tests import factories as f
from tests.claims import checks
from tests.claims.services.test_posting import AT, sent

pytestmark = pytest.mark.django_db
CARC = (
    b"code,text,effective_on,ended_on,category\n50,Words of the list,2000-01-01,2026-06-30,\nz7,New,2026-07-01,,doc\n"
)
SOURCE = "list of November 1, 2026"


@pytest.fixture
def manager() -> User:
    return f.user(role="manager")


def test_a_list_is_read_by_its_days_and_our_words_stay(manager: User) -> None:
    assert load_reasons(CARC, "carc", None, SOURCE, by=manager, at=f.AT) == LoadedTexts(2, 0, 0)
    book = code_book(day=date(2026, 11, 6))
    assert book.label_of("CO", "50") == "not medically necessary, the payer says"
    assert (book.label_of("CO", "Z7"), book.category_of("CO", "Z7")) == ("New", Category.DOC)
    assert book.is_retired("50", date(2026, 7, 1))
    assert not book.is_retired("50", date(2026, 6, 30))
    assert AuditEvent.objects.filter(action="codes.load_reasons", by=manager).count() == 1


def test_the_same_list_again_changes_nothing_and_what_a_person_sorted_stays(manager: User) -> None:
    load_reasons(CARC, "carc", None, SOURCE, by=manager, at=f.AT)
    assert load_reasons(CARC, "carc", None, SOURCE, by=manager, at=f.AT) == LoadedTexts(0, 0, 2)
    row = ReasonCode.objects.get(code="50")
    save_reason(row, {"category": "cov"}, by=manager, at=f.AT, seen=row.revision)
    newer = CARC.replace(b"Words of the list", b"Newer words")
    assert load_reasons(newer, "carc", None, SOURCE, by=manager, at=f.AT) == LoadedTexts(0, 1, 1)
    row.refresh_from_db()
    assert (row.text, row.category) == ("Newer words", "cov")
    assert code_book().category_of("CO", "50") is Category.COV


def test_each_list_has_its_place(manager: User) -> None:
    payer = f.payer(by=manager)
    own = b"code;text;effective_on;category;group\nx 1;radiographs;2026-01-01;img;\nP;patient pays;2026-01-01;pat;PR\n"
    load_reasons(own, "own", payer, "legend of the EOB", by=manager, at=f.AT)
    load_reasons(b"code,text,effective_on,category\nN999,new remark,2026-01-01,img\n", "rarc", None, SOURCE,
                 by=manager, at=f.AT)  # fmt: skip
    load_reasons(b"code,text,effective_on\n999,words of a status,2026-01-01\n", "claim_status", None, SOURCE,
                 by=manager, at=f.AT)  # fmt: skip
    book = code_book(payer)
    assert (book.category_of("ZZ", "X 1"), book.group_of("ZZ", "X 1")) == (Category.IMG, "CO")
    assert (book.category_of("ZZ", "P"), book.group_of("ZZ", "P")) == (Category.PAT, "PR")
    assert not code_book().is_known("ZZ", "X 1")  # of this payer alone
    assert code_book().pushed_by(["N999"]) == {Category.IMG}
    assert status_texts() == {"999": "words of a status"}


@pytest.mark.parametrize(
    ("table", "of_list", "sentence"),
    [
        (b"", "carc", "The first row must name the columns"),
        (b"code,text,effective_on\n", "carc", "The table holds no code"),
        (b"code,text,effective_on\n5O,x,2026-01-01\n", "carc", "Row 2: .* is no code of this list"),
        (b"code,text,effective_on\nN1,x,soon\n", "rarc", "is no day"),
        (b"code,text,effective_on,ended_on\n1,x,2026-01-01,2025-01-01\n", "carc", "ends before it begins"),
        (b"code,text,effective_on,category\n1,x,2026-01-01,luck\n", "carc", "is none of ours"),
        (b"code,text,effective_on,group\n1,x,2026-01-01,CO\n", "carc", "for a payer's own code only"),
        (b"code,text,effective_on\n1,x,2026-01-01\n1,y,2026-01-01\n", "carc", "stands in row 2 with other words"),
        (b"\xff\xfe\x00", "carc", "no text in UTF-8"),
    ],
)
def test_a_faulty_list_is_told_row_by_row_and_nothing_is_kept(
    manager: User, table: bytes, of_list: str, sentence: str
) -> None:
    with pytest.raises(TableError, match=sentence):
        load_reasons(table, of_list, None, SOURCE, by=manager, at=f.AT)
    assert not ReasonCode.objects.exists()


def test_list_payer_and_person_must_fit(manager: User) -> None:
    biller = f.user(role="biller")
    with pytest.raises(NotPermitted):
        load_reasons(CARC, "carc", None, SOURCE, by=biller, at=f.AT)
    with pytest.raises(NotPermitted):
        f.own_code(by=f.user(role="clinician"), payer=f.payer(by=biller))
    for of_list, payer in (("own", None), ("carc", f.payer(by=manager))):
        with pytest.raises(ValidationError, match="A payer is named for its own codes"):
            load_reasons(CARC, of_list, payer, SOURCE, by=manager, at=f.AT)
    with pytest.raises(ValidationError, match="where the list comes from"):
        load_reasons(CARC, "carc", None, " ", by=manager, at=f.AT)
    row = f.own_code(by=biller)
    with pytest.raises(NotPossible, match="Somebody else changed"):
        save_reason(row, {"text": "other"}, by=biller, at=f.AT, seen=row.revision + 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReasonCode.objects.filter(pk=row.pk).update(payer=None)


class TestAnswersThatWait:
    """An answer that is taken in and not posted yet follows the book of codes: page, figures and posting agree."""

    UNKNOWN = (("CO", "Z77", "850"),)
    PENDED = {
        "of_list": "carc", "code": "Z77", "text": "pended", "category": "pnd", "source": SOURCE,
        "effective_on": date(2026, 1, 1),
    }  # fmt: skip

    def taken(self, claim: Claim | None, by: User, *remarks: str, **known: Any) -> RemittanceClaim:
        given = checks.answer(claim, self.UNKNOWN, *remarks, **known)
        (taken,) = checks.take(checks.check(given), by=by, at=AT).checks
        row: RemittanceClaim = taken.remittance.answers.get()
        return row

    def test_it_is_sorted_when_its_code_is_written_down(self, manager: User) -> None:
        claim = sent()
        row = self.taken(claim, manager)
        assert (row.outcome, row.denied) == ("denied", 850)
        assert [(u.of_list, u.code, u.answers, u.amount) for u in unknown_codes()] == [("carc", "Z77", 1, 850)]
        save_reason(None, self.PENDED, by=manager, at=AT)
        row.refresh_from_db()
        assert (row.outcome, row.denied, row.pended) == ("pended", 0, 850)
        assert unknown_codes() == []
        event = AuditEvent.objects.get(action="codes.reason")
        assert '"answers":1' in event.detail
        assert posting.post(row.remittance, by=manager, at=AT)
        assert Claim.objects.get(pk=claim.pk).adjudication == "pended"
        assert differences() == (1, 0)

    def test_what_is_known_already_counts_as_it_is_taken_in(self, manager: User) -> None:
        load_reasons(
            b"code,text,effective_on,category\nZ77,pended,2026-01-01,pnd\n", "carc", None, SOURCE,
            by=manager, at=AT,
        )  # fmt: skip
        row = self.taken(sent(), manager)
        assert (row.outcome, row.denied, row.pended) == ("pended", 0, 850)

    def test_a_code_of_the_payer_is_read_once_the_claim_is_known(self, manager: User) -> None:
        claim = sent()
        mine = {"payer": claim.coverage.payer, "code": "Q1", "text": "radiographs", "category": "pnd", "group": ""}
        f.own_code(by=manager, **mine)
        given = checks.answer(None, (("ZZ", "Q1", "850"),), number="OLD-1")
        (taken,) = checks.take(checks.check(given), by=manager, at=AT).checks
        row = taken.remittance.answers.get()
        assert row.outcome == "denied"
        matching.match(row, claim, by=manager, at=AT)
        row.refresh_from_db()
        assert (row.outcome, row.pended) == ("pended", 850)
        matching.unmatch(row, by=manager, at=AT)
        row.refresh_from_db()
        assert (row.outcome, row.denied) == ("denied", 850)

    def test_posted_answers_stay_as_they_were_found(self, manager: User) -> None:
        claim = sent()
        row = self.taken(claim, manager)
        posting.post(row.remittance, by=manager, at=AT)
        save_reason(None, self.PENDED, by=manager, at=AT)
        row.refresh_from_db()
        assert (row.outcome, row.denied, claim.denials.get().status) == ("denied", 850, "open")

    def test_remarks_that_nobody_knows_wait_before_they_are_posted(self, manager: User) -> None:
        self.taken(sent(), manager, "XX99")
        assert {(u.of_list, u.code) for u in unknown_codes()} == {("carc", "Z77"), ("rarc", "XX99")}
