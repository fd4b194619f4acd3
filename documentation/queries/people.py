"""Who has an account, and in what state it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Count, F, Q, QuerySet

from documentation.models import (
    AccountLink,
    AccountReset,
    Addendum,
    Encounter,
    Guesses,
    Patient,
    Signature,
    User,
)
from documentation.models.together import together

MARKED_FOR = timedelta(hours=24)
"""What is signed so soon after somebody else reached into the account is marked."""
FACTORS = {Authenticator.Type.WEBAUTHN: "Passkey", Authenticator.Type.TOTP: "App"}


@dataclass(frozen=True)
class Account:
    """One person as the administrator sees them."""

    user: User
    factors: tuple[str, ...]
    sessions: int
    link: AccountLink | None
    """An open link by which they choose a password."""
    waits_until: datetime | None
    """Until when wrong passwords hold up some log-in."""

    @property
    def state(self) -> str:
        if not self.user.is_active:
            return "shut"
        if not self.user.has_usable_password():
            return "invited" if self.link else "lapsed"
        return "waiting" if self.waits_until else "open"

    @property
    def label(self) -> str:
        return LABELS[self.state][0]

    @property
    def tone(self) -> str:
        return LABELS[self.state][1]


LABELS = {
    "open": ("Active", "paid"),
    "invited": ("Invited", "submitted"),
    "lapsed": ("Invitation lapsed", "attention"),
    "waiting": ("Held up", "attention"),
    "shut": ("Deactivated", "draft"),
}
"""State of an account: its word and its tone."""


def asked(*, at: datetime, only: int | None = None) -> dict[str, QuerySet[Any]]:
    """What `accounts` are made from, to be asked with others; `only` is the key of one."""
    of_whom = Q() if only is None else Q(user=only)
    users = User.objects.filter(Q() if only is None else Q(pk=only))
    going_on = Session.objects.filter(expire_date__gt=at)
    alive = UserSession.objects.filter(of_whom, session_key__in=going_on.values("pk"))
    held = Guesses.objects.filter(until__gt=at).exclude(about="").order_by("until")
    return {
        "users": users.order_by(F("is_active").desc(), "last_name", "first_name", "username"),
        "factors": Authenticator.objects.filter(of_whom, type__in=FACTORS).order_by().values_list("user", "type"),
        "alive": alive.order_by().values_list("user").annotate(Count("pk")),
        "links": AccountLink.objects.filter(of_whom),
        "held": held.values_list("about", "until"),
    }


def accounts(found: Mapping[str, list[Any]], *, at: datetime) -> list[Account]:
    """What came of `asked`: everybody, open accounts first, by name."""
    factors: dict[int, list[str]] = {}
    for user, kind in found["factors"]:
        factors.setdefault(user, []).append(FACTORS[kind])
    alive, held = dict(found["alive"]), dict(found["held"])
    links = {link.user_id: link for link in found["links"] if link.is_open(at)}
    return [
        Account(
            user,
            tuple(sorted(set(factors.get(user.pk, ())), reverse=True)),
            alive.get(user.pk, 0),
            links.get(user.pk),
            held.get(Guesses.of_account(user.username)),
        )
        for user in found["users"]
    ]


def account(user: User, *, at: datetime) -> Account:
    """One of them."""
    return accounts(together(**asked(at=at, only=user.pk)), at=at)[0]


def held_addresses(*, at: datetime) -> int:
    """From how many addresses no password is taken for now, after many wrong ones at whatever accounts."""
    return Guesses.objects.filter(about="", until__gt=at).count()


def history(user: User) -> list[AccountReset]:
    """When somebody else reached into the account, latest first."""
    return list(user.resets.select_related("by")[:20])


@dataclass(frozen=True)
class Reached:
    """Somebody else reached into a person's account, or opened it: `what` in words, such as 'second factor'."""

    what: str
    at: datetime


@dataclass(frozen=True)
class Marked:
    """Something signed within a day after that: a record, or an addendum to one."""

    encounter: Encounter
    at: datetime
    is_addendum: bool


def reached(user: User) -> list[Reached]:
    """Each time, latest first. A link that an administrator was shown counts from its use: whoever has it may have been
    that administrator.
    """
    resets = [Reached(reset.get_what_display().lower(), reset.at) for reset in user.resets.all()]
    links = AccountLink.objects.filter(user=user).exclude(used_at=None).exclude(created_by=None)
    used = [Reached(f"link for {LINKS[link.purpose]}", link.used_at) for link in links if link.used_at]
    return sorted(resets + used, key=lambda one: one.at, reverse=True)


LINKS = {AccountLink.INVITATION: "the first password", AccountLink.PASSWORD: "a new password"}


def marked(user: User) -> list[Marked]:
    """What was signed in this person's name within a day after somebody reached into the account, latest first."""
    near = [(one.at, one.at + MARKED_FOR) for one in reached(user)]
    signed, added = Q(pk__in=[]), Q(pk__in=[])
    for begin, end in near:
        signed |= Q(signed_at__gte=begin, signed_at__lt=end)
        added |= Q(added_at__gte=begin, added_at__lt=end)
    records = Signature.objects.filter(signed, signer=user).select_related("encounter")
    addenda = Addendum.objects.filter(added, author=user).select_related("encounter")
    found = [Marked(one.encounter, one.signed_at, False) for one in records]
    found += [Marked(one.encounter, one.added_at, True) for one in addenda]
    return sorted(found, key=lambda one: one.at, reverse=True)


def reached_lately(user: User, *, at: datetime) -> Reached | None:
    """The latest time within the day before `at` that somebody else reached into the account."""
    return next((one for one in reached(user) if at - MARKED_FOR < one.at <= at), None)


def reached_before(encounter: Encounter) -> Reached | None:
    """The same before a record was signed: what readers of the signature have to know."""
    signature = Signature.objects.filter(encounter=encounter).select_related("signer").first()
    return reached_lately(signature.signer, at=signature.signed_at) if signature else None


def marked_addenda(patient: Patient, times: Iterable[datetime]) -> list[datetime]:
    """Which of the addenda that were added at these times were signed so soon after."""
    rows = Addendum.objects.filter(encounter__patient=patient, added_at__in=list(times)).select_related("author")
    return [row.added_at for row in rows if reached_lately(row.author, at=row.added_at)]


def sessions_of(user: User, *, at: datetime) -> list[Any]:
    """Where the person is logged in now, latest first."""
    rows = list(UserSession.objects.filter(user=user).order_by("-last_seen_at"))
    keys = [row.session_key for row in rows]
    alive = set(Session.objects.filter(pk__in=keys, expire_date__gt=at).values_list("pk", flat=True))
    return [row for row in rows if row.session_key in alive]
