"""Commands as a terminal sees them: exit codes, standard error, closed pipes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from claims.demo import SEED


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A database and a media folder for processes of their own."""
    folder = tmp_path_factory.mktemp("terminal")
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "MEDIA_ROOT": str(folder / "media"),
        "SECRET_KEY": "for-tests-only-" + "0" * 50,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DUCTUS_PROFILE": "demo",
    }
    run(environment, "migrate", "-v0", "--skip-checks")
    return environment


def run(environment: dict[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), *args]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)


def test_a_case_is_loaded_and_nothing_else_is_printed(environment: dict[str, str]) -> None:
    done = run(environment, "load_case", str(SEED), "--json", "--at", "2026-11-10")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["status"] == "signed"
    assert done.stderr == ""


def test_a_refusal_is_one_sentence_on_standard_error(environment: dict[str, str]) -> None:
    done = run(environment, "check_claim", "C000099", "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "args",
    [
        ("load_case",),
        ("load_case", str(SEED), "--at", "tomorrow"),
        ("check_claim",),
        ("build_packet", "C000001"),
        ("demo", "--claims", "many"),
        ("verify_packet", "--what"),
    ],
)
def test_wrong_usage_is_told_apart(environment: dict[str, str], args: tuple[str, ...]) -> None:
    done = run(environment, *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage:" in done.stderr


def test_a_database_that_is_not_there(environment: dict[str, str], tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path / 'empty.sqlite3'}", f"sqlite:///{tmp_path / 'no' / 'folder.sqlite3'}"):
        done = run({**environment, "DATABASE_URL": url}, "verify_audit")
        assert done.returncode == 1
        assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away_makes_no_noise(environment: dict[str, str]) -> None:
    command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "check_encounter", "E000001", "--json"]
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(command, env=environment, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=600)
    finally:
        os.close(writing)
    assert done.stderr == ""
    assert done.returncode == 1
