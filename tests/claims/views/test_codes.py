"""The page of codes, the licensed list, and the pickers of a claim; all without a script."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from claims.models import CodeMapping, CodeText
from claims.services import preparation
from tests import factories

LIST = b"code,text,effective_on\nD0371,Words of the list,2026-01-01\n"
MAPPING = {
    "cdt": "d0371",
    "code": "42660",
    "interventions": ["hydrostatic_dilation"],
    "diagnoses": "K11.8",
    "is_taken": "yes",
    "source": "Policy page 4",
    "effective_on": "2026-01-01",
}


@pytest.fixture
def medical(biller):
    record = factories.signed_encounter()
    factories.coverage(person=record.patient, with_payer=factories.medical_payer(by=biller.user), by=biller.user)
    return factories.claim_at(by=biller.user, encounter=record)


def chosen(answer) -> list[str]:
    return [c.code for c in answer.context["chosen"]]


def loaded(person, content: bytes):
    return person.post("/codes/load/", {"file": SimpleUploadedFile("list.csv", content)})


def test_the_tables_stand_with_sources_and_the_age_of_the_list_is_said(person) -> None:
    page = person("clinician").get("/codes/").content.decode()
    for words in (
        "42699",
        "Aetna CPB 0716",
        "The list of fiscal year 2027 has been in force",
        "no licensed list",
    ):
        assert words in page, words


def test_diagnoses_are_found_by_word_and_by_code(person) -> None:
    clinician = person("clinician")
    assert "K11.8" in clinician.get("/codes/?q=stricture").content.decode()
    found = clinician.get("/codes/?q=K11.2").context["found"]
    assert [f.code for f in found] == ["K11.20", "K11.21", "K11.22", "K11.23"]
    assert "No code that can be billed" in clinician.get("/codes/?q=zzzz").content.decode()


def test_a_manager_loads_a_list_and_its_words_stand_on_the_claim(person, biller) -> None:
    claim = factories.claim_at(by=biller.user)
    assert loaded(person("manager"), LIST)["Location"] == "/codes/#procedures"
    assert "Words of the list" in biller.get(f"/claims/{claim}/").content.decode()


def test_a_faulty_list_is_refused_row_by_row_and_nothing_is_kept(person) -> None:
    administrator = person("administrator")
    answer = loaded(administrator, LIST + b"D0,x,2026-01-01\nD0330,x,never\n")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Row 3: “D0” is no code" in page
    assert "Row 4: “never” in effective_on is no day" in page
    assert not CodeText.objects.exists()
    assert "Choose the file" in administrator.post("/codes/load/").content.decode()
    assert "empty" in loaded(administrator, b"").content.decode()


def test_a_medical_code_is_written_down_corrected_and_refused_at_its_fields(biller) -> None:
    assert biller.post("/codes/mappings/new/", MAPPING).status_code == 302
    row = CodeMapping.objects.get()
    assert (row.cdt, row.interventions, row.diagnoses) == ("D0371", ["hydrostatic_dilation"], ["K11.8"])
    url = f"/codes/mappings/{row.pk}/"
    for change, field, words in (
        ({"code": "D0371"}, "code", "CPT code of five digits"),
        ({"comparator": "42699"}, "comparator", "unlisted itself"),
        ({"source": ""}, "source", "Say where"),
        ({"ended_on": "2025-01-01"}, "ended_on", "before the first one"),
        ({"effective_on": "soon"}, "effective_on", ""),
    ):
        answer = biller.post(url, {**MAPPING, **change, "seen": row.revision})
        assert answer.status_code == 422, field
        assert words in " ".join(answer.context["form"].errors[field])
    assert biller.post(url, {**MAPPING, "caveat": "Once a day", "seen": row.revision}).status_code == 302
    stale = biller.post(url, {**MAPPING, "caveat": "Twice", "seen": row.revision})
    assert stale.status_code == 409
    assert CodeMapping.objects.get().caveat == "Once a day"


class TestDiagnosesOfAClaim:
    @pytest.fixture
    def claim(self, biller):
        return factories.claim_at(by=biller.user)

    def test_searching_adding_and_taking_off_save_nothing(self, biller, claim) -> None:
        url = f"/claims/{claim}/diagnoses/"
        typed = {"diagnoses": "K11.8", "seen": claim.revision}
        found = biller.post(url, {**typed, "q": "sialolith", "do": "search"})
        assert [c.code for c in found.context["found"]] == ["K11.5"]
        added = biller.post(url, {**typed, "q": "sialolith", "do": "add:K11.5"})
        assert chosen(added) == ["K11.8", "K11.5"]
        dropped = biller.post(url, {**typed, "diagnoses": "K11.8\nK11.5", "do": "drop:K11.8"})
        assert chosen(dropped) == ["K11.5"]
        claim.refresh_from_db()
        assert claim.diagnoses == ["K11.8"]

    def test_what_never_goes_together_is_said_before_it_is_saved(self, biller, claim) -> None:
        url = f"/claims/{claim}/diagnoses/"
        typed = {"diagnoses": "K11.8", "seen": claim.revision}
        page = biller.post(url, {**typed, "q": "M35.0C", "do": "search"}).content.decode()
        assert "Never together with K11.8 (Excludes1)" in page
        page = biller.post(url, {**typed, "do": "add:M35.0C"}).content.decode()
        assert "K11.8 and M35.0C exclude each other" in page

    def test_a_side_is_named_where_a_code_has_one(self, biller, claim) -> None:
        url = f"/claims/{claim}/diagnoses/"
        answer = biller.post(url, {"diagnoses": "K11.8", "seen": claim.revision, "q": "M26.60", "do": "search"})
        sides = {c.code: c.side for c in answer.context["found"]}
        assert sides["M26.601"] == "right side"
        assert sides["M26.609"] == ""

    @pytest.mark.parametrize(
        "code, words", [("K11.2", "only heads a group"), ("K11.85", "not in the ICD-10-CM list"), ("x", "")]
    )
    def test_what_cannot_be_billed_is_refused_and_stays_in_the_field(
        self, biller, claim, code: str, words: str
    ) -> None:
        url = f"/claims/{claim}/diagnoses/"
        answer = biller.post(url, {"diagnoses": f"K11.8 {code}", "seen": claim.revision})
        assert answer.status_code == 422
        assert words in " ".join(answer.context["form"].errors["diagnoses"])
        assert code.upper() in answer.content.decode()

    @pytest.mark.parametrize("asked", ["add:", "add:K11.2", "add:<b>", "drop:", "nothing", "add:" + "x" * 500])
    def test_a_button_that_nobody_drew_changes_nothing(self, biller, claim, asked: str) -> None:
        answer = biller.post(
            f"/claims/{claim}/diagnoses/", {"diagnoses": "K11.8", "seen": "x", "q": "y" * 500, "do": asked}
        )
        assert answer.status_code == 200
        assert chosen(answer) == ["K11.8"]

    def test_a_search_does_not_hide_that_somebody_else_saved_meanwhile(self, biller, claim) -> None:
        url = f"/claims/{claim}/diagnoses/"
        seen = claim.revision
        biller.post(url, {"diagnoses": "K11.8\nK11.7", "seen": seen})
        searched = biller.post(url, {"diagnoses": "K11.8", "seen": seen, "q": "K11.5", "do": "add:K11.5"})
        assert searched.context["seen"] == str(seen)
        stale = biller.post(url, {"diagnoses": "K11.8\nK11.5", "seen": searched.context["seen"]})
        assert stale.status_code == 409
        assert "Saved now: K11.8, K11.7." in stale.content.decode()


def test_a_candidate_is_confirmed_from_the_claim(biller, medical) -> None:
    page = biller.get(f"/claims/{medical}/").content.decode()
    assert "hydrostatic dilation was done" in page
    assert "Confirm 42699" in page
    answer = biller.post(f"/claims/{medical}/code/", {"code": "42660", "seen": medical.revision})
    assert answer["Location"] == f"/claims/{medical}/#medical-code"
    assert medical.lines.get().code == "42660"
    refused = biller.post(f"/claims/{medical}/code/", {"code": "42335", "seen": medical.revision + 1})
    assert refused.status_code == 409
    assert "no candidate" in refused.content.decode()


def test_each_line_shows_its_own_documentation_or_that_there_is_none(biller, medical) -> None:
    other = {"code": "42405", "fee": 100, "description": "Biopsy"}
    line = medical.lines.values("code", "fee", "description", "comparator").get()
    preparation.save_lines(medical, [line, other], by=biller.user, at=factories.AT, seen=medical.revision)
    page = biller.get(f"/claims/{medical}/").content.decode()
    assert f"/encounters/{medical.encounter.number}/#part-interpretation" in page
    assert "Endoscope in the left Wharton" in page
    assert "Nothing in the signed record shows this service." in page


def test_the_comparator_is_asked_for_a_medical_line_and_refused_at_its_field(biller, medical) -> None:
    page = biller.get(f"/claims/{medical}/lines/").content.decode()
    assert "Compared with" in page
    line = {
        "code": "42699",
        "quantity": "1",
        "fee": "850",
        "description": "x",
        "documented": "on",
        "comparator": "42699",
    }
    sent = {f"lines-0-{k}": v for k, v in line.items()}
    sent |= {"lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "1", "seen": medical.revision}
    answer = biller.post(f"/claims/{medical}/lines/", sent)
    assert answer.status_code == 422
    assert "unlisted itself" in " ".join(answer.context["form"].forms[0].errors["comparator"])
