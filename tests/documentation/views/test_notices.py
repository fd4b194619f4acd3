"""The bell, the page of notices, and the part of Today: what a person may see, read, and take back."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from documentation.kernel.permissions import Role
from documentation.models import Notice, User
from documentation.services import notices
from tests import factories as f
from tests.twice import DoubleClicking

pytestmark = pytest.mark.django_db
NOW = timezone.now()


class Reader:
    def __init__(self, role: Role = Role.BILLER) -> None:
        self.user = f.user(role=role)
        self.client = DoubleClicking()
        self.client.force_login(self.user)

    def told(self, kind: str, key: int, *, about: str = "encounter", at: Any = NOW, by: User | None = None) -> Notice:
        notices.tell([notices.News(self.user.pk, about, key, kind)], by=by, at=at)
        return Notice.objects.filter(person=self.user).latest("pk")

    def page(self, url: str = "/notices/") -> str:
        answer = self.client.get(url)
        assert answer.status_code == 200
        return answer.content.decode()

    def send(self, url: str, **data: Any) -> Any:
        return self.client.post(url, {"once": str(uuid.uuid4()), **data})

    def bell(self, url: str = "/words/") -> str:
        """What the bell of a page says aloud."""
        found = re.search(r'class="btn btn-quiet btn-icon bell"[^>]*aria-label="([^"]+)"', self.page(url))
        assert found
        return found[1]


@pytest.fixture
def visit() -> Any:
    f.organization()
    return f.planned_visit()


def test_the_bell_counts_what_is_unread_and_costs_no_query(visit: Any) -> None:
    reader = Reader()
    assert reader.bell() == "Notices"
    with CaptureQueriesContext(connection) as before:
        reader.page("/words/")
    for n in range(3):
        reader.told("held", visit.pk, at=NOW - timedelta(minutes=n))
    with CaptureQueriesContext(connection) as after:
        assert reader.bell() == "Notices: 3 unread"
    assert len(after) == len(before)
    asking = [q["sql"] for q in after if "documentation_notice" in q["sql"]]
    assert len(asking) == 1, "it is asked along with what the navigation counts"
    assert reader.bell("/notices/") == reader.bell("/today/") == "Notices: 3 unread"


def test_it_counts_no_further_than_anybody_reads(visit: Any) -> None:
    reader = Reader()
    for n in range(120):
        reader.told("held", visit.pk, at=NOW - timedelta(minutes=n))
    assert reader.bell() == "Notices: 99+ unread"


def test_several_on_one_thing_on_one_day_are_one_line(visit: Any) -> None:
    reader, other = Reader(), f.user(role=Role.MANAGER, first_name="Sam", last_name="Manager")
    noon = NOW.replace(hour=17, minute=0)
    for kind, minutes in (("held", 0), ("addendum", 1), ("held", 2)):
        reader.told(kind, visit.pk, at=noon - timedelta(minutes=minutes), by=other)
    reader.told("held", visit.pk, at=noon - timedelta(days=2), by=other)
    page = reader.page()
    assert page.count('class="notice"') == 2
    assert page.count("Sam Manager held its claim") == 2
    assert page.count("Sam Manager added an addendum") == 1


def test_times_are_those_of_the_practice(visit: Any) -> None:
    reader = Reader(Role.CLINICIAN)
    reader.told("held", visit.pk, at=datetime(2026, 7, 2, 5, 7, tzinfo=UTC))  # in Seattle it is the evening before
    page = reader.page()
    assert "Wednesday, July 1" in page
    assert "10:07 PM" in page
    assert "Jul 1, 10:07 PM" in reader.page("/today/")


def test_going_there_marks_all_of_that_thing_as_read(visit: Any) -> None:
    reader, other = Reader(), f.planned_visit()
    old = reader.told("held", visit.pk, at=NOW - timedelta(days=3))
    new = reader.told("addendum", visit.pk)
    left = reader.told("held", other.pk)
    answer = reader.send(f"/notices/{new.pk}/open/")
    assert answer["Location"] == f"/encounters/{visit.number}/"
    assert set(Notice.objects.exclude(read_at=None)) == {old, new}
    assert Notice.objects.get(read_at=None) == left


def test_looking_at_the_page_changes_nothing(visit: Any) -> None:
    reader = Reader()
    reader.told("held", visit.pk)
    reader.page()
    assert Notice.objects.get().read_at is None
    assert reader.client.get(f"/notices/{Notice.objects.get().pk}/open/").status_code == 405


def test_all_are_marked_as_read_and_unread_again(visit: Any) -> None:
    reader = Reader()
    before = reader.told("held", visit.pk, at=NOW - timedelta(days=2))
    Notice.objects.update(read_at=NOW - timedelta(days=1))
    shown = [reader.told("held", visit.pk, at=NOW + timedelta(minutes=n)) for n in range(2)]
    later = reader.told("addendum", visit.pk, at=NOW + timedelta(minutes=5))
    answer = reader.send("/notices/read/", up_to=shown[-1].pk)
    assert Notice.objects.get(read_at=None) == later, "what came after the page was opened was not seen"
    page = reader.page(answer["Location"])
    assert "2 notices are marked as read." in page
    at = re.search(r'name="at" value="(\d+)"', page)
    assert at
    reader.send("/notices/read/", to="unread", at=at[1])
    assert set(Notice.objects.filter(read_at=None)) == {*shown, later}
    assert Notice.objects.get(pk=before.pk).read_at, "it was read before"


def test_nobody_reads_or_opens_those_of_others(visit: Any) -> None:
    reader, other = Reader(), Reader()
    row = reader.told("held", visit.pk)
    assert other.send(f"/notices/{row.pk}/open/").status_code == 404
    other.send("/notices/read/", up_to=row.pk)
    assert "Nothing new" in other.page()
    assert Notice.objects.get().read_at is None


def test_what_a_role_may_not_see_vanishes_with_its_count(visit: Any) -> None:
    reader = Reader()
    row = reader.told("held", visit.pk)
    assert visit.number in reader.page()
    User.objects.filter(pk=reader.user.pk).update(role=Role.ADMINISTRATOR)
    assert visit.number not in reader.page()
    assert reader.bell() == "Notices"
    assert reader.send(f"/notices/{row.pk}/open/")["Location"] == "/notices/"


def test_what_is_gone_is_said_and_put_away() -> None:
    f.organization()
    reader = Reader()
    row = reader.told("held", 999_999)
    page = reader.page()
    assert "1 unread notice is about something that is there no more" in page
    assert "E999999" not in page
    reader.send("/notices/read/", up_to=row.pk)
    assert "Nothing new" in reader.page()


def test_no_name_of_a_patient_stands_on_the_page(visit: Any) -> None:
    reader = Reader()
    reader.told("held", visit.pk)
    for url in ("/notices/", "/today/"):
        part = re.search(r'<ul class="notices">.*?</ul>', reader.page(url), re.DOTALL)
        assert part
        assert visit.patient.last_name not in part[0]


def test_today_shows_what_is_new_and_nothing_where_nothing_is(visit: Any) -> None:
    reader = Reader(Role.CLINICIAN)
    assert "New for you" not in reader.page("/today/")
    row = reader.told("held", visit.pk)
    assert "New for you" in reader.page("/today/")
    notices.read(row, at=NOW)
    assert "New for you" not in reader.page("/today/")


@pytest.mark.parametrize("address", ["/notices/?read=x", "/notices/?read=" + "9" * 40, "/notices/?read=0"])
def test_an_address_that_makes_no_sense_shows_the_page(visit: Any, address: str) -> None:
    assert "marked as read" not in Reader().page(address)


@pytest.mark.parametrize("data", [{}, {"up_to": "x"}, {"up_to": "9" * 30}, {"to": "unread", "at": "-1"}])
def test_a_form_that_makes_no_sense_changes_nothing(visit: Any, data: dict[str, str]) -> None:
    reader = Reader()
    reader.told("held", visit.pk)
    assert reader.send("/notices/read/", **data).status_code == 302
    assert Notice.objects.get().read_at is None
