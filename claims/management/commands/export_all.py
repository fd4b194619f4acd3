"""Write everything into one ZIP that is read without Ductus."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from claims.services import exports
from documentation.management.base import Command as Base
from documentation.management.base import Refused
from documentation.management.progress import progress_to
from documentation.services.audit import record


class Command(Base):
    help = "Write every row, record, case and file into one ZIP with a README; it is not encrypted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the ZIP to write; in a folder it is named by its time")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        at, path = timezone.now(), Path(file).absolute()
        path = path / f"ductus-export-{at:%Y%m%dT%H%M%SZ}.zip" if path.is_dir() else path
        made = exports.make(path, program=settings.VERSION, at=at, tell=progress_to(self.stderr))
        with transaction.atomic():
            record("export.end", by=None, at=at, subject=made.sha256[:12], rows=made.rows, files=made.files)
        size = filesizeformat(made.size).replace("\xa0", " ")
        self.tell(
            {
                "file": str(path),
                "bytes": made.size,
                "sha256": made.sha256,
                "rows": made.rows,
                "files": made.files,
                "lost": made.lost,
            },
            f"{path}: {made.rows:,} rows and {made.files:,} files, {size}, written and read back. It is not encrypted.",
        )
        if made.lost:
            raise Refused(
                f"The export was written, but {made.lost} of the files are not in storage as they were kept. The README"
                " in it names them; run sweep_media and verify_audit, and restore them from a backup."
            )
