"""Browsers of people, logged in."""

import uuid
from collections.abc import Callable

import pytest
from django.test import Client

from documentation.models import User
from tests.twice import DoubleClicking

LogIn = Callable[[User], Client]


@pytest.fixture
def log_in() -> LogIn:
    def logged_in(user: User) -> Client:
        client = DoubleClicking()
        client.force_login(user)
        return client

    return logged_in


@pytest.fixture
def key() -> str:
    """The key of a form that acts once."""
    return str(uuid.uuid4())
