"""Acting once: the same form sent twice, one after the other or at the same moment."""

import threading
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.test import RequestFactory
from django.utils import timezone

from documentation.models import ActionKey, User
from documentation.views import once
from documentation.views.once import acts_once, new_key
from tests import factories as f

View = Callable[..., HttpResponse]


class Act:
    """A view that counts how often it acts; its answers are handed to it."""

    def __init__(self, *answers: Callable[[], HttpResponse]) -> None:
        self.answers, self.calls, self.lock = answers, 0, threading.Lock()
        self.view = acts_once(self.act)

    def act(self, request: HttpRequest) -> HttpResponse:
        with self.lock:
            self.calls += 1
            answer = self.answers[min(self.calls, len(self.answers)) - 1]
        return answer()

    __name__ = "act"


def done() -> HttpResponse:
    return redirect("/done/")


def errors() -> HttpResponse:
    return HttpResponse("the form, with what is wrong", status=422)


def posted(user: User, key: str | None, path: str = "/act/") -> HttpRequest:
    data = {} if key is None else {"once": key}
    request = RequestFactory().post(path, urlencode(data), content_type="application/x-www-form-urlencoded")
    request.user = user
    return request


def at_once(*tasks: Callable[[], HttpResponse]) -> list[HttpResponse]:
    start, answers = threading.Barrier(len(tasks)), []

    def work(task: Callable[[], HttpResponse]) -> None:
        try:
            start.wait()
            answers.append(task())
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == len(tasks)
    return answers


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(once, "PAUSE", 0.02)


@pytest.fixture
def user() -> User:
    return f.user()


@pytest.mark.django_db
def test_the_second_goes_where_the_first_went(user: User) -> None:
    act, key = Act(done), new_key()
    first, second = (act.view(posted(user, key)) for _ in range(2))
    assert act.calls == 1
    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"] == "/done/"


@pytest.mark.django_db
def test_another_key_another_path_and_another_person_act_for_themselves(user: User) -> None:
    act, key = Act(done), new_key()
    act.view(posted(user, key))
    act.view(posted(user, new_key()))
    act.view(posted(user, key, "/other/"))
    act.view(posted(f.user(), key))
    assert act.calls == 4


@pytest.mark.django_db
def test_a_form_that_came_back_with_errors_is_sent_again(user: User) -> None:
    act, key = Act(errors, done), new_key()
    assert act.view(posted(user, key)).status_code == 422
    assert act.view(posted(user, key)).status_code == 302
    assert act.calls == 2


@pytest.mark.django_db
def test_what_failed_may_be_tried_again(user: User) -> None:
    def breaks() -> HttpResponse:
        raise ZeroDivisionError

    act, key = Act(breaks, done), new_key()
    with pytest.raises(ZeroDivisionError):
        act.view(posted(user, key))
    assert act.view(posted(user, key)).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("key", [None, "", "short", "x" * 36, "\x00" * 36, "0" * 37, "é" * 36])
def test_without_a_sound_key_nothing_is_done(user: User, key: str | None) -> None:
    act = Act(done)
    response = act.view(posted(user, key))
    assert response.status_code == 400
    assert b"Open the page again" in response.content
    assert act.calls == 0
    assert not ActionKey.objects.exists()


@pytest.mark.django_db
def test_looking_needs_no_key(user: User) -> None:
    act = Act(lambda: HttpResponse("a page"))
    request = RequestFactory().get("/act/")
    request.user = user
    assert act.view(request).status_code == 200
    assert not ActionKey.objects.exists()


@pytest.mark.django_db
def test_while_the_first_is_at_work_the_second_waits_and_then_says_so(user: User) -> None:
    act, key = Act(done), new_key()
    ActionKey.objects.create(user=user, key=key, path="/act/", started_at=timezone.now())
    response = act.view(posted(user, key))
    assert response.status_code == 409
    assert b"sent the same form twice" in response.content
    assert act.calls == 0


@pytest.mark.django_db
def test_the_key_of_a_process_that_died_is_free_after_a_while(user: User) -> None:
    act, key = Act(done), new_key()
    long_ago = timezone.now() - once.STALE - timedelta(seconds=1)
    ActionKey.objects.create(user=user, key=key, path="/act/", started_at=long_ago)
    assert act.view(posted(user, key)).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_a_double_click_acts_once(user: User) -> None:
    act, key = Act(done), new_key()
    answers = at_once(*[lambda: act.view(posted(user, key))] * 4)
    assert act.calls == 1
    assert {(a.status_code, a["Location"]) for a in answers} == {(302, "/done/")}


@pytest.mark.django_db(transaction=True)
def test_a_double_click_on_a_form_with_errors_shows_them_both_times(user: User) -> None:
    """The browser shows the answer to the second click: what was typed must be on it."""
    act, key = Act(errors), new_key()
    answers = at_once(*[lambda: act.view(posted(user, key))] * 3)
    assert [a.status_code for a in answers] == [422] * 3
    assert not ActionKey.objects.exists()
