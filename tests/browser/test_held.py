"""A film of a scope that was told another patient waits and gets its reason; two of its pictures come in."""

from __future__ import annotations

from typing import Any

import numpy as np
from playwright.sync_api import expect

from documentation.kernel.permissions import Role
from documentation.models import EncounterImage, HeldUpload
from tests import factories
from tests.dicoms import dicom, gradient

REASON = "The tower still showed the patient before."


def test_of_a_film_of_somebody_else_two_pictures_come_in_for_a_reason(open_as: Any, people: Any) -> None:
    encounter = factories.drafted(treating=people[Role.CLINICIAN].clinician, with_images=False)
    frames = np.stack([gradient(), gradient()[::-1], gradient()[:, ::-1]])
    film = dicom(frames, PatientName="Roe^Robin")
    page = open_as(people[Role.CLINICIAN])
    page.goto(f"/encounters/{encounter.number}/images/")

    page.get_by_label("Drop images here").set_input_files(
        {"name": "film.dcm", "mimeType": "application/dicom", "buffer": film}
    )
    page.get_by_role("link", name="Decide about film.dcm").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Does this file belong here?")
    expect(page.get_by_role("row", name="Name")).to_contain_text("Robin Roe")
    page.get_by_label("Picture 1").check()
    page.get_by_label("Picture 3").check()
    page.get_by_role("button", name="Add the chosen pictures").click()
    expect(page.get_by_role("alert")).to_contain_text("Say in a few words")
    expect(page.get_by_label("Picture 3")).to_be_checked()

    page.get_by_label("Why does it belong in this record?").fill(REASON)
    page.get_by_role("button", name="Add the chosen pictures").click()
    expect(page.get_by_text("2 images added.")).to_be_visible()
    expect(page.get_by_text(REASON).first).to_be_visible()
    assert list(EncounterImage.objects.values_list("frame", "differs_reason")) == [(1, REASON), (3, REASON)]
    assert not HeldUpload.objects.exists()
