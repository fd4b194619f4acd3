"""Pages for what went wrong: what happened, what to do, a number to quote, and nothing else.

The same number stands in the log. A page that a script asked for gets the same sentences in a form that it can show.
"""

from __future__ import annotations

import json
import logging
import secrets
from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.text import Truncator

REFERENCE = "X-Reference"
"""The header of an answer that carries the number."""

LONGEST_TOAST = 600
"""Letters of what a step that failed says in a header; a page has room for more than anybody reads there."""

_log = logging.getLogger("ductus.problems")


def reference_of(request: HttpRequest) -> str:
    """The number of this request, such as `4F1C-09AB`: drawn at random, so that it tells nothing."""
    if not hasattr(request, "reference"):
        drawn = secrets.token_hex(4).upper()
        request.reference = f"{drawn[:4]}-{drawn[4:]}"  # type: ignore[attr-defined]
    return request.reference  # type: ignore[attr-defined]


def problem(
    request: HttpRequest, status: int, title: str, *sentences: str, way_on: dict[str, Any] | None = None
) -> HttpResponse:
    """A page that says what happened and what to do; a script that asks for JSON gets the sentences as JSON.

    `way_on` is what 503.html shows in the place of the way to the start page. The page is drawn without the request, so
    that it asks neither session nor database: it can be shown when those fail.
    """
    reference = reference_of(request)
    match = request.resolver_match
    # Neither the path nor what was sent: a stranger may have typed anything into them.
    _log.info("%s %s %s [%s]", status, request.method, (match and match.url_name) or "no address of ours", reference)
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        said = {"problem": title, "sentences": sentences, "reference": reference}
        response: HttpResponse = JsonResponse(said, status=status)
    else:
        response = HttpResponse(_page(title, sentences, reference, way_on), status=status)
    response[REFERENCE] = reference
    if request.headers.get("HX-Request"):
        # Headers have limits of their own in servers and proxies; the reference must come through.
        short = Truncator(f"{title} {' '.join(sentences)}").chars(LONGEST_TOAST)
        toast = {"text": f"{short} Reference {reference}.", "level": "error"}
        response["HX-Trigger"] = json.dumps({"toast": toast})
    return response


def _page(title: str, sentences: tuple[str, ...], reference: str, way_on: dict[str, Any] | None) -> str:
    said = {"title": title, "sentences": sentences, "reference": reference}
    try:
        return render_to_string("503.html" if way_on else "problem.html", said | (way_on or {}))
    except Exception:  # Whatever pages are made of is missing, too.
        return "\n".join((title, *sentences, f"Reference {reference}"))


# --- What Django calls when nothing else answered (config/urls.py, CSRF_FAILURE_VIEW) ------------------------------


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400; 413 where it was too much."""
    if isinstance(exception, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)):
        return problem(
            request,
            413,
            "This was too much at once.",
            "More was sent than one step can take, so nothing of it was kept.",
            "Go back and send less at a time.",
        )
    return problem(
        request,
        400,
        "This request cannot be understood.",
        "Something in the address or in what was sent is not as a browser sends it. Nothing was changed.",
        "Begin again at the start page.",
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return problem(
        request,
        403,
        "This page was open for too long.",
        "For safety, a form is only taken from a page that was loaded in this session.",
        "Go back, load the page again and repeat the step. Copy longer texts first; nothing was changed.",
    )


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(
        request,
        403,
        "Your role does not allow this.",
        "The page or the step exists, but it belongs to another role in the practice.",
        "If you need it for your work, ask your administrator.",
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(
        request,
        404,
        "There is no such page.",
        "The address may be mistyped, or what it showed is not yours to see.",
        "Search for the patient or claim, or begin at the start page.",
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a fault of ours. What only hinders the database for a while is told by `config.busy`."""
    return problem(
        request,
        500,
        "Something went wrong on our side.",
        "The step was undone as a whole; nothing is half saved.",
        "Try it again. If it happens twice, tell your administrator the reference below.",
    )
