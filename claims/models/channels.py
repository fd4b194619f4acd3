"""What the practice wrote down of the channels by which packets leave."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models

from claims.channels.profile import BY_KEY, LimitFact, problem
from claims.channels.seen import BY_KEY as CHANNELS
from documentation.models import User
from documentation.models.fields import short_text


class ChannelLimit(models.Model):
    """One limit of a channel as it was read, at one time. Rows are only ever added; the newest counts.

    `channel` is one of `claims.channels.CHANNELS`, `key` one of `claims.channels.LIMITS`; `value` None says that it is
    not known (any more).
    """

    channel = models.CharField(max_length=40)
    key = models.CharField(max_length=40)
    value = models.JSONField(null=True, blank=True)
    source = short_text(200)
    read_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["channel", "key"], name="channel_limit_by_key")]

    def clean(self) -> None:
        if self.channel not in CHANNELS:
            raise ValidationError({"channel": f"“{self.channel}” is no channel."})
        if self.key not in BY_KEY:
            raise ValidationError({"key": f"“{self.key}” is no limit of a channel."})
        if said := problem(self.key, self.value):
            raise ValidationError({"value": said})
        if self.value is not None and not self.source:
            raise ValidationError({"source": "Say where you read it. Without a source nobody can rely on it."})
        if self.value is not None and self.read_on is None:
            raise ValidationError({"read_on": "Give the day on which somebody read it."})

    @property
    def fact(self) -> LimitFact:
        return LimitFact(self.key, self.value, self.source, self.read_on, self.pk or 0)
