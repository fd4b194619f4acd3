"""Every address × every method × every role and strangers, against the file `access.json` beside this test.

The file is written by people: it says for each address which methods it answers and who may open it. An address that is
missing there, or answers otherwise, fails. Whoever acts here is a colleague: none of the rows is their own work. `own`
names the roles that may act on their own row there, and are refused at a colleague's.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse

from documentation.kernel.permissions import Role
from documentation.models import AuditEvent
from tests import assurance
from tests.architecture.test_every_url_is_guarded import (
    ADDRESSES,
    World,
    client_of,
    made_once,  # noqa: F401  the fixture
    told,
    undone,
    world,  # noqa: F401  the fixture
)
from tests.architecture.test_headers import faults
from tests.architecture.walks import METHODS, TABLE, Walk, ask, may, walk_of
from tests.dumps import difference, dump

STRANGERS = "strangers"
PHONE = "a phone"


@pytest.fixture(scope="module", params=Role)
def walked_once(request: pytest.FixtureRequest, made_once: World, django_db_blocker: Any) -> Walk:  # noqa: F811
    """One walk of each role, for all tests that look at its answers."""
    with django_db_blocker.unblock(), undone():
        return walk_of(made_once, request.param)


@pytest.fixture
def walk(walked_once: Walk, db: None) -> Walk:
    return walked_once


def test_the_file_names_every_address_and_no_other() -> None:
    assert sorted(TABLE) == sorted(a.name for a in ADDRESSES)
    assert [name for name, row in TABLE.items() if not (row["methods"] and row["who"])] == []


def test_the_file_says_what_the_permission_table_says() -> None:
    """A permission that is given to one more role is a change of this file, too, which somebody reads."""
    wrong = []
    for address in ADDRESSES:
        who = [STRANGERS] if address.is_open else [PHONE] if address.is_by_phone else []
        who += [r.value for r in Role if address.opens_for(r) and not address.is_by_phone]
        if TABLE[address.name]["who"] != who:
            wrong.append(f"{address.name}: {who}")
    assert wrong == []


def test_a_role_opens_what_the_file_says_by_the_methods_that_it_says(walk: Walk) -> None:
    assert walk.wrong == []
    # Not one row of the database is another one, and each denial is on record once, with what was asked and by whom.
    assert walk.changed == []
    assert walk.on_record == walk.denied
    assurance.record("requests by address, role and method", walk.tried)


def test_every_answer_to_every_role_carries_its_headers(walk: Walk) -> None:
    assert walk.unsafe == []
    if walk.role is Role.MANAGER:  # who opens all kinds of answers
        assert {"text/html", "files", "ways onward", "refusals"} <= set(walk.kinds)
    assurance.record("answers whose headers were read", sum(walk.kinds.values()))


def test_no_link_and_no_form_leads_a_role_where_it_may_not_go(walk: Walk) -> None:
    by_name = {a.name: a for a in ADDRESSES}
    closed = {n: sorted(by) for n, by in walk.linked.items() if n in by_name and not may(by_name[n], walk.role)}
    assert closed == {}
    assert {a.name for a in ADDRESSES if may(a, walk.role) and "get" in TABLE[a.name]["methods"]} <= walk.looked_at
    assurance.record("pages whose links were followed", len(walk.pages))


UNLINKED = {
    "account_inactive": "where somebody whose account was shut is led",
    "bulk_page": "where handing in a choice of several claims leads",
    "claim_hold": "a step of a claim that is being prepared, offered as the table of steps says",
    "deadline_feed": "calendar programs ask for it, by the secret of one person's link",
    "hand_out": "a card of the dashboard, while there are denials that are nobody's",
    "image_outcome": "where a page that takes pictures without a script leads",
    "invitation": "a link that an administrator hands over",
    "invitation_first": "where the link leads that a start prints while nobody has an account",
    "invitation_password": "where that link leads",
    "mfa_edit_webauthn": "beside a passkey, where somebody has one",
    "mfa_login_webauthn": "what the script of the log-in asks",
    "mfa_reauthenticate": "where somebody with a second factor is asked again",
    "mfa_reauthenticate_webauthn": "where somebody with a passkey is asked again",
    "mfa_remove_webauthn": "beside a passkey, where somebody has one",
    "overrides_table": "taken along from a list, where it has rows",
    "phone": "in the code that a phone scans",
    "retention_ended_table": "taken along from a list, where it has rows",
    "taken_along": "where a list leads once the password was given again",
}
"""Pages that a role may open and no page of this walk leads to, and no template names: each with what does."""
TEMPLATES = "".join(p.read_text(encoding="utf-8") for p in (settings.BASE_DIR / "templates").rglob("*.html"))


def test_no_page_is_open_and_unlinked_without_a_reason(walk: Walk) -> None:
    """Every page is linked from a page of this role, from a template that shows the link for rows in another state, or
    stands above.
    """
    open_ = {a.name for a in ADDRESSES if may(a, walk.role) and "get" in TABLE[a.name]["methods"]}
    named = {name for name in open_ if re.search(rf"{{% url ['\"]{name}['\"]", TEMPLATES)}
    assert sorted(open_ - set(walk.linked) - named - set(UNLINKED)) == []
    assert sorted(set(UNLINKED) & named) == []  # what a template names needs no reason
    assert set(UNLINKED) <= set(TABLE)


def test_strangers_open_what_the_file_says_and_no_more(world: World) -> None:  # noqa: F811
    client, wrong, checked = client_of(None), [], 0
    login = reverse(settings.LOGIN_URL)
    before, events = dump(), AuditEvent.objects.count()
    for address in ADDRESSES:
        path, methods = world.fill(address), TABLE[address.name]["methods"]
        for method in METHODS:
            checked += 1
            if may(address, STRANGERS):
                with undone():
                    response = ask(client, method, path)
                sound = response.status_code < 500 and (response.status_code == 405) == (method not in methods)
            else:
                response = ask(client, method, path)
                if may(address, PHONE):
                    sound = response.status_code == (410 if method in ("get", "post", "head") else 405)
                else:
                    sound = response.status_code == 302 and response["Location"].startswith(f"{login}?next=")
            if not sound:
                wrong.append(f"{method} {address.route}: {told(response)}")
            wrong += [f"{method} {address.route}: {fault}" for fault in faults(response)]
    assert wrong == []
    assert difference(before, dump()) == []
    assert AuditEvent.objects.count() == events  # whoever has no password fills no trail
    assurance.record("requests by address, role and method", checked)
    assurance.record("answers whose headers were read", checked)


def test_a_row_that_a_request_changed_would_be_seen(world: World) -> None:  # noqa: F811
    """The comparison above can fail, and says where."""
    before = dump()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE documentation_patient SET phone = '2025550199'")
    assert [line.split(":")[0] for line in difference(before, dump())] == ["documentation_patient"]
