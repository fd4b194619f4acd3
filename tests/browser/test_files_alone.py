"""A picture and a document alone in a tab: the policy that lets them run nothing still lets them be seen."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from PIL import Image
from playwright.sync_api import Page

from documentation.kernel.permissions import Role
from tests import factories


def colors_of(page: Page) -> int:
    return len(Image.open(io.BytesIO(page.screenshot())).convert("RGB").getcolors(1 << 24) or [])


def test_a_picture_alone_is_seen(people: dict[Role, Any], open_as: Callable[..., Page], heard: Any) -> None:
    draft = factories.drafted(treating=people[Role.CLINICIAN].clinician)
    picture = draft.images.first()
    page = open_as(people[Role.CLINICIAN])
    page.goto(f"/encounters/{draft.number}/images/{picture.pk}/screen/")
    page.wait_for_function("document.images[0]?.complete")
    assert page.evaluate("document.images[0].naturalWidth") > 100
    assert colors_of(page) > 100
    # What the browser itself would lay around a picture is refused with everything else; the picture is none of it.
    heard.complaints = [c for c in heard.complaints if "Applying inline style violates" not in c]


def test_a_document_alone_is_seen(people: dict[Role, Any], open_as: Callable[..., Page]) -> None:
    packet = factories.sealed_packet(by=people[Role.BILLER])
    page = open_as(people[Role.BILLER])
    empty = colors_of(page)
    page.goto(f"/packets/{packet.pk}/pdf/")
    for _ in range(100):  # The viewer is a program of the browser's own: nothing in the page says when it is done.
        if colors_of(page) > empty + 50:
            return
        page.wait_for_timeout(200)
    raise AssertionError("No page of the document came up.")
