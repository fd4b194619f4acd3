"""Every address × every role × strangers, looking and acting, against the one permission table."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve, reverse
from django.utils import timezone

from claims.models import (
    Appeal,
    Authorization,
    BulkRun,
    Claim,
    ClaimNote,
    CodeMapping,
    Dispatch,
    Evidence,
    FilingProof,
    FullExport,
    Import,
    OwnRule,
    PatientCopy,
    PatientPayment,
    Predetermination,
    ReasonCode,
    RecheckRun,
    SavedView,
    SelfPayRestriction,
    Submission,
    Transmission,
    WriteOff,
)
from claims.services import bulk, imports, saved_views, work
from claims.services.appeals import open_appeal
from claims.services.coverage import save_authorization
from claims.services.full_exports import begin as begin_export
from claims.services.plans import restrict
from claims.services.rechecks import begin
from claims.services.rules import save_rule
from claims.services.submissions import prove
from claims.services.visit_shelf import lay_down
from documentation.kernel.permissions import GRANTS, Role
from documentation.models import (
    AmendmentRequest,
    AuditEvent,
    Encounter,
    HeldUpload,
    LegalHold,
    Logo,
    Merge,
    PhoneLink,
    Phrase,
    User,
)
from documentation.services import amendments, images, merges, phones
from documentation.views.addresses import Address, addresses
from documentation.views.once import new_key
from tests import factories as f
from tests.claims import papers
from tests.dicoms import dicom, gradient

ADDRESSES = addresses()
METHODS = ("get", "post")
GUARDED = [a for a in ADDRESSES if not (a.is_open or a.is_by_phone)]


def test_every_address_says_who_may_open_it() -> None:
    """A view without `@requires` is closed to all; here it is a mistake that is named."""
    assert [a.route for a in ADDRESSES if not a.is_guarded] == []
    assert [a.route for a in ADDRESSES if not a.name] == []
    assert len(ADDRESSES) > 40


def test_no_name_leads_to_two_addresses() -> None:
    """Of two addresses with one name a link would lead to the later."""
    assert sorted(name for name, times in Counter(a.name for a in ADDRESSES).items() if times > 1) == []


def test_the_addresses_without_log_in_are_these() -> None:
    """Whoever opens another door to strangers says so here, too."""
    expected = {
        "account_login",
        "account_logout",
        "account_inactive",
        "mfa_authenticate",
        "mfa_login_webauthn",  # a passkey, in the place of name and password
        "invitation",  # where a one-time link leads; its secret stands behind the '#'
        "invitation_open",  # exchanges that secret for the next page, in this session
        "invitation_password",  # the person of the link chooses a password
        "invitation_first",  # the same for the first administrator, while nobody has an account
        "packet_verify",
        "deadline_feed",  # the secret of one person's link opens it; it holds nothing of a patient
        "phone",  # says how to connect; to a phone with an open link, how to add pictures
        "phone_open",  # exchanges a token that a signed-in person was shown for the cookie of one phone
    }
    assert {a.name for a in ADDRESSES if a.is_open} <= expected | {"alive"}


def test_the_addresses_that_a_phone_opens_are_these() -> None:
    """They need the secret of a phone that was bound to one draft, and each carries the guard that asks for it."""
    found = {a.name: resolve(a.route).func for a in ADDRESSES if a.is_by_phone}
    assert set(found) == {"phone_add", "phone_end"}
    assert all(getattr(view, "by_phone", False) for view in found.values())


def test_every_permission_that_guards_an_address_belongs_to_somebody() -> None:
    granted = frozenset().union(*GRANTS.values())
    assert {a.permission for a in ADDRESSES if a.permission} <= granted


# --- Rows to fill the addresses with ------------------------------------------------------------------------------


@dataclass
class World:
    """One of each thing, of two patients, and one user for each role."""

    people: dict[Role, User]
    draft: Encounter
    claim: Claim
    packet: Any
    authorization: Authorization
    submission: Submission
    appeal: Appeal
    phrase: Phrase
    held: HeldUpload
    restriction: SelfPayRestriction
    proof: FilingProof
    mapping: CodeMapping
    run: RecheckRun
    rule: OwnRule
    evidence: Evidence
    reason: ReasonCode
    write_off: WriteOff
    payment: PatientPayment
    dispatch: Dispatch
    asking: Predetermination
    note: ClaimNote
    view: SavedView
    bulk: BulkRun
    brought: Import
    export: FullExport
    copy: PatientCopy
    amendment: AmendmentRequest
    hold: LegalHold
    merge: Merge
    logo: Logo

    def fill(self, address: Address) -> str:
        """The address with the numbers of sample rows."""
        return self.filled(address, {})

    def filled(self, address: Address, instead: dict[str, Any]) -> str:
        path = address.route
        for name, converter in address.converters.items():
            value = instead.get(name)
            if value is None:
                value = str(converter.to_url(self.sample(address, name)))
            start = path.index("<")
            path = path[:start] + value + path[path.index(">") + 1 :]
        return path

    def sample(self, address: Address, name: str) -> Any:
        """A value for one parameter. A new kind of address needs its line here."""
        kind = address.route.split("<")[1].split(":")[0] if "<" in address.route else ""
        head = address.route.strip("/").split("/")[0]
        encounter = self.draft if head == "encounters" else self.claim.encounter
        samples = {
            "image": lambda: encounter.images.first().pk,
            "held": lambda: self.held.pk,
            "variant": lambda: "thumbnail",
            "key": lambda: "justification",
            "number": lambda: 1,
            "position": lambda: 1,
            "channel": lambda: "dentrix_ascend",
            "limit": lambda: "max_files",
            "regime": lambda: "erisa",
            "level": lambda: 1,
            "lag": lambda: "fax",
            "eye": lambda: "fax",
            "way": lambda: "appeal",
            "kind": lambda: "label",
            "out": lambda: "portal",
            "question": lambda: "covers_d0371",
            "token": lambda: "x" * 32,  # a draft of an EOB that nobody has
            "figure": lambda: "initial_denial",
            "form": lambda: "csv",
            "code": lambda: self.packet.verification_code,
            "rule": lambda: "COD-111",
            ("pk", "patient"): lambda: self.draft.patient_id,
            ("pk", "encounter"): lambda: encounter.pk,
            ("pk", "claim"): lambda: self.claim.pk,
            ("pk", "packet"): lambda: self.packet.pk,
            ("pk", "payers"): lambda: self.claim.coverage.payer_id,
            ("pk", "coverages"): lambda: self.claim.coverage_id,
            ("pk", "authorizations"): lambda: self.authorization.pk,
            ("pk", "submissions"): lambda: self.submission.pk,
            ("pk", "denials"): lambda: self.appeal.denial_id,
            ("pk", "appeals"): lambda: self.appeal.pk,
            ("pk", "remittances"): lambda: self.appeal.denial.answer.remittance_id,
            ("pk", "phrases"): lambda: self.phrase.pk,
            ("pk", "people"): lambda: self.people[Role.BILLER].pk,
            "act": lambda: "unlock",
            ("pk", "accounts"): lambda: 1,  # a key of one's own: none of these people has one
            ("pk", "codes"): lambda: (self.reason if "reasons" in address.route else self.mapping).pk,
            ("pk", "write-offs"): lambda: self.write_off.pk,
            ("pk", "payments"): lambda: self.payment.pk,
            ("pk", "estimates"): lambda: self.claim.encounter.estimates.first().pk,
            "period": lambda: "record.state",
            ("pk", "retention"): lambda: self.hold.pk,
            ("pk", "restrictions"): lambda: self.restriction.pk,
            ("pk", "proofs"): lambda: self.proof.pk,
            ("pk", "recheck"): lambda: self.run.pk,
            ("pk", "imports"): lambda: self.brought.pk,
            ("pk", "export"): lambda: self.export.pk,
            ("pk", "copies"): lambda: self.copy.pk,
            ("pk", "amendment"): lambda: self.amendment.pk,
            "letter": lambda: self.amendment.steps.get().pk,
            "answer": lambda: "deny",
            "told": lambda: "withdraw",
            ("pk", "rules"): lambda: self.rule.pk,
            ("pk", "evidence"): lambda: self.evidence.pk,
            ("pk", "visit-documents"): lambda: self.claim.encounter.documents.get().pk,
            "item": lambda: "literature",
            ("pk", "outbox"): lambda: self.dispatch.pk,
            ("pk", "predeterminations"): lambda: self.asking.pk,
            ("pk", "notes"): lambda: self.note.pk,
            ("pk", "practice"): lambda: (
                self.logo.pk
                if "letterhead" in address.route
                else encounter.location_id
                if "locations" in address.route
                else encounter.clinician_id
            ),
            ("pk", "notices"): lambda: 1,  # of one's own: nobody was told anything
            "step": lambda: "phrases",
            "other": lambda: self.claim.encounter.patient_id,
            ("pk", "merges"): lambda: self.merge.pk,
            ("pk", "worklist"): lambda: (self.view if "views" in address.route else self.bulk).pk,
        }
        found = samples.get(name) or samples.get((name, kind)) or samples.get((name, head))
        assert found, f"no sample for <{name}> of {address.route}: add a line to World.sample"
        return found()


@pytest.fixture(scope="module")
def made_once(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Rows for all tests of this file, because a packet takes its time; at the end they are taken back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield _world()
        transaction.set_rollback(True)


@pytest.fixture
def world(made_once: World, db: None) -> World:
    return made_once


def _world() -> World:
    f.organization()
    people = f.one_of_each()
    biller, clinician = people[Role.BILLER], people[Role.CLINICIAN].clinician
    draft = f.drafted(treating=clinician)
    claim = f.claim_at(preparation="ready", by=biller, encounter=f.signed_encounter(treating=clinician))
    packet = f.sealed_packet(by=biller, claim=claim)
    values = {"kind": "prior_authorization", "status": "requested"}
    authorization = save_authorization(claim.coverage, None, values, by=biller, at=f.AT)
    submission = f.submission(by=biller, claim=claim)
    appeal = open_appeal(f.denial(by=biller, claim=claim), by=biller, at=f.AT)
    of_visit = {"kind": "referral", "title": "Referral", "dated_on": f.SERVICE_DATE}
    lay_down(claim.encounter, of_visit, papers.scanned(words="Referral"), by=biller, at=f.AT)
    phrase = Phrase.objects.create(field="plan.statement", title="Review", body="Review in [weeks] weeks.")
    film = dicom(np.stack([gradient(), gradient()[::-1]]))
    (taken,) = images.take_in(draft, [images.Upload("film.dcm", film)], by=clinician.user, at=f.AT)
    assert taken.held
    wish = {"asked_on": f.TODAY, "reason": "Private.", "paid_in_full": True}
    restriction = restrict(f.planned_visit(treating=clinician), wish, by=biller, at=f.AT)
    arrived = {"kind": "999", "received_on": f.TODAY, "reference": "R1"}
    proof = prove(submission, arrived, by=biller, at=f.AT)
    return World(
        people,
        draft,
        claim,
        packet,
        authorization,
        submission,
        appeal,
        phrase,
        taken.held,
        restriction,
        proof,
        f.code_mapping(by=biller),
        begin("The playbook", by=people[Role.MANAGER], at=f.AT),
        save_rule(None, {"title": "A", "message": "B.", "fix": "C.", **RULE}, by=people[Role.MANAGER], at=f.AT),
        f.evidence(claim=claim, by=biller),
        f.own_code(by=biller),
        WriteOff.objects.create(
            claim=claim, amount=850, reason="Late.", limit=100, requested_at=f.AT, requested_by=biller
        ),
        PatientPayment.objects.create(
            claim=claim, kind="payment", amount=5, paid_on=f.TODAY, method="card", recorded_at=f.AT, recorded_by=biller
        ),
        (dispatch := _waiting(packet, biller)),
        Predetermination.objects.create(
            encounter=draft, coverage=claim.coverage, authorization=authorization, transmission=dispatch.transmission,
            asked_at=f.AT, asked_by=biller,
        ),
        work.write_note(claim, "Called.", by=biller, at=f.AT),
        saved_views.keep("Denied", {"queue": "denied"}, is_shared=True, by=biller, at=f.AT),
        bulk.look("note", [claim.pk], {"text": "Look."}, back="", by=biller, at=f.AT),
        imports.take_in("payers", "payers.csv", b"Name,Payer ID\nOther Plan,77001", by=people[Role.MANAGER], at=f.AT),
        begin_export("We move.", by=people[Role.ADMINISTRATOR], at=f.AT),
        PatientCopy.objects.create(
            patient=claim.encounter.patient, asked_on=f.TODAY, asked_by="patient", given_to="Alex Doe", way="hand",
            file=packet.zip, given_at=f.AT, given_by=biller,
        ),
        _extended(claim.encounter, people[Role.MANAGER]),
        LegalHold.objects.create(
            patient=restriction.encounter.patient, reason="A claim.", asked_by="Our insurer", from_on=f.TODAY,
            placed_at=f.AT, placed_by=people[Role.MANAGER],
        ),
        merges.merge(f.patient(), f.patient(), seen=(1, 1), by=people[Role.MANAGER], at=f.AT, today=f.TODAY),
        Logo.objects.create(picture=packet.pdf, width=600, height=200, added_at=f.AT, added_by=biller),
    )  # fmt: skip


def _extended(encounter: Encounter, by: User) -> AmendmentRequest:
    """A request to amend that waits for its answer, with a letter."""
    asked = {"received_on": f.TODAY, "way": "mail", "encounter": encounter, "wanted": "The side.", "words": ""}
    row = amendments.take_in(encounter.patient, asked, by=by, at=f.AT, today=f.TODAY)
    later = {"said_on": f.TODAY, "said": "Away.", "until": f.TODAY + timedelta(days=80)}
    amendments.extend(row, later, by=by, at=f.AT, today=f.TODAY)
    return row


def _waiting(packet: Any, by: User) -> Dispatch:
    written = Transmission.objects.create(
        kind="837D", interchange=1, first_set=1, file=packet.pdf, written_at=f.AT, written_by=by
    )
    return Dispatch.objects.create(way="folder", transmission=written, planned_at=f.AT, planned_by=by)


RULE = {"field": "lines.code", "cause": "coding"}


def client_of(user: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client


@contextmanager
def undone() -> Iterator[None]:
    """What a request changes is taken back before the next."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def ask(client: Client, method: str, path: str) -> HttpResponse:
    data = {"once": new_key()} if method == "post" else {}
    return getattr(client, method)(path, data)


def told(response: HttpResponse) -> str:
    """The status, and for a page that broke what broke it."""
    broke = getattr(response, "exc_info", None)
    return f"{response.status_code} {broke[1]!r}" if broke else str(response.status_code)


def denials(user: User) -> int:
    return AuditEvent.objects.filter(action="access.denied", by=user).count()


# --- The matrix ---------------------------------------------------------------------------------------------------


def test_what_strangers_may_open_opens(world: World) -> None:
    wrong, client = [], client_of(None)
    for address in (a for a in ADDRESSES if a.is_open):
        for method in METHODS:
            with undone():
                status = ask(client, method, world.fill(address)).status_code
            if status >= 500 or status == 403:
                wrong.append(f"{method} {address.route}: {status}")
    assert wrong == []


@pytest.mark.parametrize("role", [None, *Role])
def test_no_log_in_opens_the_addresses_of_a_phone(world: World, role: Role | None) -> None:
    """Neither strangers nor any role, not even whoever showed the code; the link of another phone neither."""
    client, before = client_of(world.people[role] if role else None), world.draft.images.count()
    _, token = phones.create(world.draft, by=world.people[Role.CLINICIAN], at=timezone.now())
    phones.open_once(token, at=timezone.now())
    client.cookies[settings.PHONE_COOKIE_NAME] = token
    for address in (a for a in ADDRESSES if a.is_by_phone):
        for method in METHODS:
            with undone():
                response = ask(client, method, address.route)
            assert response.status_code == 410, f"{method} {address.route}"
            assert "no link is open on this phone" in response.content.decode().lower()
    assert world.draft.images.count() == before
    assert PhoneLink.objects.get(encounter=world.draft).ended_at is None


def test_a_user_without_a_role_opens_only_the_own_account(world: World) -> None:
    user = f.user(role="")
    client = client_of(user)
    opened = []
    for address in GUARDED:
        with undone():
            if ask(client, "get", world.fill(address)).status_code != 403:
                opened.append(address)
    assert [a.route for a in opened if not a.is_own] == []


def test_a_closed_account_is_a_stranger(world: World) -> None:
    user = world.people[Role.MANAGER]
    client = client_of(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    response = client.get(reverse("home"))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse(settings.LOGIN_URL))


def test_a_denial_is_on_record_with_who_and_where(world: World) -> None:
    administrator = world.people[Role.ADMINISTRATOR]
    client_of(administrator).get(reverse("encounter", args=[world.draft.pk]))
    event = AuditEvent.objects.last()
    assert (event.action, event.by, event.subject) == ("access.denied", administrator, world.draft.number)
    assert (event.patient, event.detail) == (world.draft.patient, '{"method":"GET","view":"encounter"}')


def test_a_denial_within_a_page_is_on_record_once(world: World) -> None:
    """Pages open where a role may look; what it may not do there, or which file it may not have, is a denial, too."""
    assistant = world.people[Role.ASSISTANT]
    path = world.fill(next(a for a in ADDRESSES if a.name == "image_file")).replace("thumbnail", "original")
    before = denials(assistant)
    response = client_of(assistant).get(path)
    event = AuditEvent.objects.last()
    assert (response.status_code, denials(assistant) - before) == (403, 1)
    assert '"variant":"original"' in event.detail
    assert event.patient == world.draft.patient


# --- Hand-edited addresses ----------------------------------------------------------------------------------------

UNKNOWN = {
    "patient": "P999999",
    "encounter": "E999999",
    "claim": "C999999",
    "packet": "K999999",
    "amendment": "AR999999",
    "int": "999999",
    "str": "ZZZZ-ZZZZ",
    "slug": "no-such-thing",
}
ODD = {
    "patient": ("P000000", "P999999999999", "P1", "X000001", "P-00001", "P00000１"),
    "encounter": ("E000000", "E999999999999", "E1", "P000001"),
    "claim": ("C000000", "C999999999999", "C1"),
    "packet": ("K000000", "K999999999999", "K1"),
    "amendment": ("AR000000", "AR999999999999", "AR1", "A000001", "R000001"),
    "int": ("0", "-1", "1" * 30, "1e3", "９"),
    "str": ("'", "%00", "x" * 500, "ＡＢＣＤ"),
    "slug": ("'", "..", "x" * 500),
}


def kind_of(address: Address, name: str) -> str:
    start = address.route.index(f":{name}>")
    return address.route[:start].rsplit("<", 1)[1]


def whoever_opens(world: World, address: Address) -> Client:
    role = next(r for r in Role if address.opens_for(r))
    return client_of(world.people[role])


WITH_ROWS = [a for a in ADDRESSES if "<" in a.route and not a.is_open and not a.is_own]


def test_an_unknown_number_is_not_found(world: World) -> None:
    wrong = []
    for address in WITH_ROWS:
        client = whoever_opens(world, address)
        for name in address.converters:
            path = world.filled(address, {name: UNKNOWN[kind_of(address, name)]})
            with undone():
                status = ask(client, "get", path).status_code
            # 405: an address that only acts, and says so before it looks.
            if status not in (404, 405):
                wrong.append(f"{path}: {status}")
            with undone():
                status = ask(client, "post", path).status_code
            if status not in (404, 405):
                wrong.append(f"post {path}: {status}")
    assert wrong == []


def test_no_number_however_odd_breaks_a_page(world: World) -> None:
    wrong = []
    for address in (a for a in ADDRESSES if "<" in a.route):
        client = whoever_opens(world, address)
        for name in address.converters:
            for odd in ODD[kind_of(address, name)]:
                path = world.filled(address, {name: odd if odd.startswith("%") else quote(odd)})
                with undone():
                    status = ask(client, "get", path).status_code
                if status >= 500 or (status == 200 and address.name != "packet_verify"):
                    wrong.append(f"{path}: {status}")
    assert wrong == []


def test_a_picture_is_found_only_in_its_own_record(world: World) -> None:
    """The number of somebody else's picture under a record that one may open is not found."""
    theirs, wrong = world.claim.encounter.images.first().pk, []
    for address in (a for a in ADDRESSES if "image" in a.converters):
        client = whoever_opens(world, address)
        for method in METHODS:
            with undone():
                status = ask(client, method, world.filled(address, {"image": str(theirs)})).status_code
            if status not in (404, 405):
                wrong.append(f"{method} {address.route}: {status}")
    assert wrong == []


ODD_WORDS = {
    "q": "\x00",
    "page": "-1",
    "sort": "'",
    "status": "no",
    "queue": "no",
    "back": "//elsewhere.example",
    "seen": "9" * 40,
}


def test_no_odd_words_behind_an_address_or_in_a_form_break_a_page(world: World) -> None:
    wrong = []
    for address in GUARDED:
        client, path = whoever_opens(world, address), world.fill(address)
        for method in METHODS:
            data = ODD_WORDS | ({"once": new_key()} if method == "post" else {})
            with undone():
                response = getattr(client, method)(path, data)
            if response.status_code >= 500:
                wrong.append(f"{method} {address.route}: {told(response)}")
            if "elsewhere.example" in response.get("Location", "").split("?")[0]:
                wrong.append(f"{method} {address.route}: leads to {response['Location']}")
    assert wrong == []


def test_every_address_leads_to_its_own_view(world: World) -> None:
    """No pattern stands in the shadow of an earlier one."""
    shadowed = []
    for address in ADDRESSES:
        match = resolve(world.fill(address))
        if match.url_name != address.name:
            shadowed.append(f"{address.route} ({address.name}) is answered by {match.url_name}")
    assert shadowed == []
