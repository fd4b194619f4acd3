"""The case files of tests/cases: each goes in through the commands, and fails what stands beside it, nothing else."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from claims.models import Claim
from claims.queries.claims import facts_of, facts_of_each, failures_of_each, report_of
from claims.rules import CATALOGUE
from claims.services import preparation
from claims.services.cast import cast_of
from claims.services.coverage import save_coverage
from documentation.kernel.permissions import Permission
from documentation.management.base import moment
from documentation.models import Encounter
from documentation.rules import CATALOGUE as RECORD_CATALOGUE

Data = dict[str, Any]
FOLDER = Path(__file__).parents[2] / "cases"
CASES = sorted(path.parent for path in FOLDER.glob("*/case.json"))
IDS = {rule.id for rule in (*CATALOGUE, *RECORD_CATALOGUE)}


def run(name: str, *args: Any, **options: Any) -> Data:
    out = io.StringIO()
    call_command(name, *map(str, args), json=True, stdout=out, **options)
    (line,) = map(json.loads, out.getvalue().splitlines())
    return line


def expected_of(folder: Path) -> Data:
    return json.loads((folder / "expected.json").read_text(encoding="utf-8"))


def failed(report: list[Data]) -> list[str]:
    """What stops or wants a reason; advice is not told here."""
    return sorted(r["rule"] for r in report if not r["passed"] and r["severity"] != "advice")


def outcome(folder: Path) -> Data:
    """What becomes of a case, after the cases that it names and with the changes that it asks for."""
    expected = expected_of(folder)
    at = expected["at"]
    for earlier in expected.get("after", ()):
        run("load_case", FOLDER / earlier, at=at)
    loaded = run("load_case", folder, at=at)
    for change in expected.get("edit", ()):
        edit(loaded, change, at=at)
    checked = run("check_encounter", loaded["encounter"], at=at)
    claims = [run("check_claim", claim["number"], at=at) for claim in loaded["claims"]]
    return {
        "encounter": {"status": checked["status"], "failed": failed(checked["report"])},
        "claims": [
            {"kind": started["kind"], "status": claim["status"], "failed": failed(claim["report"])}
            for started, claim in zip(loaded["claims"], claims, strict=True)
        ],
    }


def edit(loaded: Data, change: Data, *, at: str) -> None:
    """Change a plan, the diagnoses of a claim or one of its lines, as a biller does on its page."""
    if "coverage" in change:
        encounter = Encounter.objects.get(pk=int(loaded["encounter"][1:]))
        plan = encounter.patient.coverages.get(priority=change["coverage"])
        by = cast_of(()).who_may(Permission.COVERAGE_EDIT)
        save_coverage(encounter.patient, plan, change["values"], by=by, at=moment(at))
        return
    claim = Claim.objects.get(pk=int(loaded["claims"][change["claim"]]["number"][1:]))
    by = cast_of(()).who_may(Permission.CLAIM_PREPARE)
    if "diagnoses" in change:
        preparation.save_diagnoses(claim, change["diagnoses"], by=by, at=moment(at), seen=claim.revision)
        return
    names = (
        "code", "description", "diagnosis_pointers", "modifiers", "quantity", "fee", "documented", "area", "comparator",
        "second_gland_reason",
    )  # fmt: skip
    lines = list(claim.lines.values(*names))
    lines[change["line"]] |= change["values"]
    preparation.save_lines(claim, lines, by=by, at=moment(at), seen=claim.revision)


@pytest.mark.django_db
@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_a_case_fails_what_stands_beside_it_and_nothing_else(folder: Path) -> None:
    expected = expected_of(folder)
    assert outcome(folder) == {"encounter": expected["encounter"], "claims": expected["claims"]}
    claims, at = list(Claim.objects.all()), moment(expected["at"])
    alone = [facts_of(c, today=c.encounter.location.today(at)) for c in claims]
    assert [facts for _, facts in facts_of_each(claims, at=at)] == alone, "read together, a claim has other facts"
    reports = [report_of(c, today=c.encounter.location.today(at)) for c in claims]
    assert [report.results for _, report in failures_of_each(claims, at=at)] == [r.failed for r in reports], (
        "checked together, it fails other checks"
    )


def test_there_are_enough_and_each_says_what_it_is_for() -> None:
    assert len(CASES) >= 20
    for folder in CASES:
        expected = expected_of(folder)
        assert expected["what"].endswith(".")
        told = [*expected["encounter"]["failed"], *(rule for c in expected["claims"] for rule in c["failed"])]
        assert set(told) <= IDS, folder.name
        assert {FOLDER / name for name in expected.get("after", ())} <= set(CASES)


NOT_IN_A_CASE = {
    "COV-111": "a payer is not kept without name and ID",
    "COV-112": "a claim is of its plan's line",
    "ELG-203": "a plan is not taken in without the relationship",
    "ELG-206": "a patient is not registered without birth date and sex",
    "COD-103": "a record without images from the duct is not signed (IMG-301)",
    "COD-146": "a record without its operation is not signed (DOC-207)",
    "ATT-101": "a claim is started from a signed record only",
    "ATT-102": "not signed (IMG-301)",
    "ATT-103": "not signed (IMG-310)",
    "ATT-104": "not signed (IMG-312)",
    "ATT-105": "not signed (IMG-302)",
    "ATT-107": "not signed (DOC-101)",
    "ATT-108": "not signed (DOC-201)",
    "ATT-111": "a correction follows later than a case",
    "ATT-112": "a correction follows later than a case",
    "COB-102": "a second claim is started beside the first",
    "COB-105": "a claim that has not left takes its plan's place",
    "COB-107": "the first plan's answer follows later than a case",
    "COB-109": "the first plan's answer follows later than a case",
    "COB-111": "of a visit that is kept private no claim is started",
    "FIL-105": "a service to come is not signed",
    "FIL-106": "a case with a service before the birth is refused",
    "FIL-201": "a location is not taken in with an NPI that is not sound",
    "FIL-202": "a location is not taken in with a tax ID that is not sound",
    "FIL-203": "a location is not taken in without its address",
    "FIL-211": "a clinician is not taken in with an NPI that is not sound",
    "FIL-212": "a clinician is not taken in with a taxonomy that is not sound",
    "FIL-213": "a clinician is not taken in without a licence",
    "FIL-214": "a visit is not planned without its place",
    "OWN-000": "a case is loaded into a practice that was looked at",
}
"""Checks that no case which is loaded, and no change of a plan or a claim after it, can fail, and why."""


def test_every_check_that_stops_or_wants_a_reason_has_its_case() -> None:
    told = {rule for folder in CASES for claim in expected_of(folder)["claims"] for rule in claim["failed"]}
    asked = {rule.id for rule in CATALOGUE if rule.severity != "advice"}
    assert asked - told == set(NOT_IN_A_CASE)
