"""The pages of one's own account show what they are for."""

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories as f

pytestmark = pytest.mark.django_db


def test_the_sessions_of_a_person_are_listed_with_their_browser() -> None:
    person, client = f.user(), Client(headers={"user-agent": "Tablet of the front desk"})
    client.force_login(person)
    client.get(reverse("home"))
    page = client.get(reverse("usersessions_list"))
    assert [session.user for session in page.context["sessions"]] == [person]
    assert page.content.decode().count("Tablet of the front desk") == 1
