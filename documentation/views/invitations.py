"""The other end of a one-time link: its person chooses a password, or becomes the first administrator.

The token is in the address behind the '#', which a browser tells nobody; the page posts it once, and this session then
knows the link.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from documentation.forms.people import ChoosePasswordForm, FirstForm
from documentation.kernel.machine import NotPossible
from documentation.models import AccountLink, FirstLink
from documentation.services import accounts, first_run

KNOWN = "documentation.invitation"
"""Key of the session for the link that was opened in it."""
FIRST = "documentation.first_link"
"""The same for the link of the first administrator."""
OPEN_ONCE_MORE = "This page was open for too long. Open the link once more: it still works."


@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """The button that takes the token out of the address and opens it."""
    return _start(request)


@sensitive_post_parameters("token")
@require_POST
def open_link(request: HttpRequest) -> HttpResponse:
    """Exchange the token for the page with the form."""
    if request.user.is_authenticated:
        words = f"You are logged in as {request.user.get_username()} here. Log out first, or pass the link on."
        return _start(request, words, 409)
    token, at = request.POST.get("token", "")[:200], timezone.now()
    first = first_run.find(token)
    try:
        link = first_run.usable(first, at=at) if first else accounts.link_of(token, at=at)
    except NotPossible as e:
        return _start(request, " ".join(e.reasons), 409)
    request.session.cycle_key()
    request.session[FIRST if first else KNOWN] = link.pk
    return redirect("invitation_first" if first else "invitation_password")


@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """Choose the password; then log in with it."""
    if KNOWN not in request.session:
        return _start(request, OPEN_ONCE_MORE, 409)
    at = timezone.now()
    link = AccountLink.objects.select_related("user").filter(pk=request.session.get(KNOWN, 0)).first()
    try:
        link = accounts.usable(link, at=at)
    except NotPossible as e:
        return _start(request, " ".join(e.reasons), 409)
    form = ChoosePasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            accounts.choose_password(link, form.cleaned_data["password"], at=at)
        except ValidationError as e:
            form.add_error("password", e.messages)
        except NotPossible as e:
            return _start(request, " ".join(e.reasons), 409)
        else:
            request.session.flush()
            messages.success(request, "Your password is set. Log in with it.")
            return redirect("account_login")
    status = 422 if form.errors else 200
    return render(request, "account/invitation_password.html", {"form": form, "link": link}, status=status)


@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "POST"])
def first(request: HttpRequest) -> HttpResponse:
    """Become the first administrator; then log in."""
    if FIRST not in request.session:
        return _start(request, OPEN_ONCE_MORE, 409)
    at = timezone.now()
    link = FirstLink.objects.filter(pk=request.session.get(FIRST, 0)).first()
    form = FirstForm(request.POST if request.method == "POST" else None)
    try:
        link = first_run.usable(link, at=at)
        if request.method == "POST" and form.is_valid():
            first_run.make_administrator(link, form.values, form.cleaned_data["password"], at=at)
            request.session.flush()
            messages.success(request, "Your account is made. Log in with it, then set up your practice.")
            return redirect("account_login")
    except ValidationError as e:
        for name, sentences in e.message_dict.items():
            form.add_error(name if name in form.fields else None, sentences)
    except NotPossible as e:
        return _start(request, " ".join(e.reasons), 409)
    return render(request, "account/invitation_first.html", {"form": form}, status=422 if form.errors else 200)


def _start(request: HttpRequest, ended: str = "", status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"ended": ended}
    return render(request, "account/invitation.html", context, status=status)
