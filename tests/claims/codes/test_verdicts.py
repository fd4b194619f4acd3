"""Group × code × amount: what each adjustment is, written down from the field's own table, not from the program's."""

from __future__ import annotations

from datetime import date

import pytest

from claims.codes.adjustments import CARC, Adjustment, Carc, Category
from claims.codes.code_book import PROGRAM, CodeBook, OwnCode
from claims.codes.crossover import REASONS
from claims.codes.denial_causes import CAUSES, OTHER_PLAN, Line, Outcome, category_of, classify
from claims.codes.verdicts import TABLE, Amount, Verdict, every_row, verdict_on

CHARGE = 85000

# Where each code belongs by itself. Two words: the second is what it may be as well, which nothing here decides.
PLACES = """
pat 1 2 3
cod 4 5 6 7 8 9 10 11 12 16 58 107 146 181 182 189 261 267 268 B22
elg 13 14 26 27 31 32 33 140 166 177 200 227
aut 15 39 95 197 198 210 284 287 288 296 302
dup 18 B13 B20
cob 19 20 21 22 23 129 136 209 275 276
ctr 24 44 45 100 147 203 256 104 131 253 42 A2
tim 29 B4
cov 35 49 51 96 119 149 167 179 204 222 269 273 B14
nec 40 50 55 56 150 151 152 216 272
bun 59 89 97 134 169 231 234 236 B10 B15
est 101
xov 109 168 254 270 289 290 291 B11
doc 112 148 226 250 251 252 B12
pnd 133 257 277
apl 138 193 285 286
img 163 164
prv 170 171 172 185 206 207 208 242 243 279 299 B7
unk A1
"""
PLACE = {code: line.split()[0] for line in PLACES.strip().splitlines() for code in line.split()[1:]}

# group, code, dollars of a line of $850.00, remark -> verdict
ROWS = """
CO 1 850 - patient's share
PR 1 200 - patient's share
OA 2 850 - patient's share
PR 3 40 - patient's share
CO 45 50 - contract
OA 45 50 - contract
PI 45 50 - contract
PR 45 50 - patient's share
CO 45 850 - denied
OA 45 850 - denied
PI 45 850 - denied
PR 45 850 - patient's share
CO 45 900 - denied
CO 24 850 - contract
CO 44 10 - contract
CO 100 850 - contract
CO 104 20 - contract
CO 131 850 - contract
CO 203 850 - contract
CO 253 17 - contract
CO 256 850 - contract
CO 147 850 - contract
CO 42 50 - contract
CO A2 50 - contract
OA 23 850 - told only
CO 23 850 - told only
PR 23 10 - told only
OA 101 850 - estimate
CO 101 850 - estimate
OA 133 850 - pended
CO 133 850 - pended
OA 257 850 - pended
OA 277 400 - pended
CO 50 850 - denied
PR 50 850 - denied
OA 50 1 - denied
PI 50 850 - denied
CR 50 850 - denied
XX 50 850 - denied
CO 50 0 - given back
CO 50 -850 - given back
PR 1 -50 - given back
OA 133 -850 - given back
CO 45 -850 - given back
CO Z9 850 - denied
PR Z9 1 - denied
PR 96 850 N130 denied
PR 204 850 - denied
PR 119 350 - denied
PR 31 850 - denied
OA 18 850 - denied
OA 209 850 - denied
OA 290 850 - denied
CO A1 850 - denied
CO A1 850 N40 denied
CO 96 850 N661 denied
CO 29 850 - denied
PI 97 850 - denied
""".strip().splitlines()

# code, remark -> category; the codes whose remark decides, and others whose remark does not
REMARKS = """
16 M76 cod
16 N40 img
16 N457 img
16 N706 doc
16 MA04 cob
16 N4 cob
16 MA27 elg
16 M62 aut
16 N290 prv
16 N522 dup
16 M15 bun
16 N661 nec
16 MA130 cod
16 X99 cod
96 N130 cov
96 N115 nec
96 N569 nec
96 N30 cov
96 N20 bun
96 N753 img
96 X99 cov
A1 N40 img
A1 M127 doc
A1 N54 aut
A1 N111 dup
A1 N640 cov
A1 N34 cod
A1 X99 unk
129 N480 cob
129 M29 doc
148 N706 doc
148 N242 img
163 N29 doc
163 X99 img
164 M29 doc
164 N785 img
226 N102 doc
226 N458 img
226 MA92 cob
250 N233 doc
250 N242 img
251 N394 doc
251 N458 img
252 N40 img
252 N457 img
252 N29 doc
252 N791 doc
252 N479 cob
252 N350 cod
252 N290 prv
252 X99 doc
272 N661 nec
272 N435 cov
272 X99 nec
50 N40 nec
97 N40 bun
11 N661 cod
197 N29 aut
204 M76 cov
""".strip().splitlines()


class TestPlaces:
    def test_every_code_of_the_program_stands_in_the_list_and_no_other(self) -> None:
        assert set(PLACE) == set(CARC)

    @pytest.mark.parametrize("code", sorted(PLACE))
    def test_a_code_belongs_where_the_field_puts_it_and_denies_what_it_takes(self, code: str) -> None:
        assert CARC[code].category == PLACE[code]
        cause = CAUSES[Category(PLACE[code])]
        line = Line(CHARGE, 0, (Adjustment("CO", code, CHARGE),))
        answer = classify(status_code="1", charge_cents=CHARGE, paid_cents=0, lines=[line])
        if cause is not None and code != "23":
            assert (answer.outcome, answer.cause, answer.denied_cents) == (Outcome.DENIED, cause, CHARGE)
        else:
            assert answer.cause in (None, "other")


class TestTable:
    @pytest.mark.parametrize("row", ROWS)
    def test_group_code_and_amount_decide(self, row: str) -> None:
        group, code, dollars, remark, verdict = row.split(" ", 4)
        category = category_of(code, () if remark == "-" else (remark,), group)
        assert verdict_on(group, code, category, int(dollars) * 100, CHARGE) == verdict

    @pytest.mark.parametrize("row", REMARKS)
    def test_a_remark_decides_where_the_reason_says_little(self, row: str) -> None:
        code, remark, category = row.split()
        assert category_of(code, (remark,)) == category

    def test_there_are_more_than_two_hundred_rows(self) -> None:
        assert len(PLACE) + len(ROWS) + len(REMARKS) > 200
        assert len(set(ROWS)) == len(ROWS)
        assert len(set(REMARKS)) == len(REMARKS)

    def test_written_out_it_is_complete_and_every_row_is_needed(self) -> None:
        rows = list(every_row())
        assert len(rows) == len(CARC) * 5 * 3
        used = {id(row) for *_, row in rows}
        assert used == {id(row) for row in TABLE}
        given = {amount: {row.verdict for *_, a, row in rows if a is amount} for amount in Amount}
        assert given[Amount.NOTHING] == {Verdict.GIVEN_BACK}
        assert Verdict.GIVEN_BACK not in given[Amount.PART] | given[Amount.WHOLE]


def denied(*taken: Adjustment, book: CodeBook = PROGRAM, paid: int = 0, day: date | None = None) -> object:
    line = Line(CHARGE, paid, taken)
    return classify(status_code="1", charge_cents=CHARGE, paid_cents=paid, lines=[line], book=book, day=day)


class TestCrossover:
    @pytest.mark.parametrize(
        ("code", "plan", "passed_on"),
        [
            ("254", "medical", False),
            ("270", "dental", False),
            ("290", "medical", True),
            ("291", "dental", True),
            ("289", "both", False),
            ("168", "both", False),
            ("109", "", False),
            ("B11", "", True),
            ("50", "", False),
        ],
    )
    def test_the_other_plan_is_told(self, code: str, plan: str, passed_on: bool) -> None:
        answer = denied(Adjustment("CO", code, CHARGE))
        assert (answer.other_plan, answer.is_forwarded) == (plan, passed_on)  # type: ignore[attr-defined]

    def test_the_dearest_one_leads(self) -> None:
        answer = denied(Adjustment("CO", "254", 50000), Adjustment("CO", "289", 35000))
        assert answer.other_plan == "medical"  # type: ignore[attr-defined]

    def test_every_code_of_them_is_a_crossover(self) -> None:
        assert {CARC[c].category for c in OTHER_PLAN.keys() | REASONS.keys()} == {Category.XOV}


class TestOwnCodes:
    BOOK = CodeBook(
        own={
            "X12": OwnCode("X12", "x-rays are missing", Category.IMG),
            "W": OwnCode("W", "network discount", Category.CTR),
            "D": OwnCode("D", "deductible", Category.PAT, "PR"),
            "P": OwnCode("P", "not covered, patient pays", Category.COV, "PR"),
            "23": OwnCode("23", "needs a narrative", Category.DOC),
        }
    )

    @pytest.mark.parametrize(
        ("code", "outcome", "cause", "patient"),
        [
            ("X12", "denied", "images", 0),
            ("23", "denied", "documentation", 0),
            ("P", "denied", "coverage", CHARGE),
            ("D", "patient_share", None, CHARGE),
            ("?", "denied", "other", 0),
        ],
    )
    def test_a_payers_own_code_is_read_as_it_was_written_down(
        self, code: str, outcome: str, cause: str | None, patient: int
    ) -> None:
        answer = denied(Adjustment("ZZ", code, CHARGE), book=self.BOOK)
        assert (answer.outcome, answer.cause, answer.patient_cents) == (outcome, cause, patient)  # type: ignore[attr-defined]

    def test_its_contract_takes_off_a_part_without_a_denial(self) -> None:
        answer = denied(Adjustment("ZZ", "W", 5000), book=self.BOOK, paid=80000)
        assert (answer.outcome, answer.denied_cents) == ("paid", 0)  # type: ignore[attr-defined]

    def test_it_is_kept_as_printed_and_told_in_words(self) -> None:
        answer = denied(Adjustment("ZZ", "X12", CHARGE), book=self.BOOK)
        assert answer.plain_words == "X12: x-rays are missing."  # type: ignore[attr-defined]
        assert [(c.group, c.carc) for c in answer.codes] == [("ZZ", "X12")]  # type: ignore[attr-defined]
        unknown = denied(Adjustment("ZZ", "50", CHARGE))
        assert unknown.cause == "other"  # type: ignore[attr-defined]
        assert "Reason code without wording of ours: 50." in unknown.notes  # type: ignore[attr-defined]

    def test_its_own_remark_decides_where_the_reason_says_little(self) -> None:
        assert category_of("16", ("X12",), "CO", self.BOOK) == "img"
        assert category_of("16", ("W",), "CO", self.BOOK) == "cod"
        assert category_of("50", ("X12",), "CO", self.BOOK) == "nec"


class TestDates:
    BOOK = CodeBook(carcs={**CARC, "300": Carc("300", Category.COD, "new")}, ended={"50": date(2026, 6, 30)})

    def test_a_code_is_retired_after_its_last_day(self) -> None:
        assert not self.BOOK.is_retired("50", date(2026, 6, 30))
        assert self.BOOK.is_retired("50", date(2026, 7, 1))
        notes = denied(Adjustment("CO", "50", CHARGE), book=self.BOOK, day=date(2026, 7, 1)).notes  # type: ignore[attr-defined]
        assert "Retired reason code: 50." in notes

    def test_one_whose_last_day_nobody_knows_is_retired_all_the_same(self) -> None:
        assert PROGRAM.is_retired("168", date(2026, 7, 1))
        assert not PROGRAM.is_retired("50", date(2026, 7, 1))
        assert not PROGRAM.is_retired("Z9", None)
