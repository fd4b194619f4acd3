"""The rules that a practice owns, with their versions, trials and end; and how grave it lets each rule be, for whom."""

from __future__ import annotations

from datetime import date

from django.db import models

from claims.conditions.own import FIELDS, own_id
from claims.conditions.own import OwnRule as Rule
from claims.conditions.states import OwnRuleStatus
from claims.models.denials import CAUSES
from claims.models.payers import Payer, choice
from documentation.kernel.rule import Cause, Severity
from documentation.models import User
from documentation.models.fields import short_text

SEVERITIES = [(s.value, s.value.capitalize()) for s in Severity]
NOT_IN_FORCE = "off"
"""A rule that is set to this holds nothing from that day on, until it is set to a severity again."""


class RuleWords(models.Model):
    """What a rule asks and says."""

    title = short_text(100)
    message = short_text(140, verbose_name="what is said")
    """A sentence: what is wrong with the claim."""
    fix = short_text(140, verbose_name="how to mend it")
    field = models.CharField(max_length=40, choices=list(FIELDS.items()), verbose_name="the fix leads to")
    cause = choice(CAUSES, verbose_name="denial that it prevents")
    severity = models.CharField(max_length=10, choices=SEVERITIES, default=Severity.WARNING)
    payers = models.JSONField(default=list, blank=True)
    """Row numbers of the payers that it is for; none: for all."""
    condition = models.JSONField(default=dict, blank=True)
    """As `claims.conditions.condition` writes it."""

    class Meta:
        abstract = True


WORDS = ("title", "message", "fix", "field", "cause", "severity", "payers", "condition")


class OwnRule(RuleWords):
    """A rule of the practice as it is being worked on. What is in force are its versions. No number is given twice."""

    status = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in OwnRuleStatus], default=OwnRuleStatus.DRAFT
    )
    origin = short_text(120)
    """What it was made from, such as a denial; empty where somebody thought of it."""
    retired_on = models.DateField(null=True, blank=True)
    """The first day on which it is no longer in force."""
    retired_reason = short_text(300)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """Empty while it is not saved."""
        return own_id(self.pk) if self.pk else ""


class OwnRuleVersion(RuleWords):
    """A version as it was adopted: in force from a day until the next one, or until the rule is retired."""

    rule = models.ForeignKey(OwnRule, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    adopted_on = models.DateField()
    adopted_at = models.DateTimeField()
    adopted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["rule", "-version"]
        constraints = [models.UniqueConstraint(fields=["rule", "version"], name="own_rule_version_is_one")]

    @property
    def as_rule(self) -> Rule:
        """As it is checked."""
        return Rule(
            own_id(self.rule_id),
            self.version,
            self.title,
            self.message,
            self.fix,
            self.field,
            Cause(self.cause),
            Severity(self.severity),
            self.condition,
            tuple(self.payers),
        )


class OwnRuleTrial(models.Model):
    """What a rule would have done to the claims that payers answered: counted once, before it is adopted."""

    rule = models.ForeignKey(OwnRule, on_delete=models.PROTECT, related_name="trials")
    condition = models.JSONField()
    """What was tried; the rule may ask something else since."""
    payers = models.JSONField(null=True, blank=True)
    """Whose claims were looked at, as in the rule; none: all. None: of a trial from before this was kept."""
    severity = models.CharField(max_length=10, choices=SEVERITIES, blank=True, default="")
    denied = models.PositiveIntegerField()
    """Claims that the payer denied, of those that the rule is for."""
    paid = models.PositiveIntegerField()
    unanswerable = models.PositiveIntegerField(default=0)
    """Claims of which the condition could not be told: they would have been held, too, and are in neither list."""
    stopped_denied = models.JSONField(default=list)
    """Packets that it would have stopped and that were denied, by row number."""
    stopped_paid = models.JSONField(default=list)
    tried_at = models.DateTimeField()
    tried_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]

    @property
    def changed_since(self) -> list[str]:
        """What the rule asks otherwise by now, in words: then these figures are those of another rule."""
        now = {"condition": "condition", "payers": "payers", "severity": "severity"}
        return [word for name, word in now.items() if getattr(self, name) != getattr(self.rule, name)]


class RuleOffer(models.Model):
    """A look at what was denied lately for a rule that is worth adopting, and what it would have done.

    The newest counts. It is looked for at night, for that goes through a payer's whole history.
    """

    looked_at = models.DateTimeField()
    denial = models.ForeignKey("Denial", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """The denial that it was made from; None where nothing was found."""
    proposal = short_text(60)
    """Which of the proposals of that denial."""
    title = short_text(200)
    sentence = short_text(500)
    stopped_denied = models.PositiveIntegerField(default=0)
    """Of the denied claims of the payer, those that it would have stopped."""
    stopped_paid = models.PositiveIntegerField(default=0)
    denied = models.PositiveIntegerField(default=0)
    paid = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-pk"]


class RuleSeverity(models.Model):
    """From a day on, a rule is this grave for a payer, or for all, or not in force. Rows are only added; the newest of
    a day counts.
    """

    rule = models.CharField(max_length=20)
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, null=True, blank=True, related_name="severities")
    """None: for every payer that has no row of its own."""
    severity = models.CharField(max_length=10, choices=[*SEVERITIES, (NOT_IN_FORCE, "Not in force")])
    effective_on = models.DateField(verbose_name="from")
    reason = short_text(300)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-effective_on", "-pk"]
        indexes = [models.Index(fields=["rule", "-effective_on"], name="severity_by_rule")]
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="severity_has_a_reason")]

    until: date | None = None
    """The last day on which it counts, where `claims.queries.rulebook` has told it."""

    @property
    def never_counted(self) -> bool:
        """Whether another row of the same day took its place."""
        return self.until is not None and self.until < self.effective_on


class RulesRelease(models.Model):
    """A person of the practice looked at its rules: from then on a claim is held for what it lacks, no longer each."""

    released_at = models.DateTimeField()
    released_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    """None: the invented practice, which comes with it."""
