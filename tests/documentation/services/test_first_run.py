"""The first administrator: one, whoever is quickest, by a link that works once; and what the start says."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config.management.commands.serve import first_link
from documentation.kernel.machine import NotPossible
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, FirstLink, User
from documentation.services import first_run
from tests import factories as f

DANA = {"first_name": "Dana", "last_name": "Example", "username": "dana.example"}
PASSWORD = "four words in a row"


def opened(token: str) -> tuple[Client, Any]:
    client = Client()
    return client, client.post(reverse("invitation_open"), {"token": token})


def filled(client: Client, **more: str) -> Any:
    return client.post(reverse("invitation_first"), {**DANA, "password": PASSWORD, "again": PASSWORD, **more})


@pytest.mark.django_db
def test_a_start_prints_a_link_by_which_one_administrator_is_made() -> None:
    token, other = first_link().partition("#")[2], first_link().partition("#")[2]
    client, page = opened(token)
    assert page["Location"] == reverse("invitation_first")
    weak = filled(client, password="password", again="password")
    assert weak.status_code == 422
    assert "too common" in weak.content.decode()
    assert not User.objects.exists()
    client_of_another, _ = opened(other)
    assert filled(client)["Location"] == reverse("account_login")

    made = User.objects.get()
    assert (made.role, made.username) == (Role.ADMINISTRATOR, "dana.example")
    assert made.check_password(PASSWORD)
    assert AuditEvent.objects.filter(action="user.first", by=made).count() == 1
    late = filled(client_of_another, username="sam.example")
    assert late.status_code == 409
    assert "Somebody has an account here already" in late.content.decode()
    assert "used already" in opened(token)[1].content.decode()
    assert User.objects.count() == 1
    assert first_link() == ""


@pytest.mark.django_db
def test_an_old_link_says_how_a_new_one_is_printed() -> None:
    token = first_run.make_link(at=timezone.now() - timedelta(days=2, seconds=1))
    _, page = opened(token)
    assert page.status_code == 409
    assert "too old. Start Ductus again" in page.content.decode()


@pytest.mark.django_db
def test_the_password_and_the_name_are_looked_at_together() -> None:
    link = first_run.find(first_run.make_link(at=f.AT))
    assert link
    with pytest.raises(ValidationError, match="too similar"):
        first_run.make_administrator(link, DANA, "dana.example", at=f.AT)
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_people_with_two_links_one_becomes_the_administrator() -> None:
    links = [first_run.find(first_run.make_link(at=f.AT)) for _ in range(2)]
    barrier, refused = threading.Barrier(2), []

    def become(number: int) -> None:
        link = links[number]
        assert link
        barrier.wait()
        try:
            first_run.make_administrator(link, {**DANA, "username": f"dana{number}"}, PASSWORD, at=f.AT)
        except NotPossible as e:
            refused.append(e.reasons[0])
        finally:
            connection.close()

    both = [threading.Thread(target=become, args=(number,)) for number in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert User.objects.count() == 1
    assert refused == ["Somebody has an account here already, so this link makes no other."]
    assert FirstLink.objects.exclude(used_at=None).count() == 1
