"""Write docs/reference/dependencies.md, and the bill of materials where it is asked for."""

import tomllib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from config import supply


class Command(BaseCommand):
    help = "Write which packages Ductus is made of, with their licences; --sbom FILE writes a CycloneDX bill of them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--sbom", type=Path, help="write the bill of materials there instead")

    def handle(self, *args: Any, **options: Any) -> None:
        root = Path(settings.BASE_DIR)
        parts = supply.packages(root)
        target: Path = options["sbom"] or root / "docs" / "reference" / "dependencies.md"
        if options["sbom"]:
            project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
            text = supply.written(parts, version=project["version"])
        else:
            text = supply.page(parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        self.stdout.write(f"wrote {target}")
