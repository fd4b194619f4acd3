"""Every state of a record, a claim and an appeal × every verb × every role, against the file `states.json` beside this.

The file says which cells are open. Every other one answers 403, 409 or 422 with the reason, and no row changes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.test import Client

from claims.models import Claim
from claims.services import letters
from claims.services.appeals import open_appeal
from claims.services.submissions import accept, send_appeal
from documentation.kernel.permissions import Role
from documentation.models import Encounter, User
from documentation.services import encounters, signing, versions
from documentation.views.once import new_key
from tests import assurance
from tests import factories as f
from tests.architecture.test_every_url_is_guarded import undone
from tests.claims import papers
from tests.documentation.views.test_sections import as_shown
from tests.dumps import difference, dump
from tests.twice import DoubleClicking

PASSWORD = "the door of this test is open"
OPEN: dict[str, dict[str, dict[str, list[str]]]] = json.loads((Path(__file__).parent / "states.json").read_text())
"""By object, verb and state: the roles whose request does it. A state that is not named has none."""

PROVEN = {
    "channel": "portal",
    "sent_on": f"{f.TODAY}",
    "control_number": "",
    "proof": "receipt",
    "proof_reference": "R-8812",
    "no_proof_reason": "",
}
VERBS: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {
    "encounter": {
        "start": ("/encounters/{n}/step/", {"transition": "start"}),
        "cancel": ("/encounters/{n}/step/", {"transition": "cancel"}),
        "plan again": ("/encounters/{n}/step/", {"transition": "reopen"}),
        "abandon": ("/encounters/{n}/step/", {"transition": "abandon"}),
        "resume": ("/encounters/{n}/step/", {"transition": "resume"}),
        "write": ("/encounters/{n}/plan/", {"statement": "Other words."}),
        "sign": ("/encounters/{n}/sign/", {"password": PASSWORD, "seen": "{seen}"}),
        "unlock": (
            "/encounters/{n}/unlock/",
            {"reason": "The side was wrong.", "password": PASSWORD, "seen": "{seen}"},
        ),
        "add": ("/encounters/{n}/addenda/", {"body": "The patient called.", "password": PASSWORD}),
    },
    "claim": {
        "make ready": ("/claims/{n}/step/", {"transition": "mark_ready"}),
        "back to draft": ("/claims/{n}/step/", {"transition": "back_to_draft"}),
        "hold": ("/claims/{n}/hold/", {"reason": "Somebody looks at it first."}),
        "build a packet": ("/claims/{n}/packets/", {}),
        "send": ("/claims/{n}/send/", PROVEN),
        "accept": ("/claims/{n}/accept/", {}),
        "reject": ("/claims/{n}/reject/", {"reason": "A7:562 subscriber not found"}),
        "close": ("/claims/{n}/close/", {}),
        "reopen": ("/claims/{n}/reopen/", {}),
        "void": ("/claims/{n}/void/", {"reason": "started twice"}),
    },
    "appeal": {
        "write": ("/appeals/{n}/letter/", {"letter": "Please look again at what the packet shows.", "seen": "{seen}"}),
        "seal": ("/appeals/{n}/step/", {"transition": "seal", "although": f.OVERLOOKED}),
        "edit": ("/appeals/{n}/step/", {"transition": "edit"}),
        "withdraw": ("/appeals/{n}/step/", {"transition": "withdraw"}),
        "send": ("/appeals/{n}/send/", PROVEN),
        "decide": ("/appeals/{n}/decide/", {"outcome": "upheld", "decided_on": f"{f.TODAY}", "recovered": ""}),
    },
}
"""What each verb posts, with everything that it needs where its time has come."""


def _superseded() -> Encounter:
    row = f.signed_encounter()
    by = row.clinician.user
    signing.sign(versions.unlock(row, "The side was wrong.", by=by, at=f.AT), by=by, at=f.AT)
    return row


def _cancelled() -> Encounter:
    return encounters.cancel(f.planned_visit(), by=f.user(role=Role.ASSISTANT), at=f.AT)


def _accepted() -> Claim:
    claim = f.submission().claim
    accept(claim, by=f.user(), at=f.AT)
    return claim


def _adjudicated(word: str) -> Claim:
    claim = f.submission().claim
    Claim.objects.filter(pk=claim.pk).update(adjudication=word)
    return claim


def _closing(word: str) -> Claim:
    claim = f.claim_at()
    Claim.objects.filter(pk=claim.pk).update(closing=word)
    return claim


def _appeal(upto: str = "draft") -> Any:
    by = f.user()
    appeal = open_appeal(f.denial(by=by, claim=f.submission(by=by).claim), by=by, at=f.AT)
    if upto == "draft":
        return appeal
    letters.seal(appeal, although=f.OVERLOOKED, by=by, at=f.AT)
    if upto == "sent":
        send_appeal(appeal, PROVEN | {"sent_on": f.TODAY}, by=by, at=f.AT)
    return appeal


STATES: dict[str, dict[str, Callable[[], Any]]] = {
    "encounter": {
        "planned": f.planned_visit,
        "draft": f.drafted,
        "signed": f.signed_encounter,
        "superseded": _superseded,
        "cancelled": _cancelled,
    },
    "claim": {
        "draft": f.claim_at,
        "ready": lambda: f.sealed_packet().claim,
        "sent": lambda: f.submission().claim,
        "accepted": _accepted,
        "paid": lambda: _adjudicated("paid"),
        "denied": lambda: f.denial(claim=_adjudicated("denied")).claim,
        "closed": lambda: _closing("closed"),
        "void": lambda: _closing("voided"),
    },
    "appeal": {"draft": _appeal, "sealed": lambda: _appeal("sealed"), "sent": lambda: _appeal("sent")},
}
CASES = [(kind, state) for kind, states in STATES.items() for state in states]


@pytest.fixture(autouse=True)
def _surroundings(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    papers.plain_packets(monkeypatch)
    with mock.patch("django.utils.timezone.now", return_value=f.AT):
        yield


def clients(row: Any) -> dict[str, Client]:
    """A browser of each role, in which every form that acts is sent twice; the clinician is whose record it is."""
    encounter = row if isinstance(row, Encounter) else (getattr(row, "claim", None) or row).encounter
    people = {role.value: f.user(role=role) for role in Role} | {"clinician": encounter.clinician.user}
    for user in people.values():
        user.set_password(PASSWORD)
        user.save()
    browsers = {role: DoubleClicking() for role in people}
    for role, user in people.items():
        browsers[role].force_login(User.objects.get(pk=user.pk))
    return dict(browsers)


def ask(client: Client, row: Any, path: str, data: dict[str, Any]) -> Any:
    row.refresh_from_db()
    values = {name: str(value).replace("{seen}", str(row.revision)) for name, value in data.items()}
    if path.endswith("/plan/"):
        values = as_shown(row, "plan") | values
    number = str(row.pk) if path.startswith("/appeals/") else str(row)
    return client.post(path.format(n=number), values | {"once": new_key()})


@pytest.mark.parametrize(("kind", "state"), CASES)
def test_a_verb_does_what_the_table_says_in_this_state_and_nothing_else(kind: str, state: str) -> None:
    row = STATES[kind][state]()
    browsers, wrong, refused = clients(row), [], []
    before = dump()
    for verb, (path, data) in VERBS[kind].items():
        open_to = OPEN[kind].get(verb, {}).get(state, [])
        for role, client in browsers.items():
            if role not in open_to:
                refused.append((verb, role, client))
                continue
            with undone():
                answer = ask(client, row, path, data)
                changed = difference(before, dump())
            if not (answer.status_code in (200, 302) and changed):
                wrong.append(f"{role} {verb}: {answer.status_code}, changed {changed}, should have done it")
    # What is refused is not taken back, so that one look at the end sees whatever any of it wrote.
    for verb, role, client in refused:
        answer = ask(client, row, *VERBS[kind][verb])
        if answer.status_code not in (403, 409, 422):
            wrong.append(f"{role} {verb}: {answer.status_code}, should have been refused")
        elif len(answer.content) < 200:
            wrong.append(f"{role} {verb}: refused without a word")
    assert wrong == []
    assert difference(before, dump()) == []
    assert wrong == []
    assurance.record("verbs tried by state and role", len(VERBS[kind]) * len(browsers))


def test_the_table_names_known_verbs_states_and_roles() -> None:
    for kind, verbs in OPEN.items():
        assert set(verbs) == set(VERBS[kind])
        for states in verbs.values():
            assert set(states) <= set(STATES[kind])
            assert {role for roles in states.values() for role in roles} <= {r.value for r in Role}
