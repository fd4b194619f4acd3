"""What makes a record binding: the signature over its content, and addenda after it."""

from __future__ import annotations

from django.db import models

from documentation.models.encounters import Encounter
from documentation.models.fields import prose, short_text
from documentation.models.people import User


class Signature(models.Model):
    """Who signed what, when. `content` holds the facts as signed, in canonical JSON; `content_sha256` is its hash."""

    encounter = models.OneToOneField(Encounter, on_delete=models.PROTECT, related_name="signature")
    signer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = short_text(150)
    credential = short_text(30)
    licence = short_text(30)
    licence_state = short_text(2)
    npi = short_text(10)
    statement = short_text(300)
    """What the signer declared, in the words above the button; empty in records signed before it was kept."""
    signed_at = models.DateTimeField()
    content = models.TextField()
    content_sha256 = models.CharField(max_length=64)


class Addendum(models.Model):
    """A signed addition to a signed record. It never changes the earlier text."""

    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="addenda")
    body = prose()
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    author_name = short_text(150)
    added_at = models.DateTimeField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["added_at", "pk"]
