"""What stands around every request: browsers keep nothing, and a session ends when it should."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from config import devices
from config.busy import written_if_it_can_be
from config.sessions import BEGAN
from documentation.kernel.deadline import within

View = Callable[[HttpRequest], HttpResponse]

BACKGROUND = "X-Background"
SEEN_AGAIN = timedelta(minutes=1)
"""How long a session counts as just seen."""


def told_to_browsers(get_response: View) -> View:
    """What browsers are told with every answer and no setting of Django's says."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["Permissions-Policy"] = settings.PERMISSIONS_POLICY
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        return response

    return middleware


def private_responses(get_response: View) -> View:
    """No answer of ours is stored by a browser or a proxy; static files are served before this."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["Cache-Control"] = "no-store, private"
        if request.method == "POST" and request.resolver_match and request.resolver_match.view_name == "account_logout":
            response["Clear-Site-Data"] = '"cache", "storage"'
        return response

    return middleware


def in_time(get_response: View) -> View:
    """What a page starts ends before the server gives the page up: the person is told, and the next one is served."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with within(settings.ANSWER_SECONDS):
            return get_response(request)

    return middleware


def session_limits(get_response: View) -> View:
    """End a session after so many idle minutes, and after so many hours in any case.

    What a person does moves the idle limit on. A page's own timers and polling send the header `X-Background: 1`
    and do not, so that a chart left open on a screen still locks itself.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        session: Any = request.session  # of config.sessions
        if session.get("_auth_user_id"):
            now = timezone.now().timestamp()
            if now - session.setdefault(BEGAN, now) > settings.SESSION_LONGEST:
                session.flush()
            elif BACKGROUND not in request.headers:
                with written_if_it_can_be():
                    session.keep_alive()
        return get_response(request)

    return middleware


def sessions_seen(get_response: View) -> View:
    """Keep from where and when a session was last used, for its owner's list; allauth's own, which stops no page, and
    writes once a minute where nothing but the moment is new.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.session.session_key and request.user.is_authenticated:
            with written_if_it_can_be():
                if not _seen_just_now(request):
                    UserSession.objects.create_from_request(request)
        return get_response(request)

    return middleware


def _seen_just_now(request: HttpRequest) -> bool:
    """Whether this session was written down within a minute as it comes now: from here, with this browser."""
    longest: Any = UserSession._meta.get_field("user_agent").max_length
    return UserSession.objects.filter(
        session_key=request.session.session_key,
        user=request.user.pk,
        ip=get_adapter().get_client_ip(request),
        user_agent=request.META.get("HTTP_USER_AGENT", "")[:longest],
        last_seen_at__gt=timezone.now() - SEEN_AGAIN,
    ).exists()


def known_browsers(get_response: View) -> View:
    """Whoever logged in just now is known in this browser from now on."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        user = getattr(request, "logged_in_here", None)
        if user is not None:
            devices.remember(request, response, user)
        return response

    return middleware
