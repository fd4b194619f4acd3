"""The classifier as a table: what a payer wrote, and what became of the claim."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.codes import adjustments as tables
from claims.codes.adjustments import Adjustment, Category
from claims.codes.denial_causes import CAUSES, ORDER, PREVENTABLE, Classification, Line, Outcome, category_of, classify
from documentation.kernel.rule import Cause

# One line of $850.00, decided as: adjustments with dollars, remarks -> outcome, cause, denied dollars.
# What the adjustments do not take was paid.
ROWS = """
CO-50:850                  N706         denied            medical_necessity  850
CO-50:850                  -            denied            medical_necessity  850
CO-50:850                  N661         denied            medical_necessity  850
PR-50:850                  -            denied            medical_necessity  850
PI-50:850                  -            denied            medical_necessity  850
OA-50:850                  -            denied            medical_necessity  850
CO-50:850                  N40          denied            medical_necessity  850
CO-40:850                  -            denied            medical_necessity  850
CO-55:850                  -            denied            medical_necessity  850
CO-56:850                  N623         denied            medical_necessity  850
CO-150:850                 -            denied            medical_necessity  850
CO-151:850                 -            denied            medical_necessity  850
CO-152:850                 -            denied            medical_necessity  850
CO-216:850                 N10          denied            medical_necessity  850
CO-272:850                 -            denied            medical_necessity  850
CO-272:850                 N640         denied            coverage           850
CO-252:850                 N40,N457     denied            images             850
CO-252:850                 N40          denied            images             850
CO-252:850                 N242         denied            images             850
CO-252:850                 N785         denied            images             850
CO-252:850                 N457         denied            images             850
CO-252:850                 N458         denied            images             850
CO-252:850                 N753         denied            images             850
CO-252:850                 N29          denied            documentation      850
CO-252:850                 N706         denied            documentation      850
CO-252:850                 M29          denied            documentation      850
CO-252:850                 M127         denied            documentation      850
CO-252:850                 N237         denied            documentation      850
CO-252:850                 N393         denied            documentation      850
CO-252:850                 N791         denied            documentation      850
CO-252:850                 N29,N40      denied            images             850
CO-252:850                 N4           denied            cob                850
CO-252:850                 MA04,M29     denied            documentation      850
CO-252:850                 -            denied            documentation      850
CO-252:850                 N99999       denied            documentation      850
CO-250:850                 -            denied            documentation      850
CO-250:850                 N242         denied            images             850
CO-251:850                 N206         denied            documentation      850
CO-251:850                 N458         denied            images             850
CO-163:850                 -            denied            images             850
CO-163:850                 N29          denied            documentation      850
CO-164:850                 -            denied            images             850
CO-164:850                 M29          denied            documentation      850
CO-226:850                 -            denied            documentation      850
CO-226:850                 N102         denied            documentation      850
CO-226:850                 N40          denied            images             850
CO-148:850                 -            denied            documentation      850
CO-112:850                 -            denied            documentation      850
CO-B12:850                 -            denied            documentation      850
CO-16:850                  -            denied            coding             850
CO-16:850                  M76          denied            coding             850
CO-16:850                  N350         denied            coding             850
CO-16:850                  N346         denied            coding             850
CO-16:850                  N706         denied            documentation      850
CO-16:850                  N40          denied            images             850
CO-16:850                  N290         denied            provider           850
CO-16:850                  MA27         denied            eligibility        850
CO-16:850                  MA04         denied            cob                850
CO-16:850                  M62          denied            authorization      850
CO-16:850                  N522         denied            duplicate          850
CO-16:850                  M76,MA27     denied            eligibility        850
CO-16:850                  MA130        denied            coding             850
CO-16:850                  MA130,N382   denied            eligibility        850
CO-96:850                  -            denied            coverage           850
PR-96:850                  N130         denied            coverage           850
CO-96:850                  N661         denied            medical_necessity  850
CO-96:850                  M15          denied            bundling           850
CO-96:850                  N569         denied            medical_necessity  850
CO-96:850                  N30          denied            coverage           850
CO-A1:850                  -            denied            other              850
CO-A1:850                  N130         denied            coverage           850
CO-A1:850                  N40          denied            images             850
CO-A1:850                  N111         denied            duplicate          850
CO-A1:850                  N758         denied            authorization      850
OA-129:850                 -            denied            cob                850
OA-129:850                 N480         denied            cob                850
CO-4:850                   -            denied            coding             850
CO-5:850                   -            denied            coding             850
CO-11:850                  -            denied            coding             850
CO-11:850                  N661         denied            coding             850
CO-146:850                 -            denied            coding             850
CO-181:850                 -            denied            coding             850
CO-182:850                 -            denied            coding             850
CO-189:850                 -            denied            coding             850
CO-58:850                  -            denied            coding             850
CO-107:850                 -            denied            coding             850
CO-B22:850                 -            denied            coding             850
CO-97:850                  M15          denied            bundling           850
CO-97:850                  -            denied            bundling           850
CO-231:850                 -            denied            bundling           850
CO-234:850                 N20          denied            bundling           850
CO-236:850                 -            denied            bundling           850
CO-B10:850                 -            denied            bundling           850
CO-B15:850                 -            denied            bundling           850
CO-169:200                 -            partly_paid       bundling           200
CO-59:400                  -            partly_paid       bundling           400
CO-197:850                 -            denied            authorization      850
CO-198:850                 -            denied            authorization      850
CO-15:850                  -            denied            authorization      850
CO-39:850                  -            denied            authorization      850
CO-210:850                 -            denied            authorization      850
CO-284:850                 -            denied            authorization      850
CO-288:850                 -            denied            authorization      850
CO-302:850                 -            denied            authorization      850
PR-204:850                 -            denied            coverage           850
PR-119:850                 -            denied            coverage           850
PR-119:350                 -            partly_paid       coverage           350
PR-35:850                  -            denied            coverage           850
PR-149:850                 -            denied            coverage           850
CO-49:850                  -            denied            coverage           850
CO-167:850                 -            denied            coverage           850
PR-179:850                 -            denied            coverage           850
CO-273:850                 -            denied            coverage           850
CO-254:850                 -            denied            crossover          850
CO-270:850                 -            denied            crossover          850
CO-289:850                 -            denied            crossover          850
OA-290:850                 -            denied            crossover          850
OA-291:850                 -            denied            crossover          850
CO-168:850                 -            denied            crossover          850
OA-109:850                 -            denied            crossover          850
OA-B11:850                 -            denied            crossover          850
CO-22:850                  -            denied            cob                850
OA-19:850                  -            denied            cob                850
OA-136:850                 -            denied            cob                850
OA-209:850                 -            denied            cob                850
PR-275:850                 -            denied            cob                850
CO-29:850                  -            denied            timely_filing      850
CO-B4:85                   -            partly_paid       timely_filing      85
PR-26:850                  -            denied            eligibility        850
PR-27:850                  -            denied            eligibility        850
PR-31:850                  -            denied            eligibility        850
PR-32:850                  -            denied            eligibility        850
PR-227:850                 -            denied            eligibility        850
OA-18:850                  N522         denied            duplicate          850
CO-B13:850                 -            denied            duplicate          850
CO-B20:850                 -            denied            duplicate          850
CO-8:850                   -            denied            coding             850
CO-170:850                 -            denied            provider           850
CO-185:850                 -            denied            provider           850
CO-208:850                 -            denied            provider           850
CO-242:850                 -            denied            provider           850
CO-B7:850                  -            denied            provider           850
CO-193:850                 -            denied            appeal             850
CO-138:850                 -            denied            appeal             850
CO-285:850                 -            denied            appeal             850
CO-286:850                 -            denied            appeal             850
CO-Z9:850                  -            denied            other              850
CO-999:850                 N40          denied            other              850
PR-1:850                   -            patient_share     -                  0
PR-2:850                   -            patient_share     -                  0
PR-3:850                   -            patient_share     -                  0
PR-1:850                   N661         patient_share     -                  0
PR-1:650,CO-45:200         -            patient_share     -                  0
PR-45:850                  -            patient_share     -                  0
CO-24:850                  -            patient_share     -                  0
OA-23:850                  -            patient_share     -                  0
OA-100:850                 -            patient_share     -                  0
OA-23:600,CO-45:250        -            patient_share     -                  0
PR-2:160,CO-45:50          -            paid              -                  0
CO-45:50                   MA91         paid              -                  0
CO-131:50                  -            paid              -                  0
CO-104:50,CO-253:10        -            paid              -                  0
CO-44:10                   -            paid              -                  0
CO-A2:50                   -            paid              -                  0
CO-42:50                   -            paid              -                  0
CO-256:50                  -            paid              -                  0
OA-23:600                  -            paid              -                  0
PR-1:100,PR-2:50,CO-45:100 -            paid              -                  0
-                          -            paid              -                  0
CO-45:850                  -            denied            other              850
CO-45:850                  N40          denied            other              850
CO-45:700,CO-253:150       -            denied            other              850
CO-256:850                 -            denied            other              850
CO-131:850                 -            denied            other              850
CO-147:850                 -            denied            other              850
OA-133:850                 -            pended            -                  0
OA-257:850                 -            pended            -                  0
OA-277:850                 -            pended            -                  0
OA-133:850                 N40          pended            -                  0
OA-133:450                 -            paid              -                  0
OA-133:450,CO-50:400       -            denied            medical_necessity  400
OA-101:850                 -            predetermination  -                  0
OA-101:200                 -            predetermination  -                  0
CO-96:850                  N183         predetermination  -                  0
CO-50:850                  N353         predetermination  -                  0
CO-50:850,CO-45:0          -            denied            medical_necessity  850
CO-50:300,PR-1:100         -            partly_paid       medical_necessity  300
CO-50:750,PR-1:100         -            denied            medical_necessity  750
CO-50:300,CO-97:550        -            denied            bundling           850
CO-50:425,CO-252:425       N40          denied            images             850
CO-29:425,CO-11:425        -            denied            timely_filing      850
CO-97:900,CO-97:-50        -            denied            bundling           850
CO-97:100,CO-97:-100       -            paid              -                  0
CO-18:850,CO-45:-0.01      -            partly_paid       duplicate          850
CO-50:0                    -            paid              -                  0
CR-50:850                  -            denied            medical_necessity  850
""".strip().splitlines()


def _cents(dollars: str) -> int:
    return round(float(dollars) * 100)


def _adjustments(text: str) -> tuple[Adjustment, ...]:
    if text == "-":
        return ()
    pairs = (item.split(":") for item in text.split(","))
    return tuple(Adjustment(*code.split("-"), _cents(amount)) for code, amount in pairs)


def _remarks(text: str) -> tuple[str, ...]:
    return () if text == "-" else tuple(text.split(","))


def _answer(
    adjustments: str, remarks: str = "-", *, status: str = "1", charge: int = 85000, on_claim: bool = False
) -> Classification:
    taken, words = _adjustments(adjustments), _remarks(remarks)
    paid = charge - sum(a.cents for a in taken)
    if on_claim:
        return classify(status_code=status, charge_cents=charge, paid_cents=paid, adjustments=taken, remarks=words)
    line = Line(charge, paid, taken, words, "D0371")
    return classify(status_code=status, charge_cents=charge, paid_cents=paid, lines=[line])


class TestTable:
    def test_it_has_rows_enough(self) -> None:
        assert len(ROWS) == len(set(ROWS)) >= 150

    @pytest.mark.parametrize("on_claim", [False, True], ids=["on the line", "on the claim"])
    @pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row.split()))
    def test_outcome_cause_and_amount(self, row: str, on_claim: bool) -> None:
        adjustments, remarks, outcome, cause, amount = row.split()
        answer = _answer(adjustments, remarks, on_claim=on_claim)
        assert (answer.outcome, answer.cause or "-", answer.denied_cents) == (outcome, cause, _cents(amount))
        assert answer.is_denial is (answer.denied_cents > 0)
        assert answer.is_full is (answer.outcome is Outcome.DENIED)
        assert sum(c.cents for c in answer.codes) == answer.denied_cents
        assert bool(answer.plain_words) is answer.is_denial

    def test_every_cause_and_every_outcome_but_the_reversal_stands_in_it(self) -> None:
        assert {row.split()[3] for row in ROWS} == {c.value for c in Cause} | {"-"}
        assert {row.split()[2] for row in ROWS} == {o.value for o in Outcome} - {"reversal"}


class TestStatus:
    @pytest.mark.parametrize("status", ["1", "2", "3", "4", "19", "20", "21", "23", "99", ""])
    def test_a_denial_is_told_by_its_codes_whatever_the_status(self, status: str) -> None:
        answer = _answer("CO-50:850", status=status)
        assert (answer.outcome, answer.cause) == (Outcome.DENIED, Cause.MEDICAL_NECESSITY)

    @pytest.mark.parametrize("status", ["1", "4"])
    def test_a_deductible_is_no_denial_even_under_status_4(self, status: str) -> None:
        assert _answer("PR-1:850", status=status).outcome is Outcome.PATIENT_SHARE

    def test_a_reversal_and_a_predetermination_are_no_denials(self) -> None:
        assert _answer("CO-252:-850", status="22", charge=-85000).outcome is Outcome.REVERSAL
        assert _answer("CO-252:-850", status="1", charge=-85000).outcome is Outcome.REVERSAL
        assert _answer("CO-50:850", status="25").outcome is Outcome.PREDETERMINATION
        for status in ("22", "25"):
            assert _answer("CO-50:850", status=status).denied_cents == 0
            assert _answer("CO-50:850", status=status).codes == ()

    def test_nothing_charged_and_nothing_paid_refuses_nothing(self) -> None:
        assert _answer("-", charge=0).outcome is Outcome.PATIENT_SHARE

    @pytest.mark.parametrize("status", ["1", "4"])
    def test_zero_paid_without_any_reason_is_never_out_of_sight(self, status: str) -> None:
        answer = classify(status_code=status, charge_cents=85000, paid_cents=0)
        assert (answer.outcome, answer.cause, answer.denied_cents) == (Outcome.DENIED, Cause.OTHER, 85000)
        assert answer.plain_words == "The payer gave no reason."
        assert "Look at it." in answer.notes[-1]

    def test_the_whole_charge_as_contractual_is_a_denial_on_one_line_of_a_paid_claim(self) -> None:
        lines = [Line(85000, 0, _adjustments("CO-45:850")), Line(5000, 4000, _adjustments("CO-45:10"))]
        answer = classify(status_code="1", charge_cents=90000, paid_cents=4000, lines=lines)
        assert (answer.outcome, answer.cause, answer.denied_cents) == (Outcome.PARTLY_PAID, Cause.OTHER, 85000)
        assert [(c.carc, c.line) for c in answer.codes] == [("45", 1)]


class TestSeveralLines:
    def test_the_cause_that_costs_most_leads_and_all_codes_stay(self) -> None:
        lines = [
            Line(40000, 0, _adjustments("CO-50:400"), ("N661",)),
            Line(30000, 0, _adjustments("CO-16:300"), ("M76",)),
            Line(15000, 0, _adjustments("CO-11:150")),
        ]
        answer = classify(status_code="1", charge_cents=85000, paid_cents=0, lines=lines, remarks=["MA01"])
        assert (answer.cause, answer.group, answer.carc) == (Cause.CODING, "CO", "16")
        assert answer.rarcs == ("M76", "MA01", "N661")
        assert [c.as_json() for c in answer.codes] == [
            {"group": "CO", "carc": "50", "cents": 40000, "line": 1, "rarcs": ["N661"]},
            {"group": "CO", "carc": "16", "cents": 30000, "line": 2, "rarcs": ["M76"]},
            {"group": "CO", "carc": "11", "cents": 15000, "line": 3, "rarcs": ["MA01"]},
        ]

    def test_a_line_without_remarks_is_explained_by_those_of_the_claim(self) -> None:
        line = Line(85000, 0, _adjustments("CO-252:850"))
        answer = classify(status_code="1", charge_cents=85000, paid_cents=0, lines=[line], remarks=["N40"])
        assert answer.cause is Cause.IMAGES

    def test_what_is_on_the_claim_and_on_a_line_adds_up(self) -> None:
        answer = classify(
            status_code="1",
            charge_cents=85000,
            paid_cents=5000,
            adjustments=_adjustments("CO-197:300"),
            lines=[Line(85000, 35000, _adjustments("CO-97:450,PR-2:50"))],
        )
        assert (answer.outcome, answer.cause, answer.denied_cents) == (Outcome.PARTLY_PAID, Cause.BUNDLING, 75000)
        assert answer.patient_cents == 5000
        assert [(c.carc, c.line) for c in answer.codes] == [("197", 0), ("97", 1)]


class TestAppeal:
    @pytest.mark.parametrize("remark", ["MA130", "N211", "N83", "MA44"])
    def test_some_remarks_block_it(self, remark: str) -> None:
        answer = _answer("CO-16:850", f"M76,{remark}")
        assert not answer.may_appeal
        assert remark in answer.notes[0]
        assert answer.cause is Cause.CODING

    @pytest.mark.parametrize("remark", ["-", "MA01", "N210", "N1", "N358", "N138", "N706"])
    def test_others_do_not(self, remark: str) -> None:
        assert _answer("CO-50:850", remark).may_appeal

    def test_what_could_not_be_processed_is_sent_anew(self) -> None:
        assert _answer("CO-16:850", "MA130").needs_new_claim
        assert _answer("CO-16:850", "MA130").first_move == "Send a new claim"
        assert not _answer("CO-16:850", "N211").needs_new_claim

    def test_the_first_move_and_whether_a_rule_could_have_prevented_it(self) -> None:
        assert _answer("CO-50:850").first_move == "Appeal"
        assert not _answer("CO-50:850").is_preventable
        assert _answer("CO-252:850", "N40").is_preventable
        assert _answer("PR-1:850").first_move == ""
        assert _answer("CO-Z9:850").first_move == ""
        assert {c for c in Cause if c not in PREVENTABLE} == {
            Cause.MEDICAL_NECESSITY,
            Cause.BUNDLING,
            Cause.COVERAGE,
            Cause.PROVIDER,
            Cause.APPEAL,
            Cause.OTHER,
        }


class TestNotes:
    @pytest.mark.parametrize(
        "adjustments, remarks, sentence",
        [
            ("CO-45:50", "MA91", "This is the payer's answer to an appeal (MA91)."),
            ("OA-290:850", "-", "The payer passed the claim on."),
            ("OA-133:450", "-", "Part of this answer is pended"),
            ("CO-168:850", "-", "Retired reason code: 168."),
            ("CO-Z9:850", "-", "Reason code without wording of ours: Z9."),
        ],
    )
    def test_what_a_person_should_know(self, adjustments: str, remarks: str, sentence: str) -> None:
        assert any(note.startswith(sentence) for note in _answer(adjustments, remarks).notes)

    def test_nothing_is_said_where_nothing_is_odd(self) -> None:
        assert _answer("CO-50:850", "N661").notes == ()
        assert _answer("PR-2:160,CO-45:50").notes == ()


class TestWords:
    def test_codes_are_put_in_plain_words_and_unknown_ones_stay_raw(self) -> None:
        assert tables.plain_words("CO", "50", ["N706"]) == (
            "CO-50: not medically necessary, the payer says. N706: a document they need is missing."
        )
        assert tables.plain_words("ZZ", "Z9", ["N99999", "N40"]) == "ZZ-Z9. N99999. N40: image is missing."
        assert tables.plain_words("", "1") == "1: deductible."
        assert tables.plain_words("", "") == ""
        assert tables.carc_label("Z9") == tables.rarc_label("N99999") == ""
        assert tables.category_of("Z9") is Category.UNK

    def test_wording_is_short_and_ours_to_print(self) -> None:
        labels = [row.label for row in (*tables.CARC.values(), *tables.RARC.values())]
        assert all(label and label == label.strip().rstrip(".") and len(label) <= 70 for label in labels)
        assert all(row.source for row in (*tables.CARC.values(), *tables.RARC.values()))


class TestTables:
    def test_their_counts_are_pinned(self) -> None:
        assert len(tables.GROUPS) == 5
        assert len(tables.CARC) == len(tables._CARC_ROWS) == 143
        assert len(tables.RARC) == len(tables._RARC_ROWS) == 95
        assert Counter(row.category.value for row in tables.CARC.values()) == {
            "cod": 20,
            "cov": 13,
            "elg": 12,
            "ctr": 12,
            "prv": 12,
            "aut": 11,
            "cob": 10,
            "bun": 10,
            "nec": 9,
            "xov": 8,
            "doc": 7,
            "apl": 4,
            "pat": 3,
            "dup": 3,
            "pnd": 3,
            "tim": 2,
            "img": 2,
            "est": 1,
            "unk": 1,
        }

    def test_the_codes_that_need_a_remark_and_the_retired_ones_are_known(self) -> None:
        assert {row.code for row in tables.CARC.values() if row.needs_rarc} == set(
            "16 96 129 148 226 227 234 250 251 252 267 A1".split()
        )
        assert {row.code for row in tables.CARC.values() if row.is_deactivated} == set("15 42 138 168 A2".split())

    def test_only_the_patients_share_may_be_billed_to_the_patient(self) -> None:
        assert [g.code for g in tables.GROUPS.values() if g.may_bill_patient] == ["PR"]

    def test_every_category_has_its_cause_and_its_place_in_the_order(self) -> None:
        assert set(CAUSES) == set(Category)
        assert set(ORDER) == {c for c, cause in CAUSES.items() if cause}
        assert {cause for cause in CAUSES.values() if cause} == set(Cause)

    def test_290_and_291_are_not_swapped(self) -> None:
        assert tables.carc_label("290").startswith("dental plan passed it on to the medical")
        assert tables.carc_label("291").startswith("medical plan passed it on to the dental")
        assert "medical plan" in tables.carc_label("254")
        assert "dental plan" in tables.carc_label("270")

    def test_a_remark_decides_only_for_reasons_that_say_little(self) -> None:
        assert category_of("252", ["N40"]) is Category.IMG
        assert category_of("50", ["N40"]) is Category.NEC
        assert category_of("252", ["MA91"]) is Category.DOC


_CODES = st.sampled_from([*tables.CARC, "Z9", "999", ""])
_ADJUSTMENTS = st.lists(
    st.builds(
        Adjustment, st.sampled_from(["CO", "PR", "OA", "PI", "CR", "ZZ", ""]), _CODES, st.integers(-99999, 99999)
    ),
    max_size=5,
)
_REMARKS = st.lists(st.sampled_from([*tables.RARC, "N99999"]), max_size=4)


@given(
    st.sampled_from(["1", "2", "4", "22", "25", "", "x"]),
    st.integers(-99999, 99999),
    st.integers(-99999, 99999),
    _ADJUSTMENTS,
    _ADJUSTMENTS,
    _REMARKS,
)
def test_every_answer_has_an_outcome_and_every_denied_cent_a_cause(
    status: str,
    charge: int,
    paid: int,
    of_claim: list[Adjustment],
    of_line: list[Adjustment],
    remarks: list[str],
) -> None:
    line = Line(charge, paid, tuple(of_line), tuple(remarks))
    answer = classify(
        status_code=status, charge_cents=charge, paid_cents=paid, adjustments=of_claim, lines=[line], remarks=remarks
    )
    assert (answer.cause is not None) is (answer.denied_cents > 0) is bool(answer.codes)
    assert answer.denied_cents == sum(c.cents for c in answer.codes)
    assert all(c.cents > 0 for c in answer.codes)
    assert answer == classify(
        status_code=status, charge_cents=charge, paid_cents=paid, adjustments=of_claim, lines=[line], remarks=remarks
    )
    if answer.outcome in (Outcome.REVERSAL, Outcome.PREDETERMINATION, Outcome.PENDED, Outcome.PAID):
        assert not answer.is_denial
    if charge > 0 >= paid and not answer.is_denial:
        told = (Outcome.REVERSAL, Outcome.PREDETERMINATION, Outcome.PENDED, Outcome.PATIENT_SHARE)
        assert answer.outcome in told
