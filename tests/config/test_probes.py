"""Health and readiness: a word each, to anybody, from any address, and nothing more."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from config import metrics, probes
from documentation.models import Job
from documentation.services import jobs
from tests import factories as f


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.django_db
def test_a_stranger_learns_a_word(path: str, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().get(path, headers={"host": "10.0.0.7"})
    assert answer.status_code == 200
    assert answer.content in (b"alive\n", b"ready\n")
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies
    assert not {"Server", "X-Version"} & set(answer.headers)


@pytest.mark.django_db
def test_a_database_that_is_behind_is_not_ready() -> None:
    newest = MigrationLoader(connection).graph.leaf_nodes("documentation")[0]
    MigrationRecorder(connection).record_unapplied(*newest)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"not ready\n")
    MigrationRecorder(connection).record_applied(*newest)
    assert Client().get("/readyz").status_code == 200


@pytest.mark.django_db
def test_a_database_that_is_away_is_not_ready_and_the_process_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> bool:
        raise OperationalError("connection to server at 10.1.2.3 refused for user ductus")

    monkeypatch.setattr(probes, "_is_migrated", away)
    monkeypatch.setattr(connection, "close", lambda: None)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"not ready\n")
    assert Client().get("/healthz").content == b"alive\n"


@pytest.mark.django_db
def test_figures_are_for_who_bears_the_token(settings: Any) -> None:
    def ask(token: str) -> Any:
        return Client().get("/metrics", headers={"authorization": f"Bearer {token}"} if token else {})

    assert ask("").status_code == 404, "without a setting there is no such address"
    settings.METRICS_TOKEN = "a-token-of-the-monitoring"
    assert [ask(token).status_code for token in ("", "another", "a-token-of-the-monitoring")] == [404, 404, 200]
    answer = ask("a-token-of-the-monitoring")
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("text/plain; charset=utf-8", "no-store")
    figures = dict(line.rsplit(" ", 1) for line in answer.content.decode().splitlines())
    assert figures["ductus_database_up"] == "1"
    assert figures['ductus_jobs{state="waiting"}'] == "0"
    assert all(float(value) >= 0 for value in figures.values()), "each line is a name and a number"


@pytest.mark.django_db
def test_figures_count_what_waits_and_name_nobody(settings: Any) -> None:
    job = jobs.ask("bulk", 1, by=f.user(), at=timezone.now() - timedelta(minutes=7))
    Job.objects.create(
        kind="bulk", subject=2, state="failed", error="Alex Doe", asked_by=job.asked_by, asked_at=f.AT, seen_at=f.AT
    )
    told = metrics.text(timezone.now())
    assert 'ductus_jobs{state="failed"} 1' in told
    assert "ductus_jobs_longest_wait_seconds 420" in told
    assert 'ductus_condition_good{look="work"} 0' in told
    assert "Alex" not in told


def test_figures_say_that_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(at: Any) -> Any:
        raise OperationalError("connection to server at 10.1.2.3 refused")

    monkeypatch.setattr(metrics, "_figures", away)
    monkeypatch.setattr(connection, "close", lambda: None)
    assert metrics.text(timezone.now()).splitlines()[1:] == ["ductus_database_up 0"]
