"""Keeping what the checks said of a claim when it left, for the practice's own count of how payers answered."""

from __future__ import annotations

import json

from claims.models import Payer, SentFailure, SentReport, Submission
from claims.queries.rulebook import counted_since


def keep_report(submission: Submission) -> SentReport:
    """Take the report out of the sealed packet of a sending, inside the transaction that records the sending."""
    packet = submission.packet
    named = json.loads(packet.facts)["coverage"]["payer"]["payer_id"]
    payer = Payer.objects.filter(payer_id=named).first() or submission.claim.coverage.payer
    report = SentReport.objects.create(submission=submission, payer=payer)
    SentFailure.objects.bulk_create(
        SentFailure(
            report=report,
            rule=r["rule"],
            # A packet from before versions were named says none: the one that asked so when it was sealed.
            version=r["version"] if "version" in r else counted_since(r["rule"], packet.sealed_at),
            severity=r["severity"],
            with_reason=bool(r["reason"]),
        )
        for r in json.loads(packet.report)
        if not r["passed"]
    )
    return report
