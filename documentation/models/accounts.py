"""What stands around an account: one-time links, resets, recovery codes, and wrong guesses at passwords."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils.crypto import salted_hmac

from documentation.models.fields import short_text
from documentation.models.people import User


class AccountLink(models.Model):
    """A link by which one person chooses a password, once. The token in it is not kept, only its SHA-256."""

    INVITATION, PASSWORD = "invitation", "password"
    PURPOSES = ((INVITATION, "Invitation"), (PASSWORD, "New password"))

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="links")
    purpose = models.CharField(max_length=12, choices=PURPOSES)
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    """The administrator who was shown the link; nobody where a command made it at the machine."""
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    """When it was taken back, or replaced by a newer one."""

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(purpose__in=["invitation", "password"]), name="account_link_purpose_is_known"
            )
        ]

    def __str__(self) -> str:
        return f"link {self.pk}"

    def is_open(self, at: datetime) -> bool:
        return self.used_at is None and self.ended_at is None and at < self.expires_at


class FirstLink(models.Model):
    """A link by which the first administrator is made, while nobody has an account. The start of the server prints it;
    the token in it is not kept, only its SHA-256.
    """

    token_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]


class AccountReset(models.Model):
    """Somebody else reached into a person's account. What is signed in that name soon after is marked."""

    SECOND_FACTOR, PASSWORD = "second_factor", "password"
    WHATS = ((SECOND_FACTOR, "Second factor"), (PASSWORD, "Password"))

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="resets")
    what = models.CharField(max_length=20, choices=WHATS)
    reason = short_text(300)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(what__in=["second_factor", "password"]), name="account_reset_is_known"
            )
        ]


class RecoveryCode(models.Model):
    """One of a person's codes for the day on which the phone is lost. Kept as passwords are: as a slow hash."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    code_hash = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)


class Guesses(models.Model):
    """How often something was guessed wrong from one side, and until when that side has to wait.

    Names, addresses and browsers are kept as keyed digests only: people type passwords where a name belongs.
    """

    key = models.CharField(max_length=64, unique=True)
    about = models.CharField(max_length=64, blank=True, default="", db_index=True)
    """Digest of the account that was tried; empty for an address alone."""
    is_kept = models.BooleanField(default=False)
    """Of an account or a browser that we know: it is never given up to make room."""
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    until = models.DateTimeField()
    """Nothing is taken from this side before then."""
    forget_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "guesses"

    @staticmethod
    def digest(*words: str) -> str:
        """A text as it is kept here: without the server's own secret nobody can tell what it was."""
        return salted_hmac("documentation.guesses", "\x1f".join(words), algorithm="sha256").hexdigest()

    @staticmethod
    def of_account(name: str) -> str:
        """The digest under which tries at an account are kept; capitals make no difference to a log-in."""
        return Guesses.digest("account", name.strip().lower())
