"""People who have an account, for the administrator: invite, change, shut, and help after a loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from documentation.forms.people import InviteForm, ReasonForm, RoleForm
from documentation.kernel.machine import NotPossible
from documentation.kernel.permissions import Permission
from documentation.models import User
from documentation.queries import people
from documentation.services import accounts, recovery
from documentation.views.access import found_or_404, refusals_become_pages, requires
from documentation.views.again import ask_again
from documentation.views.context import around
from documentation.views.once import acted, acts_once


@requires(Permission.USER_MANAGE)
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Everybody with role, last log-in, second factor and state."""
    now = timezone.now()
    listed = people.accounts(around(request, **people.asked(at=now)).more, at=now)
    needed = settings.MFA_REQUIRED_FOR
    bare = [a for a in listed if a.state == "open" and a.user.role in needed and not a.factors]
    return render(request, "documentation/people.html", {"accounts": listed, "bare": bare})


@requires(Permission.USER_MANAGE)
@refusals_become_pages
@require_http_methods(["GET", "POST"])
@acts_once
def invite(request: HttpRequest) -> HttpResponse:
    """A new account, and the one link with which its owner chooses a password."""
    ask_again(request)
    form = InviteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        treats = form.cleaned_data["clinician"]
        try:
            user, token = accounts.invite(form.values, by=_by(request), at=timezone.now(), clinician=treats)
        except ValidationError as e:
            for name, sentences in e.message_dict.items():
                form.add_error(name if name in form.fields else None, sentences)
        else:
            return _link(request, user, token)
    return render(request, "documentation/person_invite.html", {"form": form}, status=422 if form.errors else 200)


@requires(Permission.USER_MANAGE)
@require_GET
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One account, and what can be done about it."""
    user = found_or_404(User.objects, pk)
    ask_again(request)
    return _page(request, user)


@requires(Permission.USER_MANAGE)
@refusals_become_pages
@require_POST
@acts_once
def act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Do one thing to an account; the address names it."""
    user, step = found_or_404(User.objects, pk), ACTS.get(act)
    if step is None:
        raise Http404
    ask_again(request)
    form = step.form(request.POST) if step.form else None
    given = {}
    if form is not None:
        if not form.is_valid():
            return _page(request, user, 422, **{f"{act.replace('-', '_')}_form": form})
        given = form.cleaned_data
    try:
        result = step.verb(user, *given.values(), by=_by(request), at=timezone.now())
    except NotPossible as e:
        return _page(request, user, 409, refused=e.reasons)
    if isinstance(result, str):
        return _link(request, user, result)
    messages.success(request, step.done.format(name=user.display_name))
    return redirect("person", pk)


@dataclass(frozen=True)
class Act:
    """One thing that is done to an account: its verb, what it asks, and what is said when it is done."""

    verb: Callable[..., Any]
    done: str = ""
    form: type[Any] | None = None


ACTS = {
    "role": Act(accounts.change_role, "{name} has the new role from the next page on.", RoleForm),
    "deactivate": Act(accounts.deactivate, "{name} is logged off everywhere and cannot log in any more."),
    "reactivate": Act(accounts.reactivate, "{name} can log in again."),
    "sessions": Act(accounts.end_sessions, "{name} is logged off everywhere."),
    "unlock": Act(accounts.open_to_log_in, "{name} can try to log in again at once."),
    "invitation": Act(accounts.invite_again),
    "password": Act(accounts.let_choose_password, form=ReasonForm),
    "second-factor": Act(
        accounts.reset_second_factor,
        "The second factor of {name} is gone, and every session has ended.",
        ReasonForm,
    ),
}


def _page(request: HttpRequest, user: User, status: int = 200, **more: Any) -> HttpResponse:
    at = timezone.now()
    account = people.account(user, at=at)
    forms = {
        "role_form": RoleForm(initial={"role": user.role}),
        "password_form": ReasonForm(auto_id="password_%s"),
        "second_factor_form": ReasonForm(auto_id="factor_%s"),
    }
    context = {
        **forms,
        "account": account,
        "person": account.user,
        "is_own": user.pk == _by(request).pk,
        "sessions": people.sessions_of(user, at=at),
        "recovery_left": recovery.left(user),
        "resets": people.history(user),
        "marked": people.marked(user),
        "held_addresses": people.held_addresses(at=at),
        "needs_factor": user.role in settings.MFA_REQUIRED_FOR,
        **more,
    }
    return render(request, "documentation/person.html", context, status=status)


def _link(request: HttpRequest, user: User, token: str) -> HttpResponse:
    """The link, shown this once. Its secret stands behind the '#', which no log and no proxy sees."""
    link = user.links.filter(used_at=None, ended_at=None).first()
    url = f"{settings.PUBLIC_URL}{reverse('invitation')}#{token}"
    page = render(request, "documentation/person_link.html", {"person": user, "link": link, "url": url})
    return acted(page, reverse("person", args=[user.pk]))


def _by(request: HttpRequest) -> Any:
    return request.user
