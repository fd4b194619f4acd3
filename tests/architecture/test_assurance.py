"""The page of what was tried is what the tests record: no figure by hand, none without a test, none let through."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests import assurance

TESTS = Path(settings.BASE_DIR) / "tests"


def recorded_by_tests() -> set[str]:
    """Every figure that a call of `record` names, and those of the search for patient data."""
    from tests.leaks import FIGURES

    found = set(FIGURES.values())
    for path in TESTS.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "assurance" not in text or path == Path(__file__):
            continue
        for node in ast.walk(ast.parse(text)):
            match node:
                case ast.Call(
                    func=ast.Name(id="record") | ast.Attribute(value=ast.Name(id="assurance"), attr="record"),
                    args=[ast.Constant(value=str(figure)), _],
                ):
                    found.add(assurance.shown(figure))
    return found


def test_every_figure_of_the_page_is_recorded_by_a_test_and_the_other_way_round() -> None:
    assert set(assurance.promised()) == recorded_by_tests()


def test_the_page_is_as_it_would_be_written() -> None:
    """Writing it again from its own figures changes nothing: no line was put in by hand."""
    promised = assurance.promised()
    assert {figure: assurance.leading(number) for figure, number in promised.items()} == promised
    assert len(promised) >= 5
    assert min(promised.values()) > 0
    assert assurance.page(promised) == assurance.PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("number", "floor"), [(0, 0), (1, 1), (7, 5), (99, 79), (105, 84), (1999, 1500), (48_512, 38_000)]
)
def test_four_fifths_of_a_number_are_promised_in_two_digits(number: int, floor: int) -> None:
    assert assurance.floor_of(number) == floor


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs and a page of the test's own, on SQLite unless it says otherwise."""
    monkeypatch.setattr(assurance, "FOLDER", tmp_path)
    monkeypatch.setattr(assurance, "PAGE", tmp_path / "assurance.md")
    monkeypatch.setenv("DUCTUS_TEST_RUN", "this")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_figures_of_several_processes_are_added_and_those_of_other_runs_are_not(monkeypatch: Any) -> None:
    for figure, number in (("files refused", 3), ("files_refused", 4), ("pages crawled", 1)):
        assurance.record(figure, number)
    assurance.mark(12, [])
    assert assurance.tried() == {"files refused": 7, "pages crawled": 1}
    monkeypatch.setenv("DUCTUS_TEST_RUN", "a narrow one, later")
    assurance.record("files refused", 100)
    monkeypatch.setenv("DATABASE_URL", "postgres://127.0.0.1/db")
    monkeypatch.setenv("DUCTUS_TEST_RUN", "this")
    assurance.record("files refused", 1000)
    assurance.mark(9, [])
    assurance.begin()
    assert assurance.tried() == {"files refused": 7, "pages crawled": 1}
    assert assurance.last_run()["tests"] == 12


@pytest.mark.usefixtures("folder")
def test_a_run_that_tried_less_than_the_page_promises_is_found() -> None:
    assurance.PAGE.write_text(assurance.page({"files refused": 120, "pages crawled": 40}), encoding="utf-8")
    assert assurance.promised() == {"files refused": 120, "pages crawled": 40}
    assert assurance.fallen_short({"files refused": 125, "pages crawled": 40}) == []
    assert assurance.fallen_short({"files refused": 119}) == [
        "files refused: 119 of at least 120",
        "pages crawled: 0 of at least 40",
    ]


@pytest.mark.usefixtures("folder")
def test_the_page_is_written_from_a_run_of_all_tests_and_from_nothing_less(monkeypatch: Any) -> None:
    assurance.record("files refused", 150)
    assert "No run of all tests" in assurance.main()
    assurance.mark(12, ["tests/test_a.py::test_a", f"{assurance.OF_THE_PAGE}::test_b"])
    assert assurance.main() == (
        "1 tests of the last run failed, such as tests/test_a.py::test_a: mend that, and run `make test` again."
    )
    assert not assurance.PAGE.exists()
    assurance.mark(12, [f"{assurance.OF_THE_PAGE}::test_b"])
    assert assurance.main() == assurance.main("--check") == ""
    assert assurance.promised() == {"files refused": 120}
    monkeypatch.setenv("DUCTUS_TEST_RUN", "the next")
    assurance.record("files refused", 80)
    assurance.mark(12, [])
    assert assurance.main("--check") == "files refused: 80 of at least 120"
    assert assurance.main("--begin") == ""
    assert "No run of all tests" in assurance.main("--check")


@pytest.mark.parametrize(
    "asked", [["-k", "name"], ["-m", "browser"], ["--lf"], ["tests/config"], ["--maxfail", "1"], ["--co"]]
)
def test_a_run_of_some_tests_is_none_of_all(asked: list[str], monkeypatch: Any) -> None:
    monkeypatch.chdir(settings.BASE_DIR)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    assert assurance.is_of_everything(_config()) is True
    assert assurance.is_of_everything(_config(*asked)) is False


def _config(*asked: str) -> pytest.Config:
    from _pytest.config import get_config

    made = get_config(list(asked))
    made.parse(list(asked))
    return made


def test_as_a_command_it_ends_well_where_nothing_is_wrong(tmp_path: Path) -> None:
    """`make test` and the build go by the exit code."""
    (tmp_path / "tests").mkdir()
    copy = shutil.copy(assurance.__file__, tmp_path / "tests")

    def ends(*asked: str) -> tuple[int, str]:
        done = subprocess.run([sys.executable, copy, *asked], capture_output=True, text=True)
        return done.returncode, done.stderr

    assert ends("--begin") == (0, "")
    code, said = ends("--check")
    assert code == 1
    assert "No run of all tests" in said
