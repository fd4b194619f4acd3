"""What the checks said of a claim as it was sent, taken from the sealed packet so that it can be counted."""

from __future__ import annotations

from django.db import models

from claims.models.claims import Claim
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
    version = models.PositiveIntegerField(default=0)
    """Of an own rule, the version since which it asked what the claim did not pass; 0 for a rule of the program."""
    severity = models.CharField(max_length=10, choices=SEVERITIES)
    with_reason = models.BooleanField()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["rule", "report"], name="sent_failure_by_rule")]
        constraints = [models.UniqueConstraint(fields=["report", "rule"], name="sent_failure_once_a_report")]


class AnsweredSending(models.Model):
    """The sending of a claim that its payer's first decision answered. It follows from other rows: `services.answered`
    keeps it in the transaction that changes one of them, and a recount compares it.
    """

    report = models.OneToOneField(SentReport, on_delete=models.PROTECT, primary_key=True, related_name="answered")
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="+")
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="+", db_index=False)
    """That of the report."""
    denied = models.PositiveSmallIntegerField(default=0)
    """1 where the decision denied any of it."""

    class Meta:
        indexes = [models.Index(fields=["payer", "report"], name="answered_sending_by_payer")]


class AnsweredSum(models.Model):
    """A summand of the answered sendings to one payer that did not pass a rule; without a rule, of all that went to it.
    Rows are only added and taken together, as those of `FiguresSum`.
    """

    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="+", db_index=False)
    rule = models.CharField(max_length=20, blank=True, default="")
    version = models.PositiveIntegerField(default=0)
    """As in `SentFailure`."""
    answered = models.IntegerField(default=0)
    denied = models.IntegerField(default=0)
    reasoned = models.IntegerField(default=0)
    """Of `answered`, those that a person let pass with a reason."""
    reasoned_denied = models.IntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(
                fields=["payer", "rule", "version", "answered", "denied", "reasoned", "reasoned_denied"],
                name="answered_sum_by_payer",
            )
        ]
