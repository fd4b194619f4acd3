"""Who may open which address: every view names its permission, and one that names none is closed."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils import timezone

from documentation.kernel.machine import NotPermitted, NotPossible, Refusal
from documentation.kernel.permissions import Permission
from documentation.models import Patient, User
from documentation.queries.patients import heir_of
from documentation.services.audit import record
from documentation.services.files import Unreachable
from documentation.views.errors import problem
from documentation.views.numbers import LETTERS

View = Callable[..., HttpResponse]

METHODS = ("GET", "HEAD", "POST")
_NUMBERED = re.compile(rf"<({'|'.join(LETTERS)}):pk>")
_OWNERS: dict[str, Callable[[int], Patient | None]] = {}

OPEN = frozenset(
    {
        "account_login",
        "account_logout",
        "mfa_authenticate",
        "account_inactive",
        "invitation",
        "invitation_open",
        "invitation_password",
        "invitation_first",
        "mfa_login_webauthn",
        "packet_verify",
        "alive",
        "deadline_feed",
        "phone",
        "phone_open",
    }
)
"""Names of the addresses that need no log-in."""
BY_PHONE = frozenset({"phone_add", "phone_end"})
"""Names of the addresses that a phone's link opens and nothing else does: no log-in, whatever its role, but the secret
that one phone was given for one draft. Their views carry `views.phones.by_phone`, which asks for it."""
OWN = frozenset(
    {
        "account_reauthenticate",
        "account_change_password",
        "passkey_challenge",
        "session_end",
        "session_left",
        "taken_along",
        "usersessions_list",
    }
)
"""Addresses about a person's own account, besides those that begin with `mfa_`: any role may open them."""


class SignedInRequest(HttpRequest):
    """A request behind the log-in: its user is one of ours."""

    user: User


def requires(permission: Permission) -> Callable[[View], View]:
    """Let a view be opened only by people with this permission; the others get 403, strangers the log-in page."""

    def decorate(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return decorate


def permission_of(view: View) -> Permission | None:
    """The permission a view names, through any decorators around it; None when it names none."""
    while view is not None:
        found = getattr(view, "permission", None)
        if found:
            return found
        view = getattr(view, "__wrapped__", None)  # type: ignore[assignment]
    return None


def access_middleware(get_response: View) -> View:
    """Deny by default: asks every view for its permission before it runs."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code == 405 and not response.content:
            page = problem(
                request,
                405,
                "This address only acts.",
                "It does something when a button of a page sends it; by itself there is nothing to show.",
            )
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_view(request: HttpRequest, view: View, args: Any, kwargs: Any) -> HttpResponse | None:
        name = request.resolver_match.url_name or "" if request.resolver_match else ""
        if name in OPEN or name in BY_PHONE:
            return _known_method(request)
        user = request.user
        if not user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if name in OWN or name.startswith("mfa_"):
            return _known_method(request)
        permission = permission_of(view)
        if permission is not None and user.may(permission):
            return _known_method(request)
        return denied(
            request, "Your role does not open this page.", "Ask an administrator if you need it for your work."
        )

    middleware.process_view = process_view  # type: ignore[attr-defined]
    return middleware


def _known_method(request: HttpRequest) -> HttpResponse | None:
    """405 for what no page of ours means: a view that only tells POST from the rest would take a DELETE for a look."""
    return None if request.method in METHODS else HttpResponseNotAllowed(METHODS)


def denied(request: HttpRequest, title: str, *sentences: str) -> HttpResponse:
    """403 for somebody who is signed in, and an event that says what was asked: one for each attempt.

    Strangers leave none: they are sent to the log-in, and whoever knows no password must not fill the trail.
    """
    match = request.resolver_match
    keys = dict(match.kwargs) if match else {}
    # What the route says is a number is one; a word that only looks like it stays a word.
    kind = _NUMBERED.search(match.route or "") if match else None
    key = int(keys.pop("pk")) if kind else 0
    # The secret in an address belongs to nobody's eyes, whoever was turned away.
    asked = {name: str(value)[:40] for name, value in keys.items() if name != "token"}
    with transaction.atomic():
        record(
            "access.denied",
            by=cast(User, request.user),
            at=timezone.now(),
            subject=f"{LETTERS[kind[1]]}{key:06d}" if kind else "",
            patient=_OWNERS[kind[1]](key) if kind and kind[1] in _OWNERS else None,
            view=(match.url_name or "") if match else "",
            method=(request.method or "")[:10],
            **({"asked": asked} if asked else {}),
        )
    return problem(request, 403, title, *sentences)


def owned(kind: str, find: Callable[[int], Patient | None]) -> None:
    """Say how the patient is found whose row of this kind (as `views.numbers` names it) was asked for."""
    _OWNERS[kind] = find


owned("patient", lambda key: Patient.objects.filter(pk=key).first())
owned("encounter", lambda key: Patient.objects.filter(encounters=key).first())
owned("amendment", lambda key: Patient.objects.filter(amendments=key).first())


def leads_on(view: View) -> View:
    """Lead whoever looks at a patient who was merged into another to the same page of the one who stays.

    What is sent goes through: the verb says why nothing new hangs on the other.
    """

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST" and request.resolver_match:
            patient = Patient.objects.filter(pk=kwargs["pk"], merged_into__isnull=False).first()
            if patient:
                given = {**request.resolver_match.kwargs, "pk": heir_of(patient).pk}
                return redirect(request.resolver_match.view_name, **given)
        return view(request, *args, **kwargs)

    return wrapped


def refusals_become_pages(view: View) -> View:
    """Turn a refusal that no form caught into a page with its reasons: 403, 409, 422 or 503."""

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NotPermitted as e:
            return denied(request, "You may not do this.", *e.reasons)
        except Unreachable as e:
            return problem(request, 503, "Not just now.", *e.reasons)
        except NotPossible as e:
            return problem(request, 409, "This is no longer possible.", *e.reasons)
        except Refusal as e:
            return problem(request, 422, "Not yet.", *e.reasons)

    return wrapped


def found_or_404(rows: Any, pk: int) -> Any:
    """The row with this key, or 404."""
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row
