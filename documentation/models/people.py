"""Who works here and where: the organization, its locations, clinicians and users."""

from __future__ import annotations

import zoneinfo
from datetime import date, datetime, tzinfo

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from documentation.kernel.permissions import Permission, Role, permissions_of
from documentation.models.fields import AddressFields, Shape, TextList, short_text


class User(AbstractUser):
    """A person who logs in. The role alone says what the person may do; users are deactivated, never deleted."""

    role = models.CharField(max_length=20, choices=[(r.value, r.label) for r in Role], default="")

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=["", *Role]), name="user_role_is_known"),
        ]

    @property
    def permissions(self) -> frozenset[Permission]:
        return permissions_of(self.role) if self.is_active else frozenset()

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username

    @property
    def recovery_codes_left(self) -> int:
        """How many recovery codes are good."""
        return self.recovery_codes.filter(used_at=None).count()


class Organization(models.Model):
    """The one organization of this deployment. `is_demo` marks a database with invented people only."""

    name = short_text(120)
    is_demo = models.BooleanField(default=False)
    not_for_us = models.JSONField(default=list, blank=True, validators=[TextList(40)])
    """Steps of the set-up that somebody said this practice does without, by their keys."""
    logo = models.ForeignKey("documentation.Logo", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """What stands on the letterhead; nothing where the name alone does."""
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="organization_is_one")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> Organization | None:
        return cls.objects.first()


def _known_time_zone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(f"“{value}” is not a known time zone. Give one such as America/Los_Angeles.")


class Location(AddressFields):
    """Where patients are seen and who bills for it. 'Today' is the date in its time zone.

    One that was given up is closed, never deleted: signed records and sealed packets name it.
    """

    IN_ORDER = ("-is_active", "pk")
    """The first of these speaks for the practice as a whole."""

    name = short_text(120, unique=True)
    npi = short_text(10, verbose_name="NPI", validators=[Shape("npi_problem")])
    tax_id = short_text(9, verbose_name="tax ID", validators=[Shape("tax_id_problem")])
    time_zone = short_text(60, validators=[_known_time_zone])
    phone = short_text(10, validators=[Shape("phone_problem")])
    is_active = models.BooleanField(default=True)
    """False: no visit is planned here any more."""
    revision = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone or "America/New_York")

    def today(self, at: datetime) -> date:
        """The calendar date here at a moment."""
        return at.astimezone(self.zone).date()

    @classmethod
    def zone_of_practice(cls) -> tzinfo:
        """The time zone of the first open location, for what belongs to none; the program's while there is none."""
        first = cls.objects.order_by(*cls.IN_ORDER).first()
        return first.zone if first else timezone.get_default_timezone()


class Clinician(models.Model):
    """Someone who treats and signs, with the identifiers that a claim needs."""

    user = models.OneToOneField(User, null=True, blank=True, on_delete=models.PROTECT, related_name="clinician")
    first_name = short_text(60)
    last_name = short_text(60)
    credential = short_text(30)
    npi = short_text(10, verbose_name="NPI", unique=True, validators=[Shape("npi_problem")])
    licence = short_text(30, verbose_name="license")
    licence_state = short_text(2, verbose_name="license state", validators=[Shape("state_problem")])
    taxonomy = short_text(10, validators=[Shape("taxonomy_problem")])
    is_active = models.BooleanField(default=True)
    """False: no visit is planned with this person any more."""
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["last_name", "first_name"]

    def __str__(self) -> str:
        name = f"{self.first_name} {self.last_name}".strip()
        return f"{name}, {self.credential}" if self.credential else name
