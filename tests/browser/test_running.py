"""A browser that falls over costs the tests one page, not the rest of their file."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Error, Page, expect

OPEN = Callable[..., Page]


def test_a_browser_that_fell_over_is_followed_by_another(people: Any, open_as: OPEN) -> None:
    page = open_as()
    page.goto("/accounts/login/")
    fallen = page.context.browser
    assert fallen is not None
    with pytest.raises(Error):
        fallen.new_browser_cdp_session().send("Browser.crash")
    assert not fallen.is_connected()
    page = open_as()
    page.goto("/accounts/login/")
    expect(page.get_by_label("Username")).to_be_visible()
