"""Take in remittance files (X12 835), and post their sound checks on request."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from claims.services.cast import cast_of
from claims.services.posting import post
from claims.services.remittances import TakenCheck, import_file
from documentation.kernel.machine import Refusal
from documentation.kernel.money import from_cents
from documentation.kernel.permissions import Permission
from documentation.management.base import Command as Base
from documentation.management.base import Refused, add_at, moment, one_line
from documentation.models import User


class Command(Base):
    help = "Take in remittance files. A check that is known already posts nothing; a faulty one is set aside."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
        parser.add_argument("--post", action="store_true", help="post every sound check that is made out to us")
        parser.add_argument("--as", dest="users", action="append", default=[], metavar="USER")
        add_at(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        at = moment(options["at"])
        by = cast_of(options["users"]).who_may(Permission.REMITTANCE_POST)
        refusals = []
        for path in options["files"]:
            try:
                self._take(path, by, at, post_it=options["post"])
            except OSError as e:
                refusals.append(f"{path.name}: the file cannot be read ({e.strerror}).")
            except Refusal as e:
                refusals.append(f"{path.name}: {one_line(*e.reasons)}")
        if refusals:
            raise Refused("\n".join(refusals))

    def _take(self, path: Path, by: User, at: Any, *, post_it: bool) -> None:
        imported = import_file(path.read_bytes(), path.name, by=by, at=at)
        checks = []
        for taken in imported.checks:
            can_post = post_it and not taken.remittance.problems and not taken.remittance.is_foreign
            checks.append(_line(taken, posted=can_post and post(taken.remittance, by=by, at=at)))
        findings = [{k: f[k] for k in ("segment", "element", "message")} for f in imported.file.findings]
        posted = sum(1 for c in checks if c["posted"])
        self.tell(
            {"file": path.name, "checks": checks, "findings": findings},
            f"{path.name}: {len(checks)} checks, {posted} posted, {len(findings)} findings.",
        )


def _line(taken: TakenCheck, *, posted: bool) -> dict[str, Any]:
    matched = taken.remittance.answers.filter(claim__isnull=False).count()
    return {
        "trace": taken.check.trace,
        "payer": taken.check.payer_name,
        "amount": str(from_cents(taken.check.amount_cents)),
        "claims": len(taken.check.claims),
        "matched": matched,
        "unmatched": len(taken.check.claims) - matched,
        "balanced": taken.check.is_balanced,
        "posted": posted,
        "already": taken.already,
    }
