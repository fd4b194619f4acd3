"""What a proxy or a supervisor asks, answered before anything else: no host, log-in or session is needed, and a
stranger learns nothing but a word.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from config import metrics

View = Callable[[HttpRequest], HttpResponse]
ALIVE, READY, METRICS = "/healthz", "/readyz", "/metrics"


def probes(get_response: View) -> View:
    """`/healthz`: this process answers. `/readyz`: it can work, as the database answers and is up to date. `/metrics`:
    figures, for who bears METRICS_TOKEN; to others there is no such address.

    Whether the storage of files answers is not asked: without it notes are written all the same, and it is the same one
    for every process.
    """
    is_migrated = False

    def middleware(request: HttpRequest) -> HttpResponse:
        nonlocal is_migrated
        if request.path == METRICS and _bears_token(request):
            return _said(metrics.text(timezone.now()), 200)
        if request.path not in {ALIVE, READY}:
            return get_response(request)
        if request.path == ALIVE:
            return _said("alive", 200)
        try:
            is_migrated = is_migrated or _is_migrated()
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except DatabaseError:
            connection.close()
            return _said("not ready", 503)
        return _said("ready", 200) if is_migrated else _said("not ready", 503)

    return middleware


def _bears_token(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    return bool(token) and constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {token}")


def _is_migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _said(word: str, status: int) -> HttpResponse:
    response = HttpResponse(f"{word}\n", status=status, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response
