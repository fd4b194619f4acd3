"""What stands around every request: browsers keep nothing, and a session ends when it should."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

View = Callable[[HttpRequest], HttpResponse]

BACKGROUND = "X-Background"
BEGAN = "began"


def private_responses(get_response: View) -> View:
    """No answer of ours is stored by a browser or a proxy; static files are served before this."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["Cache-Control"] = "no-store, private"
        response["Permissions-Policy"] = settings.PERMISSIONS_POLICY
        if request.method == "POST" and request.resolver_match and request.resolver_match.view_name == "account_logout":
            response["Clear-Site-Data"] = '"cache", "storage"'
        return response

    return middleware


def session_limits(get_response: View) -> View:
    """End a session after 15 idle minutes, and after 12 hours in any case.

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
                session.keep_alive()
        return get_response(request)

    return middleware
