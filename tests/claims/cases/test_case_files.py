"""The case files of tests/cases: each goes in through the commands, and fails what stands beside it, nothing else."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from claims.models import Claim
from claims.rules import CATALOGUE
from claims.services import preparation
from claims.services.cast import cast_of
from documentation.kernel.permissions import Permission
from documentation.management.base import moment
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
    """What becomes of a case, after the cases that it names and with the change of a line that it asks for."""
    expected = expected_of(folder)
    at = expected["at"]
    for earlier in expected.get("after", ()):
        run("load_case", FOLDER / earlier, at=at)
    loaded = run("load_case", folder, at=at)
    for change in expected.get("edit", ()):
        edit(Claim.objects.get(pk=int(loaded["claims"][change["claim"]]["number"][1:])), change, at=at)
    checked = run("check_encounter", loaded["encounter"], at=at)
    claims = [run("check_claim", claim["number"], at=at) for claim in loaded["claims"]]
    return {
        "encounter": {"status": checked["status"], "failed": failed(checked["report"])},
        "claims": [
            {"kind": started["kind"], "status": claim["status"], "failed": failed(claim["report"])}
            for started, claim in zip(loaded["claims"], claims, strict=True)
        ],
    }


def edit(claim: Claim, change: Data, *, at: str) -> None:
    """Change a line as a biller does on the claim's page."""
    names = (
        "code", "description", "diagnosis_pointers", "modifiers", "quantity", "fee", "documented", "area", "comparator",
        "second_gland_reason",
    )  # fmt: skip
    lines = list(claim.lines.values(*names))
    lines[change["line"]] |= change["values"]
    by = cast_of(()).who_may(Permission.CLAIM_PREPARE)
    preparation.save_lines(claim, lines, by=by, at=moment(at), seen=claim.revision)


@pytest.mark.django_db
@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_a_case_fails_what_stands_beside_it_and_nothing_else(folder: Path) -> None:
    expected = expected_of(folder)
    assert outcome(folder) == {"encounter": expected["encounter"], "claims": expected["claims"]}


def test_there_are_enough_and_each_says_what_it_is_for() -> None:
    assert len(CASES) >= 20
    for folder in CASES:
        expected = expected_of(folder)
        assert expected["what"].endswith(".")
        told = [*expected["encounter"]["failed"], *(rule for c in expected["claims"] for rule in c["failed"])]
        assert set(told) <= IDS, folder.name
        assert {FOLDER / name for name in expected.get("after", ())} <= set(CASES)


def test_every_check_of_coding_that_stops_or_wants_a_reason_has_its_case() -> None:
    """But for those that no record which was signed, and no claim that was started from it, can fail."""
    told = {
        rule
        for folder in CASES
        for part in (expected_of(folder)["encounter"], *expected_of(folder)["claims"])
        for rule in part["failed"]
    }
    families = ("COD-11", "COD-13", "COD-14", "COD-15", "FIL-11")
    asked = {r.id for r in CATALOGUE if r.id.startswith(families) and r.severity != "advice"}
    assert asked - told == {"COD-146"}  # a record without it is not signed (DOC-207)
