"""Every form sent twice acts once: by the key that it carries, or because doing it again finds it done.

Forms with a key are sent twice wherever a test presses them: `tests/twice.py`.
"""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from PIL import Image

from claims.services import bulk, full_exports, imports, rechecks
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, Encounter, User
from documentation.services import filling, phones
from tests import factories as f
from tests.architecture.test_access_matrix import ADDRESSES, TABLE
from tests.documentation.views.test_sections import as_shown
from tests.dumps import difference, dump
from tests.twice import rewind, written

LOOKS = {
    "claim_list", "claim_stock", "claims_send", "channel_list", "channel_page", "code_tables", "deadline_feed",
    "encounter_ductmap", "encounter_presence", "find", "image_camera", "own_rule_build", "packet_verify",
    "passkey_challenge", "patient_alike", "patient_list", "payer_list", "payer_page", "session_left",
}  # fmt: skip
"""Ask, show or try, and change no row; or only who has a page open, and what a session knows."""
LOG_IN = {
    "account_login", "account_logout", "account_reauthenticate", "account_change_password", "invitation_first",
    "invitation_open", "invitation_password", "mfa_activate_totp", "mfa_add_webauthn", "mfa_authenticate",
    "mfa_deactivate_totp", "mfa_edit_webauthn", "mfa_login_webauthn", "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn", "mfa_recovery_codes", "mfa_remove_webauthn", "phone_open", "session_end",
    "usersessions_list",
}  # fmt: skip
"""Of the own log-in, or a link that works once: the second finds another session, or nothing that it fits. Recovery
codes are made anew, for they are shown once: those of the last page are good."""
KEY_INSIDE = {"image_add"}
"""The form is measured first, and then the key is asked for."""


def views(patterns: list[Any]) -> dict[str, Any]:
    """Every view by the name of its address; of two with one address the first answers."""
    found: dict[str, Any] = {}
    for entry in patterns:
        inner = views(entry.url_patterns) if hasattr(entry, "url_patterns") else {entry.name: entry.callback}
        found = inner | found
    return found


def has_key(view: Any) -> bool:
    while view is not None and not getattr(view, "acts_once", False):
        view = getattr(view, "__wrapped__", None)
    return view is not None


def test_every_form_has_a_key_or_does_its_work_only_once() -> None:
    posting, view = (
        {a.name for a in ADDRESSES if "post" in TABLE[a.name]["methods"]},
        views(get_resolver().url_patterns),
    )
    without = {name for name in posting if not has_key(view[name])}
    assert without == LOOKS | LOG_IN | KEY_INSIDE | set(DONE_AGAIN)
    assert len(posting - without) > 100


# --- Forms without a key ------------------------------------------------------------------------------------------

Form = tuple[Client, str, dict[str, Any]]


def browser(user: User | None) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def section(draft: Encounter) -> Form:
    return (
        browser(draft.clinician.user),
        f"/encounters/{draft}/plan/",
        as_shown(draft, "plan") | {"statement": "Other."},
    )


def confirming(draft: Encounter) -> Form:
    fresh = f.drafted(besides=tuple(f.sections()), with_images=False, treating=draft.clinician)
    filling.fill_normal_study(fresh, by=fresh.clinician.user, at=f.AT, gland="parotid", side="L")
    client, url = browser(fresh.clinician.user), f"/encounters/{fresh}/confirm/"
    seen = re.findall(r'name="seen" value="([^"]+)"', client.get(url).content.decode())
    return client, url, {"confirm": "findings", "seen": list(map(html.unescape, seen))}


def image(draft: Encounter, what: str) -> str:
    return f"/encounters/{draft}/images/{draft.images.first().pk}/{what}/"  # type: ignore[attr-defined]


def describing(draft: Encounter) -> Form:
    row = draft.images.first()  # type: ignore[attr-defined]
    said = {f"image-{row.pk}-caption": "Other words", f"image-{row.pk}-kind": row.kind}
    return browser(draft.clinician.user), image(draft, "describe"), {"seen": row.revision, **said}


def drawing(draft: Encounter) -> Form:
    arrow = {"key": "m9", "kind": "arrow", "x1": 1000, "y1": 1000, "x2": 4000, "y2": 4000, "label": "", "ink": "blue"}
    return browser(draft.clinician.user), image(draft, "annotate"), {"seen": "0", "marks": json.dumps([arrow])}


def phone(draft: Encounter) -> Client:
    _, token = phones.create(draft, by=draft.clinician.user, at=timezone.now())  # type: ignore[arg-type]
    _, secret = phones.open_once(token, at=timezone.now())
    return Client(headers={"Cookie": f"{settings.PHONE_COOKIE_NAME}={secret}"})


def ending_at_the_desk(draft: Encounter) -> Form:
    phone(draft)
    return browser(draft.clinician.user), f"/encounters/{draft}/images/phone/end/", {}


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "white").save(out, "PNG")
    return out.getvalue()


def a_picture(draft: Encounter) -> Form:
    return phone(draft), "/phone/add/", {"images": SimpleUploadedFile("new.png", png(), "image/png")}


def checking_again(draft: Encounter) -> Form:
    f.claim_at(preparation="ready")
    manager = f.user(role=Role.MANAGER)
    return browser(manager), f"/recheck/{rechecks.begin('The playbook', by=manager, at=f.AT).pk}/go-on/", {}


def going_on_with_many(draft: Encounter) -> Form:
    biller = f.user()
    run = bulk.look("note", [f.claim_at().pk], {"text": "Look."}, back="", by=biller, at=f.AT)
    bulk.begin(run, by=biller, at=f.AT)
    return browser(biller), f"/worklist/acts/{run.pk}/on/", {}


def bringing_in(draft: Encounter) -> Form:
    manager = f.user(role=Role.MANAGER)
    row = imports.take_in("payers", "payers.csv", b"Name,Payer ID\nOther Plan,77001", by=manager, at=f.AT)
    imports.match(row, {"name": 0, "payer_id": 1}, by=manager, at=f.AT)
    imports.begin(row, by=manager, at=f.AT)
    return browser(manager), f"/imports/{row.pk}/go-on/", {}


def exporting(draft: Encounter) -> Form:
    administrator = f.user(role=Role.ADMINISTRATOR)
    row = full_exports.begin("We move.", by=administrator, at=f.AT)
    client = browser(administrator)
    client.post(f"/export/{row.pk}/go-on/")  # the tables; the next two of them write the rest and then nothing
    return client, f"/export/{row.pk}/go-on/", {}


DONE_AGAIN: dict[str, Callable[[Encounter], Form]] = {
    "bulk_go_on": going_on_with_many,
    "encounter_confirm": confirming,
    "encounter_section": section,
    "full_export_go_on": exporting,
    "image_annotate": drawing,
    "image_describe": describing,
    "import_go_on": bringing_in,
    "phone_add": a_picture,
    "phone_end": lambda draft: (phone(draft), "/phone/end/", {}),
    "phone_link_end": ending_at_the_desk,
    "recheck_go_on": checking_again,
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", DONE_AGAIN)
def test_a_form_without_a_key_finds_its_work_done(name: str) -> None:
    client, url, data = DONE_AGAIN[name](f.drafted())
    before = dump()
    first = client.post(url, data)
    once, told = dump(), AuditEvent.objects.count()
    assert difference(before, once), f"{name} did nothing: {first.status_code}"
    rewind(data.values())
    again = client.post(url, data)
    assert difference(once, dump()) == []
    assert AuditEvent.objects.count() == told
    assert again.status_code in (first.status_code, 410), "the way onward once more, or that the link has ended"


@pytest.mark.django_db
def test_what_a_second_click_writes_is_seen() -> None:
    """What looks on while every form is sent twice can tell."""
    with written() as tables:
        f.organization()
    assert tables == {"documentation_organization"}
