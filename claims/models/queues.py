"""What the worklist asks of every open claim, kept in the same transaction as what it follows from."""

from __future__ import annotations

from django.db import models

from claims.models.appeals import Appeal
from claims.models.claims import Claim
from claims.models.payers import LINES, Payer, choice
from documentation.models import Clinician, Encounter, Location, User
from documentation.models.fields import short_text


class QueuedClaim(models.Model):
    """The one place of an open claim in the worklist, with all that it is found, counted and ordered by.

    Everything here follows from other rows: `services.queues` writes it, a recount compares it, and nobody else does
    either. A claim that is not open has none.
    """

    claim = models.OneToOneField(Claim, on_delete=models.PROTECT, primary_key=True, related_name="queued")
    queue = models.CharField(max_length=16)
    """A key of `queries.worklists.QUEUES`."""
    owner = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="+", db_index=False)
    clinician = models.ForeignKey(Clinician, on_delete=models.PROTECT, related_name="+", db_index=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = choice(LINES)
    service_date = models.DateField()
    cause = short_text(20)
    """Of the first denial that is open; empty where none is."""
    channel = short_text(20)
    """By which it was sent last; empty where it was not."""
    dollars = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    """What is at stake."""
    last_on = models.DateField(null=True, blank=True)
    """The last day to file it, or to appeal; None where no clock runs."""
    open_denial = models.BooleanField(default=False)
    sent_on = models.DateField(null=True, blank=True)
    """When it was sent last, itself and not an appeal; None where it was not."""

    class Meta:
        indexes = [
            # All that counts, orders and narrows a queue, so that nothing of it reads the rows themselves.
            models.Index(
                fields=[
                    *("queue", "owner", "open_denial", "last_on", "service_date", "dollars", "payer", "cause"),
                    *("kind", "clinician", "location", "channel", "claim"),
                ],
                name="queued_by_queue",
            ),
            models.Index(fields=["payer", "queue"], name="queued_by_payer"),
            # Small, for who counts all of them.
            models.Index(fields=["queue", "owner"], name="queued_by_owner"),
            models.Index(fields=["queue", "sent_on"], name="queued_by_sending"),
            # The oldest service first, without looking at all of a queue; and what is at least so old, off the index.
            models.Index(
                fields=[
                    *("queue", "service_date", "claim", "owner", "open_denial", "last_on", "dollars", "payer", "cause"),
                    *("kind", "clinician", "location", "channel"),
                ],
                name="queued_by_service",
            ),
            models.Index(fields=["owner", "claim"], name="queued_denied", condition=models.Q(open_denial=True)),
        ]


class VisitToBill(models.Model):
    """A signed visit with a claim to start. Most visits have none, so nobody looks through all of them. Kept as
    `QueuedClaim` is.
    """

    encounter = models.OneToOneField(Encounter, on_delete=models.PROTECT, primary_key=True, related_name="to_bill")
    service_date = models.DateField()
    """Of the visit, for whose order the oldest come first."""

    class Meta:
        indexes = [models.Index(fields=["service_date", "encounter"], name="visit_to_bill_by_day")]


class DecidedAppeal(models.Model):
    """An appeal that was decided, under the payer and the cause whose chance it tells of. Kept as `QueuedClaim` is."""

    appeal = models.OneToOneField(Appeal, on_delete=models.PROTECT, primary_key=True, related_name="+")
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="+")
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="+", db_index=False)
    cause = short_text(20)
    won = models.PositiveSmallIntegerField(default=0)
    """1 where the payer gave way, in whole or in part."""


class AppealSum(models.Model):
    """A summand of the decided appeals of one payer and cause. Rows are only added and taken together, as those of
    `FiguresSum`: a page adds up a few of them, however many appeals there were.
    """

    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="+", db_index=False)
    cause = short_text(20)
    decided = models.IntegerField(default=0)
    won = models.IntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["payer", "cause", "decided", "won"], name="appeal_sum_by_payer")]


class OwedClaim(models.Model):
    """What a payer owes with a claim, each dollar with one plan of the visit; by all that narrows the manager's page,
    as in the claim's figures. A claim with which nothing is owed has none. Kept as `QueuedClaim` is.
    """

    claim = models.OneToOneField(Claim, on_delete=models.PROTECT, primary_key=True, related_name="still_owed")
    service_date = models.DateField()
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="+", db_index=False)
    plan_name = short_text(120)
    clinician = models.ForeignKey(Clinician, on_delete=models.PROTECT, related_name="+", db_index=False)
    biller = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+", db_index=False)
    code = short_text(5)
    first_cause = short_text(20)
    dollars = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        indexes = [
            # Ages and sums are read off the index alone, narrowed or not.
            models.Index(
                fields=[
                    *("service_date", "payer", "plan_name", "clinician", "biller", "location", "code", "first_cause"),
                    "dollars",
                ],
                name="owed_claim_by_day",
            ),
        ]
