"""Who pays, and what the practice knows of their rules."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models

from claims.facts import PolicyFacts
from claims.playbook import BY_KEY, Book, KnownFact, book_of, problem
from documentation.models import User
from documentation.models.fields import AddressFields, Shape, short_text

YES_NO_UNKNOWN = [("yes", "Yes"), ("no", "No"), ("unknown", "Not known")]
LINES = [("dental", "Dental"), ("medical", "Medical")]


def choice(choices: list[tuple[str, str]], **options: object) -> models.CharField:
    return models.CharField(max_length=20, choices=choices, **options)  # type: ignore[arg-type]


class Payer(AddressFields):
    """An organization that adjudicates claims. `payer_id` is its electronic id, `line` dental or medical."""

    name = short_text(120)
    payer_id = short_text(80, unique=True, verbose_name="payer ID", validators=[Shape("payer_id_problem")])
    line = choice(LINES, default="dental")
    phone = short_text(10, validators=[Shape("phone_problem")])
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(payer_id=""), name="payer_has_an_id"),
            models.CheckConstraint(condition=~models.Q(name=""), name="payer_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def book(self) -> Book:
        """The playbook of this payer; asks nothing where its facts came with it."""
        return book_of((row.fact for row in self.playbook.all()), settings.PLAYBOOK_DAYS)

    def current_policy(self) -> PolicyFacts | None:
        """What was last written down of the payer as a whole, stale or not; None while nothing was."""
        book = self.book()
        return None if book.is_empty else book.policy()


class PlaybookFact(models.Model):
    """One thing that was known of a payer, from one source, at one time. Rows are only ever added; the newest counts.

    `key` is one of `claims.playbook.QUESTIONS`; `value` None says that it is not known (any more).
    """

    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="playbook")
    plan_name = short_text(120, verbose_name="only for the plan")
    """Empty: the payer as a whole."""
    key = models.CharField(max_length=40)
    value = models.JSONField(null=True, blank=True)
    source = short_text(200)
    verified_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["payer", "key", "plan_name"], name="playbook_by_question")]

    def clean(self) -> None:
        if self.key not in BY_KEY:
            raise ValidationError({"key": f"“{self.key}” is no question of the playbook."})
        if said := problem(self.key, self.value):
            raise ValidationError({"value": said})
        if self.expires_on and self.verified_on and self.expires_on < self.verified_on:
            raise ValidationError({"expires_on": "It ends before the day on which it was verified. Check both dates."})

    @property
    def fact(self) -> KnownFact:
        return KnownFact(
            self.key, self.value, self.plan_name, self.source, self.verified_on, self.expires_on, self.pk or 0
        )


class Fee(models.Model):
    """The practice's full fee for a code from a day on."""

    code = short_text(5)
    amount = models.DecimalField(max_digits=9, decimal_places=2, validators=[MinValueValidator(0)])
    effective_on = models.DateField()

    class Meta:
        ordering = ["code", "-effective_on"]
        constraints = [models.UniqueConstraint(fields=["code", "effective_on"], name="fee_is_one_a_day")]
