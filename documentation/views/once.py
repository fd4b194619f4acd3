"""Acting once: a form carries a key, and the same form sent twice acts once."""

from __future__ import annotations

import functools
import time
import uuid
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from documentation.models import ActionKey
from documentation.views.access import View, problem

STALE = timedelta(minutes=2)
"""A key whose request gave no answer after this long belongs to a process that died; it may be used again."""
PATIENCE = 20
"""How often a second click looks for the result of the first, so many seconds apart:"""
PAUSE = 0.25


def new_key() -> str:
    return str(uuid.uuid4())


def acts_once(view: View) -> View:
    """Let a POST with the same `once` key act a single time.

    The second one waits for the first and goes where it went. A form that came back with errors may be sent again.
    A view that answers a script with something else than the way onward says by `acted` that it acted.
    """

    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        key = request.POST.get("once", "")
        if not _is_key(key):
            return problem(request, 400, "This form is incomplete.", "Open the page again and repeat what you did.")
        mine = {"user": request.user, "key": key, "path": request.path[:200]}
        row = _begin(mine)
        if isinstance(row, HttpResponse):
            return row
        if row is None:
            return problem(
                request,
                409,
                "This is being done already.",
                "You sent the same form twice. Look at the page again in a moment.",
            )
        try:
            response = view(request, *args, **kwargs)
        except BaseException:
            row.delete()
            raise
        where = response["Location"] if response.status_code in (302, 303) else getattr(response, "acted_at", "")
        if where:
            ActionKey.objects.filter(pk=row.pk).update(result_url=where[:300])
        else:
            row.delete()
        return response

    wrapped.acts_once = True  # type: ignore[attr-defined]
    return wrapped


def acted(response: HttpResponse, where: str) -> HttpResponse:
    """The answer of a view that acted: the same form sent again is sent to `where`."""
    response.acted_at = where  # type: ignore[attr-defined]
    return response


def _is_key(key: str) -> bool:
    try:
        return str(uuid.UUID(key)) == key
    except ValueError:
        return False


def _begin(mine: dict[str, Any]) -> ActionKey | HttpResponse | None:
    """The key for the one who may act; where somebody acted before, the way there; None while nobody is done.

    A first click that came back with errors gives its key up: then the second one acts, and its form shows them.
    """
    ActionKey.objects.filter(**mine, result_url="", started_at__lt=timezone.now() - STALE).delete()
    for _ in range(PATIENCE):
        try:
            with transaction.atomic():
                return ActionKey.objects.create(**mine, started_at=timezone.now())
        except IntegrityError:
            first = ActionKey.objects.filter(**mine).first()
        if first and first.result_url:
            return redirect(first.result_url)
        time.sleep(PAUSE)
    return None
