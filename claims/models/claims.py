"""The request for payment: one claim for each coverage of a signed encounter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models

from claims.models.coverage import Coverage
from claims.models.payers import LINES, choice
from claims.workflow import (
    APPEALS_TO_SEND,
    Adjudication,
    AppealStatus,
    ClaimWord,
    Closing,
    DenialStatus,
    Preparation,
    Transport,
    word_of,
)
from documentation.kernel.rule import asked
from documentation.models import Encounter, User
from documentation.models.fields import TextList, index_of_filled, short_text


def state(states: type, default: str) -> models.CharField:
    return models.CharField(max_length=16, choices=[(s.value, s.value) for s in states], default=default)  # type: ignore[attr-defined]


def number_of(key: int) -> str:
    """The number of a claim, by its key."""
    return f"C{key:06d}"


class Claim(models.Model):
    """A claim. Its four status fields are written by `perform` only; people read the derived word."""

    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="claims")
    coverage = models.ForeignKey(Coverage, on_delete=models.PROTECT, related_name="claims")
    kind = choice(LINES)
    sequence = models.PositiveSmallIntegerField(default=1)
    """1 for the plan that pays first, 2 for the next."""
    preparation = state(Preparation, Preparation.DRAFT)
    transport = state(Transport, Transport.NONE)
    adjudication = state(Adjudication, Adjudication.NONE)
    closing = state(Closing, Closing.OPEN)
    hold_reason = short_text(500)
    diagnoses = models.JSONField(default=list, blank=True, validators=[TextList(8, 12, "icd10_problem")])
    service_date = models.DateField()
    """Copied from the encounter for the lists' indexes; the encounter is locked, so they cannot part."""
    total = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    """Sum of the lines, kept by the services that write lines."""
    confirmed_code = short_text(5)
    """The medical code that a person chose for the sialoendoscopy; a code that is only proposed is not written here."""
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    replaces = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="replaced_by"
    )
    """The claim that the payer holds and that this one is sent in the place of (frequency 7)."""
    passed_on_by = models.ForeignKey(
        "RemittanceClaim", on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="passed_on"
    )
    """The answer by which the plan before passed the claim on to this one by itself; the practice does not send it."""
    started_after = models.ForeignKey(
        "RemittanceClaim", on_delete=models.PROTECT, null=True, blank=True, db_index=False, related_name="started"
    )
    """The answer of the plan before after which it was started; a match that is taken back takes it along."""
    void_answered_at = models.DateTimeField(null=True, blank=True)
    """When a payer's answer opened the claim again though it was void. Another claim may stand in its place by then."""
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """Who works on it: on the claim, on its denials and on its appeals. None is nobody yet."""
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["closing", "preparation", "transport", "service_date", "id"], name="claim_by_state"),
            models.Index(fields=["adjudication", "closing", "service_date", "id"], name="claim_by_answer"),
            # Few claims are to a second plan.
            models.Index(fields=["sequence", "service_date"], name="claim_by_sequence"),
            index_of_filled("replaces", "claim_by_replaced"),
            index_of_filled("passed_on_by", "claim_by_passing_on"),
            index_of_filled("started_after", "claim_by_answer_before"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["encounter", "coverage"],
                condition=models.Q(closing="open", void_answered_at=None),
                name="claim_is_open_once",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return number_of(self.pk)

    @property
    def word(self) -> ClaimWord:
        """The one word for this claim. Lists annotate its signs (`worklists.with_signs`); a single claim asks."""
        return word_of(
            self.preparation,
            self.transport,
            self.adjudication,
            self.closing,
            has_open_denial=self._sign("open_denial", lambda: self.denials.exclude(status=DenialStatus.RESOLVED)),
            has_open_appeal=self._sign("appeal_to_send", lambda: self.appeals.filter(status__in=APPEALS_TO_SEND))
            or self._sign("appeal_sent", lambda: self.appeals.filter(status=AppealStatus.SENT)),
        )

    def _sign(self, name: str, rows: Callable[[], models.QuerySet[Any]]) -> bool:
        # A list brings the signs along: then not even the question is put together.
        return bool(self.__dict__[name]) if name in self.__dict__ else rows().exists()


class ClaimLine(models.Model):
    """One procedure on a claim, with the full fee for one unit."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=5)
    fee = models.DecimalField(max_digits=9, decimal_places=2, validators=[MinValueValidator(0)])
    quantity = models.PositiveSmallIntegerField(default=1)
    description = short_text(80)
    modifiers = models.JSONField(default=list, blank=True, validators=[TextList(2, 4)])
    diagnosis_pointers = models.JSONField(default=list, blank=True)
    """Positions in the claim's diagnoses, from 1."""
    area = short_text(5)
    documented = models.BooleanField(default=True)
    comparator = short_text(5, verbose_name="compared with")
    """The listed code that an unlisted one is priced against."""
    second_gland_reason = short_text(200)
    """Why the same code is billed for a second gland of the day; printed with the claim."""

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["claim", "position"], name="claim_line_position_is_taken_once")]


class RuleOverride(models.Model):
    """A recorded decision to go on although a rule warns."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="overrides")
    rule = models.CharField(max_length=20)
    version = models.PositiveIntegerField(default=0)
    """Of an own rule, the version since which it asked what the reason was given for; 0 for a rule of the program."""
    reason = short_text(500)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "rule"], condition=models.Q(withdrawn_at__isnull=True), name="override_stands_once"
            ),
        ]

    @property
    def asked(self) -> str:
        """What the reason was given for. It counts for nothing else that the rule comes to ask."""
        return asked(self.rule, self.version)
