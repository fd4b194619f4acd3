"""What Ductus is made of besides itself: the packages of the hash locks, their licences, and a bill of them.

Read from the locks and from what is installed; nothing is asked over the network.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

LOCKS = {
    "requirements.txt": "runs Ductus",
    "requirements-scale.txt": "PostgreSQL, object storage, Redis",
    "requirements-dev.txt": "tests and checks",
}
"""Every lock, and what its packages are for; a package counts to the first that names it."""

_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})\b")

SPDX = {
    "MIT License": "MIT",
    "BSD License": "BSD-3-Clause",
    "BSD": "BSD-3-Clause",
    "BSD 2-Clause License": "BSD-2-Clause",
    "Apache Software License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",
    "Artistic License": "Artistic-1.0-Perl",
}
"""What packages call their licences, by the list of SPDX (spdx.org/licenses)."""

TOLD = {
    "async-timeout": "Apache-2.0",
    "axe-playwright-python": "MIT",
    "colorama": "BSD-3-Clause",
    "fido2": "BSD-2-Clause AND Apache-2.0 AND MPL-2.0",
    "flask-cors": "MIT",
    "lazy-importer": "Apache-2.0",
    "librt": "MIT",
    "psycopg-binary": "LGPL-3.0-only",
    "psycopg-pool": "LGPL-3.0-only",
    "pycparser": "BSD-3-Clause",
    "pypdfium2": "BSD-3-Clause AND Apache-2.0",
    "pyphen": "GPL-2.0-or-later OR LGPL-2.1-or-later OR MPL-1.1",
    "pytest-django": "BSD-3-Clause",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "python-stdnum": "LGPL-2.1-or-later",
}
"""Licences that a package's own data do not give in one word, or that belong to a package for other machines: what is
not installed everywhere cannot be asked, and the page and the bill are to be the same wherever they are written."""

ALLOWED = frozenset(
    "0BSD Apache-2.0 Artistic-1.0-Perl BSD-2-Clause BSD-3-Clause CC0-1.0 CNRI-Python EPL-2.0 LGPL-2.1-or-later"
    " LGPL-3.0-only MIT MIT-0 MIT-CMU MPL-2.0 OFL-1.1 PSF-2.0 Zlib".split()
)
"""Licences under which a package may be installed beside Ductus, unchanged, by whoever runs it."""
ALLOWED_IN_TESTS = ALLOWED | {"GPL-3.0-or-later"}
"""Those of packages that check Ductus and are no part of it: nothing of them is delivered."""


@dataclass(frozen=True)
class Package:
    """One line of a lock."""

    name: str
    version: str
    hashes: tuple[str, ...]
    """SHA-256 of each file under which this version was published."""
    lock: str

    @property
    def purl(self) -> str:
        return f"pkg:pypi/{self.name}@{self.version}"

    @property
    def licence(self) -> str:
        """As an SPDX expression; nothing where nobody knows it."""
        return TOLD.get(self.name) or _licence_of(self.name)

    @property
    def is_allowed(self) -> bool:
        known = ALLOWED_IN_TESTS if self.lock == "requirements-dev.txt" else ALLOWED
        choices = (choice.strip("() ").split(" AND ") for choice in self.licence.split(" OR "))
        return any(set(choice) <= known for choice in choices)


def _licence_of(name: str) -> str:
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    classified = [c.rpartition(" :: ")[2] for c in told.get_all("Classifier") or [] if c.startswith("License")]
    for said in (*(told.get_all("License-Expression") or []), *(told.get_all("License") or []), *classified):
        if said and said != "OSI Approved" and "\n" not in said:
            return SPDX.get(said, said)
    return ""


def read_lock(text: str, lock: str = "requirements.txt") -> list[Package]:
    """The pins of a lock with their hashes, in its order."""
    found = []
    for block in re.split(r"\n(?=\S)", text):
        if pin := _PIN.match(block):
            found.append(Package(pin[1].lower(), pin[2], tuple(_HASH.findall(block)), lock))
    return found


def packages(root: Path) -> list[Package]:
    """Every package of every lock once, by name."""
    known: dict[str, Package] = {}
    for lock in LOCKS:
        for package in read_lock((root / lock).read_text(encoding="utf-8"), lock):
            known.setdefault(package.name, package)
    return [known[name] for name in sorted(known)]


def bill(parts: Iterable[Package], *, version: str) -> dict[str, Any]:
    """A software bill of materials in CycloneDX 1.6 (ECMA-424), without a time: equal locks give one bill."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": "ductus", "name": "ductus", "version": version}},
        "components": [
            {
                "type": "library",
                "bom-ref": p.purl,
                "name": p.name,
                "version": p.version,
                "purl": p.purl,
                "scope": "excluded" if p.lock == "requirements-dev.txt" else "required",
                # One hash of a component would be that of one file; the lock holds one for each file of a version.
                "properties": [{"name": "ductus:sha256", "value": h} for h in p.hashes],
                "licenses": [{"expression": p.licence}],
            }
            for p in parts
        ],
    }


NOTE = "<!-- Written by `make docs` from the locks and the packages themselves. Change them, not this page. -->"


def page(parts: Iterable[Package]) -> str:
    """The packages as a page for people."""
    parts = list(parts)
    lines = ["# Dependencies", "", NOTE, ""]
    lines += [
        f"{len(parts)} packages, each pinned to one version and installed only if its file has the SHA-256 of the lock."
        " `make sbom` writes the same as a bill of materials (CycloneDX). How long an update may take stands in"
        " [SECURITY.md](../../SECURITY.md#updates).",
        "",
    ]
    for lock, purpose in LOCKS.items():
        mine = [p for p in parts if p.lock == lock]
        lines += [f"## {purpose[0].upper()}{purpose[1:]}", "", f"{len(mine)} packages of `{lock}`.", ""]
        lines += ["| Package | Version | Licence |", "| --- | --- | --- |"]
        lines += [f"| {p.name} | {p.version} | {p.licence} |" for p in mine]
        lines += [""]
    return "\n".join(lines).rstrip() + "\n"


def written(parts: Iterable[Package], *, version: str) -> str:
    return json.dumps(bill(parts, version=version), indent=1) + "\n"
