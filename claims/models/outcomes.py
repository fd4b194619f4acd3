"""What the checks said of a claim as it was sent, taken from the sealed packet so that it can be counted."""

from __future__ import annotations

from django.db import models

from claims.models.payers import Payer
from claims.models.submissions import Submission

SEVERITIES = [("blocker", "Blocker"), ("warning", "Warning"), ("advice", "Advice")]


class SentReport(models.Model):
    """The report of one sending. `payer` is the one that the packet names: what is corrected later changes it not."""

    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, primary_key=True, related_name="report")
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="+")


class SentFailure(models.Model):
    """A rule that the claim did not pass as it was sent: passed over with a reason, or advice that was let be."""

    report = models.ForeignKey(SentReport, on_delete=models.PROTECT, related_name="failures")
    rule = models.CharField(max_length=20)
    severity = models.CharField(max_length=10, choices=SEVERITIES)
    with_reason = models.BooleanField()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["rule", "report"], name="sent_failure_by_rule")]
        constraints = [models.UniqueConstraint(fields=["report", "rule"], name="sent_failure_once_a_report")]
