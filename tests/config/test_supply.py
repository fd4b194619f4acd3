"""What Ductus is made of: pinned with hashes, under known licences, listed, and behind no advisory of the list."""

import json
import re
from importlib import metadata
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from packaging.version import Version

from config import supply

ROOT = Path(settings.BASE_DIR)
PACKAGES = supply.packages(ROOT)
PAGE = ROOT / "docs" / "reference" / "dependencies.md"
ADVISORIES = json.loads(Path(__file__).with_name("advisories.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("lock", supply.LOCKS)
def test_every_line_of_a_lock_is_one_version_with_the_hash_of_each_file(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and line[0] not in " #"]
    read = supply.read_lock(text, lock)
    assert len(read) == len(lines) > 3
    assert [p.name for p in read if not p.hashes] == []
    assert text.count("--hash=") == text.count("--hash=sha256:") == sum(len(p.hashes) for p in read)
    assert not re.search(r"^-e |://|@ ", text, re.MULTILINE)  # from the registry, and from nowhere else


def test_the_locks_agree_with_each_other() -> None:
    """A package that two locks name is the same in both."""
    pinned: dict[str, set[str]] = {}
    for lock in supply.LOCKS:
        for package in supply.read_lock((ROOT / lock).read_text(encoding="utf-8"), lock):
            pinned.setdefault(package.name, set()).add(package.version)
    assert {name: versions for name, versions in pinned.items() if len(versions) > 1} == {}


def test_what_is_asked_for_by_hand_is_in_its_lock() -> None:
    for lock in supply.LOCKS:
        asked = re.findall(r"^([A-Za-z0-9._-]+)", (ROOT / lock.replace(".txt", ".in")).read_text(), re.MULTILINE)
        assert {name.lower() for name in asked if not name.startswith("-")} <= {p.name for p in PACKAGES}


def test_make_installs_with_hashes_and_looks_nothing_up_besides() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "pip install -q --no-deps --require-hashes" in makefile
    assert [line for line in makefile.splitlines() if "pip install" in line and "--require-hashes" not in line] == []


@pytest.mark.parametrize("package", PACKAGES, ids=lambda p: p.name)
def test_its_licence_is_known_and_allowed(package: supply.Package) -> None:
    """Another licence is a decision: it goes to `ALLOWED` with a look at what it asks, or the package goes."""
    assert package.is_allowed, f"{package.name} {package.version} is under {package.licence or 'no known licence'}"


def test_a_licence_is_told_where_its_package_is_not_installed() -> None:
    """A clone that runs on SQLite, or on another system, writes the same page: no licence goes missing."""
    everywhere = {
        name
        for lock in ("requirements.txt", "requirements-dev.txt")
        for name in re.findall(r"^([a-z0-9._-]+)(?:\[.*\])?==(?!.*;)", (ROOT / lock).read_text(), re.MULTILINE)
    }
    elsewhere = {package.name for package in PACKAGES} - everywhere
    assert {"psycopg-pool", "colorama"} <= elsewhere
    assert elsewhere - set(supply.TOLD) == set()


def test_what_is_told_is_what_the_package_says_where_it_is_installed() -> None:
    """A licence that was changed by its people does not stay told as it was."""
    elsewhere = ("lazy-importer", "librt", "psycopg-binary", "psycopg-pool", "pycparser")
    said = {name: supply._licence_of(name) for name in elsewhere}
    assert {name: told for name, told in said.items() if told not in {"", supply.TOLD[name]}} == {}


def test_what_is_installed_is_what_the_locks_say() -> None:
    other = {}
    for package in PACKAGES:
        try:
            if (there := metadata.version(package.name)) != package.version:
                other[package.name] = there
        except metadata.PackageNotFoundError:
            continue  # of another system, or of a larger practice
    assert other == {}


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == supply.page(PACKAGES), "dependencies.md is out of date: run `make docs`"


def test_the_bill_of_materials_names_every_package_once(tmp_path: Path) -> None:
    call_command("dependencies", sbom=tmp_path / "sbom.cdx.json", verbosity=0)
    text = (tmp_path / "sbom.cdx.json").read_text(encoding="utf-8")
    bill = json.loads(text)
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert bill["metadata"]["component"]["name"] == "ductus"
    parts = bill["components"]
    assert [c["purl"] for c in parts] == [f"pkg:pypi/{p.name}@{p.version}" for p in PACKAGES]
    assert len({c["bom-ref"] for c in parts}) == len(parts)
    assert all(c["type"] == "library" and c["licenses"][0]["expression"] for c in parts)
    django = next(c for c in parts if c["name"] == "django")
    assert (django["scope"], len(django["properties"])) == ("required", 2)
    assert next(c for c in parts if c["name"] == "pytest")["scope"] == "excluded"
    assert supply.written(PACKAGES, version="0.1.0") == text  # equal locks, equal bill


# --- Advisories ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("advisory", ADVISORIES["advisories"], ids=lambda a: a["id"])
def test_no_package_is_older_than_the_mend_of_a_known_weakness(advisory: dict[str, str]) -> None:
    pinned = {p.name: p.version for p in PACKAGES}
    assert advisory["source"]
    assert Version(pinned[advisory["package"]]) >= Version(advisory["mended_in"])


def test_the_list_of_advisories_says_its_day_and_what_it_does_not_say() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", ADVISORIES["read_on"])
    assert "says nothing of what was found since" in ADVISORIES["about"]


# --- The checks can fail ------------------------------------------------------------------------------------------


def test_a_pin_without_a_hash_or_with_a_foreign_licence_is_found() -> None:
    bare, other = supply.read_lock("a==1\n    # via b\nb==2 \\\n    --hash=sha256:" + "0" * 64 + "\n")
    assert (bare.hashes, other.hashes) == ((), ("0" * 64,))
    assert not bare.is_allowed  # nobody knows its licence
    of_tests = supply.Package("djlint", "1", (), "requirements-dev.txt")
    assert of_tests.licence == "GPL-3.0-or-later"
    assert of_tests.is_allowed
    assert not supply.Package("djlint", "1", (), "requirements.txt").is_allowed
