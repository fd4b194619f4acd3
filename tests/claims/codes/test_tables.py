"""The code tables: bare codes, dated, and in agreement with the public list."""

from __future__ import annotations

import re
from datetime import date

import pytest

from claims.codes import bundling, cdt, cpt, crosswalk, icd10, procedures
from documentation.kernel.identifiers import cdt_problem
from documentation.kernel.vocabulary import GLAND, INTERVENTION
from documentation.rules import diagnoses


class TestCdt:
    def test_every_row_has_a_sound_code_a_short_label_and_a_source(self) -> None:
        for row in cdt.CODES.values():
            assert not cdt_problem(row.code)
            assert row.label
            assert len(row.label) <= 60
            assert row.source

    def test_d0371_begins_with_2013(self) -> None:
        assert procedures.out_of_force(["D0371"], date(2012, 12, 31)) == ("D0371",)
        assert procedures.out_of_force(["D0371"], date(2013, 1, 1)) == ()

    def test_codes_that_nobody_knows_pass(self) -> None:
        assert procedures.out_of_force(["D9999"], date(1990, 1, 1)) == ()
        assert procedures.label("D9999") == "D9999"
        assert cdt.of_kind(cdt.Kind.IMAGING, ["D9999", "D0330", "D0330"]) == ("D0330",)


class TestCrosswalk:
    @pytest.mark.parametrize(
        "interventions, codes",
        [
            ([], ["42699"]),
            (["basket_retrieval"], ["42699"]),
            (["hydrostatic_dilation"], ["42699", "42650", "42660"]),
            (["papilla_dilation"], ["42699", "42650"]),
            (["combined_transoral_incision"], ["42699", "42330", "42335", "42340", "42500", "42505"]),
        ],
    )
    def test_what_was_done_decides(self, interventions: list[str], codes: list[str]) -> None:
        assert [c.code for c in crosswalk.candidates(interventions)] == codes

    def test_conditions_use_the_words_of_the_record(self) -> None:
        for m in crosswalk.MAPPINGS:
            assert {*m.requires_any, *m.excludes} <= set(INTERVENTION)
            assert set(m.glands) <= set(GLAND)
            assert m.code in cpt.CODES
            assert m.cdt in cdt.CODES
            assert m.source
            assert m.as_of
            assert not m.is_verified

    def test_a_medical_claim_starts_with_the_unlisted_code(self) -> None:
        assert crosswalk.medical_code_for("D0371") == "42699"
        assert crosswalk.medical_code_for("D0330") == ""


class TestIcd10:
    @pytest.mark.parametrize("code", ["K11.5", "K11.8", "K11.20", "M35.0C", "R68.2"])
    def test_leaves_can_be_billed(self, code: str) -> None:
        assert icd10.is_billable(code)
        assert icd10.label(code)

    @pytest.mark.parametrize("code", ["K118", "K11.85", "Z", "", "U07.1x"])
    def test_what_is_not_in_the_list_cannot(self, code: str) -> None:
        assert not icd10.exists(code)
        assert not icd10.is_billable(code)
        assert icd10.label(code) == ""

    def test_headings_of_the_small_table_are_headings_of_the_list(self) -> None:
        for code in diagnoses.PARENTS:
            assert icd10.exists(code), code
            assert icd10.below(code), code
        for code in diagnoses.WEAK | diagnoses.SYMPTOMS:
            assert icd10.is_billable(code), code

    @pytest.mark.parametrize(
        "codes",
        [
            ("K11.8", "M35.00"),
            ("M35.0C", "K11.8"),
            ("R68.2", "M35.01"),
            ("R68.2", "E86.0"),
            ("K11.21", "K11.22"),
            ("K11.20", "B26.9"),
            ("R22.0", "R93.0"),
        ],
    )
    def test_excludes1_holds_both_ways_and_in_both_tables(self, codes: tuple[str, str]) -> None:
        assert len(icd10.conflicts(codes)) == 1
        assert len(icd10.conflicts(codes[::-1])) == 1
        assert len(diagnoses.conflicts(codes)) == 1

    def test_notes_beyond_the_small_table_hold_too(self) -> None:
        assert icd10.conflicts(["E11.9", "E10.9"])
        assert not diagnoses.conflicts(["E11.9", "E10.9"])

    def test_neighbours_go_together(self) -> None:
        assert not icd10.conflicts(["K11.5", "K11.8", "K11.7", "M35.3"])

    @pytest.mark.parametrize(
        "words, first",
        [
            ("stenosis duct", "K11.8"),
            ("calculus salivary", "K11.5"),
            ("k11.2", "K11.20"),
            ("K115", "K11.5"),
            ("sjogren dental", "M35.0C"),
        ],
    )
    def test_it_is_searched_by_word_and_by_code(self, words: str, first: str) -> None:
        assert icd10.search(words)[0].code == first

    def test_only_codes_to_bill_are_found_and_the_term_that_fitted_is_told(self) -> None:
        found = icd10.search("K11")
        assert [f.code for f in found if f.code == "K11.2"] == []
        assert all(icd10.is_billable(f.code) for f in found)
        assert icd10.search("stricture duct")[0].because == "Stricture of salivary duct"

    @pytest.mark.parametrize("words", ["", "   ", "((", "qqqq", "x" * 300])
    def test_what_is_not_there_is_not_found(self, words: str) -> None:
        assert icd10.search(words) == ()

    def test_no_code_of_the_salivary_glands_carries_a_side(self) -> None:
        assert {icd10.side(f.code) for f in icd10.search("K11", 50)} == {""}
        assert [icd10.side(c) for c in ("M26.601", "M26.602", "M26.603")] == ["R", "L", "both"]

    def test_codes_have_their_days(self) -> None:
        assert all(icd10.is_billable(code) for code in icd10.CHANGES)
        assert icd10.out_of_force(["M35.0C", "K11.8"], date(2021, 9, 30)) == ("M35.0C",)
        assert icd10.out_of_force(["M35.0C"], date(2021, 10, 1)) == ()
        assert icd10.in_force("M35.0C") == "from October 1, 2021"
        assert icd10.out_of_force(["K11.8"], date(2015, 9, 30)) == ("K11.8",)

    def test_a_service_after_the_list_is_told_that_a_newer_one_is_in_force(self) -> None:
        assert "October 1, 2026" in icd10.EDITION.told(date(2026, 11, 5))
        assert "fiscal year 2027" in icd10.EDITION.told(date(2026, 11, 5))
        assert "fiscal year 2027" not in icd10.EDITION.told(date(2026, 9, 30))

    def test_a_code_of_a_newer_list_can_be_written_down_before_the_package_has_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        new = icd10.Dated(since=date(2026, 10, 1), label="Invented disease of a duct")
        monkeypatch.setitem(icd10.CHANGES, "K11.85", new)
        for cached in (icd10.exists, icd10.is_billable, icd10.label):
            cached.cache_clear()
        try:
            assert icd10.is_billable("K11.85")
            assert icd10.label("K11.85") == "Invented disease of a duct"
            assert icd10.out_of_force(["K11.85"], date(2026, 9, 30)) == ("K11.85",)
        finally:
            monkeypatch.undo()
            for cached in (icd10.exists, icd10.is_billable, icd10.label):
                cached.cache_clear()


class TestBundling:
    def test_every_row_is_dated_and_names_its_source_and_check(self) -> None:
        for row in bundling.TABLE:
            assert row.codes <= set(procedures.CODES)
            assert row.source
            assert row.as_of
            assert re.fullmatch(r"COD-\d{3}", row.rule)

    def test_a_payer_lifts_what_may_be_lifted(self) -> None:
        assert bundling.IMAGING.among(["D0330", "D0310", "D0330"]) == ["D0330", "D0310"]
        assert bundling.IMAGING.among(["D0330", "D0310"], ["D0330"]) == ["D0310"]
        assert bundling.READING.among(["D0391"], ["D0391"]) == ["D0391"]


class TestOwnMappings:
    DILATED = ("hydrostatic_dilation",)

    def mapped(self, **values: object) -> list[str]:
        own = crosswalk.Mapping("D0371", "42660", **values)  # type: ignore[arg-type]
        found = crosswalk.candidates(self.DILATED, ("submandibular",), "99995", date(2026, 11, 5), own=(own,))
        return [m.code for m in found]

    def test_a_payer_that_does_not_take_a_code_takes_it_off_the_candidates(self) -> None:
        assert self.mapped(is_taken=False, payers=("99995",)) == ["42699", "42650"]
        assert self.mapped(is_taken=False, payers=("11111",)) == ["42699", "42650", "42660"]

    def test_conditions_of_gland_and_day_hold(self) -> None:
        assert "42660" not in self.mapped(glands=("parotid",))
        assert "42660" in self.mapped(glands=("submandibular",))
        assert self.mapped(since=date(2027, 1, 1)) == ["42699", "42650", "42660"]
        assert "42660" not in self.mapped(requires_any=("stent",))

    def test_the_gland_decides_which_stone_removal_fits(self) -> None:
        done = ("combined_transoral_incision",)
        assert "42340" not in [m.code for m in crosswalk.candidates(done, ("submandibular",))]
        assert "42335" not in [m.code for m in crosswalk.candidates(done, ("parotid",))]
