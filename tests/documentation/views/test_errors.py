"""Error pages: what happened, what to do, a number that the log has too, and nothing else."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as project
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, TooManyFilesSent
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path
from django.views.decorators.http import require_POST

from config.logs import PlainFormatter
from config.urls import handler400, handler403, handler404, handler500  # noqa: F401 - Django looks for them here
from documentation.views.access import OPEN, problem

NAME, BORN = "Alex Doe", "1980-02-03"
REFERENCE = re.compile(r"[0-9A-F]{4}-[0-9A-F]{4}")


def breaking(error: Exception) -> Any:
    def view(request: HttpRequest) -> HttpResponse:
        patient = f"{NAME}, {BORN}"  # noqa: F841 - what a page for developers would show of a frame
        raise error

    return view


def away(request: HttpRequest) -> HttpResponse:
    return problem(request, 503, "Not just now.", "The storage of files does not answer.", "Try it again in a minute.")


@require_POST
def acting(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


SAID = f"{NAME} was born on {BORN}"
VIEWS = {
    "bad": (400, breaking(SuspiciousOperation(SAID))),
    "forbidden": (403, breaking(PermissionDenied(SAID))),
    "missing": (404, breaking(Http404(SAID))),
    "acting": (405, acting),
    "large": (413, breaking(RequestDataTooBig(SAID))),
    "many": (413, breaking(TooManyFilesSent(SAID))),
    "broken": (500, breaking(ValueError(SAID))),
    "busy": (503, breaking(OperationalError(f"database is locked: {SAID}"))),
    "away": (503, away),
}
urlpatterns = [path(f"{name}/", view, name=name) for name, (_, view) in VIEWS.items()]


@pytest.fixture(autouse=True)
def _open_to_all(monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[None]:
    monkeypatch.setattr("documentation.views.access.OPEN", OPEN | set(VIEWS))
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the log of a server would hold, word for word."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(PlainFormatter())
    listened = [logging.getLogger(), logging.getLogger("django")]
    for logger in listened:
        logger.addHandler(handler)
    yield written
    for logger in listened:
        logger.removeHandler(handler)


def opened(name: str, **headers: str) -> HttpResponse:
    return Client(raise_request_exception=False).get(f"/{name}/", headers=headers)


@pytest.mark.parametrize("name", VIEWS)
def test_a_page_tells_what_happened_and_a_number_and_nothing_else(name: str, log: io.StringIO) -> None:
    response = opened(name)
    text = response.content.decode()
    assert response.status_code == VIEWS[name][0]
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert text.count("<h1>") == 1
    assert "css/components.css" in text
    (number,) = REFERENCE.findall(text)
    assert response["X-Reference"] == number
    for inside in (NAME, BORN, "Traceback", "Exception", "Error", __file__, project.SECRET_KEY, "DUCTUS_PROFILE"):
        assert inside not in text
    written = log.getvalue()
    assert number in written
    assert NAME not in written
    assert BORN not in written


def test_every_page_has_a_number_of_its_own() -> None:
    assert opened("missing")["X-Reference"] != opened("missing")["X-Reference"]


def test_the_log_of_a_page_that_broke_names_the_place_beside_the_number(log: io.StringIO) -> None:
    number = opened("broken")["X-Reference"]
    broke = [
        line
        for line in re.split(r"^(?=\d{4}-\d\d-\d\d )", log.getvalue(), flags=re.MULTILINE)
        if f"/broken/ [{number}]" in line
    ]
    assert len(broke) == 1
    assert "ValueError" in broke[0]
    assert "test_errors.py" in broke[0]


@pytest.mark.parametrize("name", VIEWS)
def test_a_script_gets_a_sentence_that_the_page_it_is_on_shows(name: str) -> None:
    response = opened(name, **{"HX-Request": "true"})
    toast = json.loads(response["HX-Trigger"])["toast"]
    assert response.status_code == VIEWS[name][0]
    assert toast["level"] == "error"
    assert toast["text"].count(". ") >= 2
    assert toast["text"].endswith(f"Reference {response['X-Reference']}.")


def test_however_much_is_said_a_header_stays_short_and_has_the_number(rf: RequestFactory) -> None:
    request = rf.get("/", headers={"HX-Request": "true"})
    request.resolver_match = None
    response = problem(request, 409, "Not so.", *["Müßig – a sentence of whatever length."] * 500)
    assert len(response["HX-Trigger"]) < 4096
    assert json.loads(response["HX-Trigger"])["toast"]["text"].endswith(f"… Reference {response['X-Reference']}.")


@pytest.mark.parametrize("name", VIEWS)
def test_who_asks_for_json_gets_json(name: str) -> None:
    response = opened(name, accept="application/json")
    said = json.loads(response.content)
    assert set(said) == {"problem", "sentences", "reference"}
    assert said["reference"] == response["X-Reference"]
    assert NAME not in response.content.decode()


def test_a_busy_database_says_when_to_ask_again() -> None:
    assert opened("busy")["Retry-After"] == "10"
    assert "Ductus is busy." in opened("busy").content.decode()


def test_a_page_can_be_shown_when_what_pages_are_made_of_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> str:
        raise ValueError("Missing staticfiles manifest entry")

    monkeypatch.setattr("documentation.views.errors.render_to_string", gone)
    response = opened("broken")
    assert response.status_code == 500
    assert response.content.decode().splitlines()[0] == "Something went wrong on our side."
    assert response["X-Reference"] in response.content.decode()


def test_a_page_asks_neither_session_nor_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        opened("broken")


def test_a_form_that_is_too_old_is_told(client: Client) -> None:
    with override_settings(ROOT_URLCONF="config.urls"):
        response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a", "password": "b"})
    assert response.status_code == 403
    assert "This page was open for too long." in response.content.decode()
    assert REFERENCE.search(response.content.decode())


def test_a_host_that_is_not_ours_is_told_in_the_look_of_the_site() -> None:
    response = Client(raise_request_exception=False).get("/missing/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "This request cannot be understood." in response.content.decode()
    assert "evil" not in response.content.decode()
