"""What commands print of a file that a payer sent: one object for its checks, one for what it answers."""

from __future__ import annotations

from typing import Any

from claims.services.acknowledgements import TakenAnswers
from claims.services.remittances import Imported, TakenCheck
from documentation.kernel.money import from_cents

Told = tuple[dict[str, Any], str]
"""An object for other programs, and the same for people."""


def told_answers(taken: TakenAnswers, name: str) -> Told:
    """What a TA1, 999 or 277CA said of our claims."""
    findings = [{"segment": f.segment, "element": f.element, "message": f.message} for f in taken.findings]
    data = {
        "file": name,
        "kind": taken.file.kind,
        "accepted": taken.accepted,
        "rejected": taken.rejected,
        "findings": findings,
    }
    counts = f"{len(taken.accepted)} accepted, {len(taken.rejected)} rejected, {len(findings)} findings"
    lines = "\n".join(f"  {f}" for f in taken.findings)
    return data, f"{name}: {taken.file.kind}, {counts}.{chr(10) if lines else ''}{lines}"


def told_checks(imported: Imported, name: str, posted: set[int]) -> Told:
    """The checks of an 835; `posted` are the keys of the remittances that were posted just now."""
    checks = [_check(taken, posted=taken.remittance.pk in posted) for taken in imported.checks]
    findings = [{k: f[k] for k in ("segment", "element", "message")} for f in imported.file.findings]
    count = sum(1 for c in checks if c["posted"])
    data = {"file": name, "checks": checks, "findings": findings}
    return data, f"{name}: {len(checks)} checks, {count} posted, {len(findings)} findings."


def _check(taken: TakenCheck, *, posted: bool) -> dict[str, Any]:
    matched = taken.remittance.answers.filter(claim__isnull=False, split_of=None).count()
    return {
        "trace": taken.check.trace,
        "payer": taken.check.payer_name,
        "amount": str(from_cents(taken.check.amount_cents)),
        "claims": taken.claims,
        "matched": matched,
        "unmatched": taken.claims - matched,
        "balanced": taken.check.is_balanced,
        "posted": posted,
        "already": taken.already,
    }
