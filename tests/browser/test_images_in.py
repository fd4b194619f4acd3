"""The ways in: chosen, dropped and pasted, thirty at once, in their order, whatever goes wrong with one of them."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from documentation.kernel.permissions import Role
from documentation.models import Encounter, EncounterImage
from tests import factories

OPEN = Callable[..., Page]

PATIENCE_MS = 300_000
"""For thirty files on a busy machine."""
THIRTY = [f"still-{n:02d}.jpg" for n in range(1, 31)]

# Hands the files over as a browser does when somebody lets go of them over the page, or pastes them.
GIVE = """([kind, selector, files]) => {
  const carrier = new DataTransfer();
  for (const [name, data] of files) {
    carrier.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name, { type: "image/jpeg" }));
  }
  const target = document.querySelector(selector);
  const how = { bubbles: true, cancelable: true };
  if (kind === "paste") target.dispatchEvent(new ClipboardEvent("paste", { ...how, clipboardData: carrier }));
  else for (const step of ["dragenter", "dragover", "drop"]) {
    target.dispatchEvent(new DragEvent(step, { ...how, dataTransfer: carrier }));
  }
}"""


def jpeg(number: int) -> bytes:
    """A small picture that no other number has."""
    stream = io.BytesIO()
    Image.new("RGB", (64, 48), (number * 7 % 256, number * 31 % 256, 90)).save(stream, "JPEG")
    return stream.getvalue()


@pytest.fixture
def clinician(people: Any) -> Any:
    return people[Role.CLINICIAN]


@pytest.fixture
def draft(clinician: Any) -> Encounter:
    return factories.drafted(treating=clinician.clinician, with_images=False)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / name for name in THIRTY]
    for number, path in enumerate(paths, start=1):
        path.write_bytes(jpeg(number))
    return paths


def page_of(encounter: Encounter) -> str:
    return f"/encounters/{encounter.number}/images/"


def names(encounter: Encounter) -> list[str]:
    return list(EncounterImage.objects.filter(encounter=encounter).values_list("original_name", flat=True))


def summary(page: Page) -> Any:
    return expect(page.locator(".upload-summary"))


def give(page: Page, kind: str, selector: str, paths: list[Path]) -> None:
    carried = [[p.name, base64.b64encode(p.read_bytes()).decode()] for p in paths]
    page.evaluate(GIVE, [kind, selector, carried])


def test_thirty_chosen_files_keep_their_order_and_a_bad_one_says_why(
    draft: Encounter, clinician: Any, open_as: OPEN, files: list[Path]
) -> None:
    files[6].write_bytes(b"Dear colleague, this is no image at all.")
    files[9].write_bytes(files[2].read_bytes())
    page = open_as(clinician)
    page.goto(page_of(draft))
    page.locator("#id_upload").set_input_files(files)
    summary(page).to_have_text(re.compile("28 of 30 added, 2 refused"), timeout=PATIENCE_MS)
    assert names(draft) == [p.name for n, p in enumerate(files) if n not in (6, 9)]
    rows = page.locator(".upload-list li")
    expect(rows.filter(has_text=files[6].name)).to_contain_text(re.compile(r"[A-Z][^.]{10,}\."))
    same = rows.filter(has_text=files[9].name)
    expect(same).to_contain_text("This picture is already in this encounter.")
    first = EncounterImage.objects.get(encounter=draft, original_name=files[2].name)
    same.get_by_role("link", name="Go to figure 3").click()
    expect(page.locator(f"#image-{first.pk}")).to_be_in_viewport()


@pytest.mark.parametrize(("kind", "where"), [("drop", "[data-drop]"), ("drop", "h1"), ("paste", "body")])
def test_what_is_dropped_or_pasted_goes_the_same_way(
    draft: Encounter, clinician: Any, open_as: OPEN, files: list[Path], kind: str, where: str
) -> None:
    page = open_as(clinician)
    page.goto(page_of(draft))
    several = files if where == "[data-drop]" else files[:3]
    give(page, kind, where, several)
    summary(page).to_have_text(re.compile(f"{len(several)} of {len(several)} added"), timeout=PATIENCE_MS)
    assert names(draft) == [p.name for p in several]


def test_pictures_that_came_after_the_page_was_opened_are_taken_with_the_rest(
    draft: Encounter, clinician: Any, open_as: OPEN, files: list[Path]
) -> None:
    page = open_as(clinician)
    page.goto(page_of(draft))
    take = page.get_by_role("button", name="Take all, next: Interpretation")
    expect(take).to_have_count(0)  # nothing is proposed where there is no picture
    page.locator("#id_upload").set_input_files(files[:3])
    expect(take).to_be_visible(timeout=PATIENCE_MS)
    summary(page).to_have_text(re.compile("3 of 3 added"), timeout=PATIENCE_MS)
    expect(page.locator(".proposal")).to_have_count(3)
    take.click()
    expect(page).to_have_url(re.compile("/interpretation/$"))
    described = EncounterImage.objects.filter(encounter=draft)
    assert [(i.finding.key, bool(i.caption)) for i in described if i.finding] == [
        ("f1", True),
        ("f1", True),
        ("f2", True),
    ]


def test_a_file_that_did_not_get_through_is_tried_again_alone_and_keeps_its_place(
    draft: Encounter, clinician: Any, open_as: OPEN, files: list[Path], heard: Any
) -> None:
    page = open_as(clinician)
    page.goto(page_of(draft))
    sent: list[str] = []

    def second_breaks_off(route: Route) -> None:
        name = re.search(rb'filename="([^"]+)"', route.request.post_data_buffer or b"")
        sent.append(name[1].decode() if name else "")
        if sent.count(files[1].name) == 1 and sent[-1] == files[1].name:
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/images/add/", second_breaks_off)
    page.locator("#id_upload").set_input_files(files[:4])
    summary(page).to_have_text(re.compile("3 of 4 added, 1 to try again"))
    expect(page.locator(".picture")).to_have_count(3)
    page.get_by_role("button", name=f"Try again: {files[1].name}").click()
    summary(page).to_have_text(re.compile("4 of 4 added"))
    assert names(draft) == [p.name for p in files[:4]]
    assert sent == [*(p.name for p in files[:4]), files[1].name]
    heard.complaints = [c for c in heard.complaints if "ERR_CONNECTION_RESET" not in c]


# The file arrives, and the page never learns of it.
FIRST_ANSWER_IS_LOST = """
  const listen = XMLHttpRequest.prototype.addEventListener;
  let lost = false;
  XMLHttpRequest.prototype.addEventListener = function (kind, act) {
    listen.call(this, kind, kind !== "load" ? act : (event) => {
      if (lost) return act(event);
      lost = true;
      this.dispatchEvent(new ProgressEvent("error"));
    });
  };
"""


def test_an_answer_that_was_lost_is_asked_for_again_and_nothing_is_there_twice(
    draft: Encounter, clinician: Any, open_as: OPEN, files: list[Path]
) -> None:
    page = open_as(clinician)
    page.add_init_script(FIRST_ANSWER_IS_LOST)
    page.goto(page_of(draft))
    page.locator("#id_upload").set_input_files(files[:1])
    summary(page).to_have_text(re.compile("0 of 1 added, 1 to try again"))
    assert names(draft) == [files[0].name]
    page.get_by_role("button", name="Try again").click()
    summary(page).to_have_text("1 of 1 added. ")
    assert names(draft) == [files[0].name]
