"""A person's own account: recovery codes, sessions, and how long the present one lasts."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from documentation.services import recovery
from documentation.services.audit import record
from documentation.views.access import found_or_404, problem
from documentation.views.again import ask_again, challenge, has_passkey


@require_http_methods(["GET", "POST"])
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """How many recovery codes are left; new ones are shown once, right after they were made."""
    user: Any = request.user
    ask_again(request)
    if not Authenticator.objects.filter(user=user).exists():
        return problem(request, 409, "First a second factor.", "Recovery codes stand in for one. Set one up first.")
    made = recovery.make_codes(user, at=timezone.now()) if request.method == "POST" else []
    context = {"left": recovery.left(user), "codes": [f"{code[:4]} {code[4:]}" for code in made]}
    return render(request, "mfa/recovery.html", context)


@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of the own sessions."""
    user: Any = request.user
    session = found_or_404(UserSession.objects.filter(user=user), pk)
    if session.session_key == request.session.session_key:
        return problem(request, 409, "This is the session that you are in.", "Log out to end it.")
    with transaction.atomic():
        session.end()
        record("account.session_end", by=user, at=timezone.now(), subject=f"user {user.pk}")
    messages.success(request, "That session has ended.")
    return redirect("usersessions_list")


@require_http_methods(["GET", "POST"])
def session_left(request: HttpRequest) -> HttpResponse:
    """How many seconds the session lasts, and whose it is. Asked by a page's own timer it moves nothing; sent by a
    person who wants to stay, the idle time begins anew. `longest` is how many seconds nothing can move; `token` is what
    forms send along, which a new log-in made anew.
    """
    session: Any = request.session
    at = timezone.now()
    left, longest = session.seconds_left(at=at), session.longest(at=at)
    told = {"left": left, "longest": longest, "who": request.user.pk, "token": get_token(request)}
    return JsonResponse(told)


@require_POST
def passkey_challenge(request: HttpRequest) -> HttpResponse:
    """What the person's passkey has to answer, in the place of a password; 404 for somebody without one."""
    user: Any = request.user
    if not has_passkey(user):
        raise Http404
    return JsonResponse(challenge(user))


@require_GET
def taken_along(request: HttpRequest) -> HttpResponse:
    """The list that was asked for is ready: after the password was given the download is one press away."""
    to = request.GET.get("to", "")
    if not to.startswith("/") or not url_has_allowed_host_and_scheme(to, allowed_hosts=None):
        to = "/"
    return render(request, "documentation/taken_along.html", {"to": to})
