"""People and their accounts, as an administrator sees them; and the other end of a link."""

from __future__ import annotations

import re
import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Role
from documentation.models import AccountLink, AccountReset, AuditEvent, RecoveryCode, User
from documentation.services import accounts, guessing, recovery, signing
from documentation.services.phones import digest
from tests import factories as f
from tests.twice import DoubleClicking

pytestmark = pytest.mark.django_db

PASSWORD = "a long password of Sam"
NEW = "four words in a row"
DANA = {"first_name": "Dana", "last_name": "Example", "username": "dana.example", "role": "biller"}


class Administrator:
    """Somebody who manages people, in a browser, with the password given again."""

    def __init__(self) -> None:
        self.user = f.user(role=Role.ADMINISTRATOR)
        self.user.set_password(PASSWORD)
        self.user.save()
        self.client = DoubleClicking()
        self.client.force_login(self.user)
        self.client.post("/accounts/reauthenticate/", {"password": PASSWORD})

    def send(self, name: str, *args: Any, **data: Any) -> Any:
        return self.client.post(reverse(name, args=args), {"once": str(uuid.uuid4()), **data})

    def act(self, user: User, act: str, **data: Any) -> Any:
        return self.send("person_act", user.pk, act, **data)


@pytest.fixture
def boss() -> Administrator:
    return Administrator()


@pytest.fixture
def sam() -> User:
    user = f.user(role=Role.BILLER)
    user.set_password(PASSWORD)
    user.save()
    return user


def token_in(page: Any) -> str:
    found = re.search(r"/accounts/invitation/#([\w-]{40,})", page.content.decode())
    assert found
    return found[1]


def choose(token: str, password: str = NEW, again: str | None = None) -> tuple[Client, Any]:
    client = Client()
    opened = client.post(reverse("invitation_open"), {"token": token})
    if opened.status_code != 302:
        return client, opened
    typed = {"password": password, "again": password if again is None else again}
    return client, client.post(reverse("invitation_password"), typed)


def events(user: User) -> list[str]:
    return list(AuditEvent.objects.filter(subject=f"user {user.pk}").order_by("seq").values_list("action", flat=True))


# --- Invitations ------------------------------------------------------------------------------------------------


def test_somebody_is_invited_chooses_a_password_and_logs_in(boss: Administrator) -> None:
    token = token_in(boss.send("person_invite", **DANA))
    dana = User.objects.get(username="dana.example")
    assert not dana.has_usable_password()
    client, answer = choose(token)
    assert answer["Location"] == reverse("account_login")
    client.post(reverse("account_login"), {"login": "dana.example", "password": NEW})
    assert client.session["_auth_user_id"] == str(dana.pk)
    assert events(dana) == ["user.invite", "user.password_chosen", "account.login"]


def test_the_link_is_shown_once_and_kept_as_a_digest(boss: Administrator) -> None:
    page = boss.send("person_invite", **DANA)
    token, dana = token_in(page), User.objects.get(username="dana.example")
    assert token not in boss.client.get(reverse("person", args=[dana.pk])).content.decode()
    kept = str([list(model.objects.values()) for model in (AccountLink, AuditEvent, User)])
    assert token not in kept
    assert token not in str([row.get_decoded() for row in Session.objects.all()])


def test_a_link_works_once(boss: Administrator) -> None:
    token = token_in(boss.send("person_invite", **DANA))
    choose(token)
    _, answer = choose(token, "somebody else would like this")
    assert answer.status_code == 409
    assert "used already" in answer.content.decode()
    assert User.objects.get(username="dana.example").check_password(NEW)


def test_a_link_is_old_after_two_days_and_one_for_a_password_after_an_hour(sam: User, boss: Administrator) -> None:
    at = timezone.now()
    _, token = accounts.invite(DANA, by=boss.user, at=at)
    other = accounts.let_choose_password(sam, "Lost it.", by=boss.user, at=at)
    for each, life in ((token, timedelta(days=2)), (other, timedelta(hours=1))):
        assert accounts.link_of(each, at=at + life - timedelta(seconds=1))
        with pytest.raises(NotPossible, match="too old"):
            accounts.link_of(each, at=at + life)


def test_a_new_invitation_ends_the_one_before(boss: Administrator) -> None:
    first = token_in(boss.send("person_invite", **DANA))
    second = token_in(boss.act(User.objects.get(username="dana.example"), "invitation"))
    assert choose(first)[1].status_code == 409
    assert choose(second)[1].status_code == 302


def test_a_link_of_a_shut_account_opens_nothing(boss: Administrator) -> None:
    token = token_in(boss.send("person_invite", **DANA))
    boss.act(User.objects.get(username="dana.example"), "deactivate")
    assert choose(token)[1].status_code == 409


def test_the_page_behind_a_link_needs_the_link(sam: User) -> None:
    assert Client().get(reverse("invitation_password")).status_code == 409
    assert choose("no such token")[1].status_code == 409
    client = Client()
    client.force_login(sam)
    answer = client.post(reverse("invitation_open"), {"token": "x"})
    assert answer.status_code == 409
    assert "Log out first" in answer.content.decode()


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("too short", "at least 12 characters"),
        ("1234567890123", "too common"),
        ("show me the duct", "Everybody can know this password"),
        ("dana.example", "too similar"),
        ("", "Choose a password"),
    ],
)
def test_a_weak_password_is_refused_in_words_and_the_link_still_works(
    boss: Administrator, password: str, said: str
) -> None:
    token = token_in(boss.send("person_invite", **DANA))
    client, answer = choose(token, password)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert client.post(reverse("invitation_password"), {"password": NEW, "again": NEW}).status_code == 302


@pytest.mark.parametrize(
    "password", ["只有中文的密码也是可以用的啊", "a" * 40 + "b" * 60, "all small letters", " blanks around it "]
)
def test_no_composition_is_asked_and_long_ones_and_any_letters_are_taken(boss: Administrator, password: str) -> None:
    token = token_in(boss.send("person_invite", **DANA))
    client, answer = choose(token, password)
    assert answer.status_code == 302
    client.post(reverse("account_login"), {"login": "dana.example", "password": password})
    assert "_auth_user_id" in client.session


def test_two_different_passwords_are_none(boss: Administrator) -> None:
    token = token_in(boss.send("person_invite", **DANA))
    _, answer = choose(token, NEW, "four words in a raw")
    assert "not the same" in answer.content.decode()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "DANA.example"}, "username"),
        ({"username": "a name"}, "username"),
        ({"username": ""}, "username"),
        ({"role": "owner"}, "role"),
        ({"first_name": "\u200b"}, "first_name"),
    ],
)
def test_an_invitation_that_cannot_be_names_its_field(boss: Administrator, change: dict[str, str], field: str) -> None:
    boss.send("person_invite", **DANA)
    before = User.objects.count()
    answer = boss.send("person_invite", **{**DANA, **change})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert User.objects.count() == before


def test_a_clinician_is_invited_as_one_who_treats(boss: Administrator) -> None:
    treats = f.clinician()
    treats.user = None
    treats.save()
    boss.send("person_invite", **{**DANA, "role": "clinician", "clinician": str(treats.pk)})
    treats.refresh_from_db()
    assert treats.user.username == "dana.example"
    answer = boss.send("person_invite", **{**DANA, "username": "other", "clinician": str(treats.pk)})
    assert answer.status_code == 422  # has an account by now


def test_the_first_administrator_is_invited_at_the_machine(capsys: Any) -> None:
    call_command("invite", "first.one")
    link = re.search(r"#([\w-]+)", capsys.readouterr().out)
    assert link
    assert choose(link[1])[1].status_code == 302
    assert User.objects.get(username="first.one").role == Role.ADMINISTRATOR
    with pytest.raises(CommandError, match="Somebody has this name already"):
        call_command("invite", "First.One")


# --- Acts --------------------------------------------------------------------------------------------------------


def test_the_list_names_everybody_with_what_an_administrator_needs(boss: Administrator, sam: User) -> None:
    TOTP.activate(sam, "JBSWY3DPEHPK3PXP")
    client = Client()
    client.force_login(sam)
    client.get("/")
    boss.send("person_invite", **DANA)
    shown = {
        a.user.username: (a.label, a.factors, a.sessions)
        for a in boss.client.get(reverse("person_list")).context["accounts"]
    }
    assert shown["dana.example"] == ("Invited", (), 0)
    assert shown[sam.username] == ("Active", ("App",), 1)


@pytest.mark.parametrize("act", ["role", "deactivate", "reactivate", "password", "second-factor"])
def test_nobody_does_it_to_the_own_account(boss: Administrator, act: str) -> None:
    f.user(role=Role.ADMINISTRATOR, password="!used")
    answer = boss.act(boss.user, act, role="biller", reason="Why not.")
    assert answer.status_code == 403
    boss.user.refresh_from_db()
    assert (boss.user.role, boss.user.is_active) == (Role.ADMINISTRATOR, True)


def test_the_last_administrator_who_can_log_in_stays(boss: Administrator) -> None:
    """Another one who was invited only does not count: nobody knows whether they come."""
    accounts.invite({**DANA, "role": "administrator"}, by=boss.user, at=timezone.now())
    dana = User.objects.get(username="dana.example")
    dana.is_active = True
    with pytest.raises(NotPossible, match="only administrator"):
        accounts.deactivate(boss.user, by=dana, at=timezone.now())
    with pytest.raises(NotPossible, match="only administrator"):
        accounts.change_role(boss.user, "biller", by=dana, at=timezone.now())


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_nobody_else_does_any_of_it(boss: Administrator, sam: User, role: Role) -> None:
    by, at = f.user(role=role), timezone.now()
    verbs = [
        lambda: accounts.invite(DANA, by=by, at=at),
        lambda: accounts.invite_again(sam, by=by, at=at),
        lambda: accounts.let_choose_password(sam, "x", by=by, at=at),
        lambda: accounts.change_role(sam, "manager", by=by, at=at),
        lambda: accounts.deactivate(sam, by=by, at=at),
        lambda: accounts.reactivate(sam, by=by, at=at),
        lambda: accounts.reset_second_factor(sam, "x", by=by, at=at),
        lambda: accounts.end_sessions(sam, by=by, at=at),
        lambda: accounts.open_to_log_in(sam, by=by, at=at),
    ]
    for verb in verbs:
        with pytest.raises(NotPermitted):
            verb()
    assert events(sam) == []


def test_what_is_done_to_an_account_asks_for_the_password_again(boss: Administrator, sam: User) -> None:
    boss.client = Client()
    boss.client.force_login(boss.user)
    page = boss.client.get(reverse("person", args=[sam.pk]))
    assert page["Location"].startswith(reverse("account_reauthenticate"))
    answer = boss.act(sam, "deactivate")
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    sam.refresh_from_db()
    assert sam.is_active
    # The password goes on with what was asked for.
    boss.client.post(
        answer["Location"], {"password": PASSWORD, "next": reverse("person_act", args=[sam.pk, "deactivate"])}
    )
    sam.refresh_from_db()
    assert not sam.is_active


def test_a_double_click_does_it_once(boss: Administrator, sam: User) -> None:
    once = str(uuid.uuid4())
    for _ in range(2):
        assert boss.act(sam, "sessions", once=once)["Location"] == reverse("person", args=[sam.pk])
    assert events(sam) == ["user.sessions_end"]


def test_an_account_is_shut_and_opened_and_never_deleted(boss: Administrator, sam: User) -> None:
    client = Client()
    client.force_login(sam)
    client.get("/")
    boss.act(sam, "deactivate")
    assert not Session.objects.filter(pk=client.session.session_key).exists()
    assert client.post(reverse("account_login"), {"login": sam.username, "password": PASSWORD})["Location"] == reverse(
        "account_inactive"
    )
    boss.act(sam, "reactivate")
    client.post(reverse("account_login"), {"login": sam.username, "password": PASSWORD})
    assert "_auth_user_id" in client.session
    assert events(sam)[:2] == ["user.deactivate", "user.reactivate"]
    with pytest.raises(ProtectedError):
        sam.delete()


def test_a_role_is_changed_and_on_record(boss: Administrator, sam: User) -> None:
    boss.act(sam, "role", role="manager")
    sam.refresh_from_db()
    assert sam.role == "manager"
    assert AuditEvent.objects.get(action="user.role").detail == '{"after":"manager","before":"biller"}'
    assert boss.act(sam, "role", role="emperor").status_code == 422


def test_in_an_emergency_a_role_is_given_with_its_reason_and_managers_read_it(boss: Administrator) -> None:
    """45 CFR 164.312(a)(2)(ii), the first way of SECURITY.md: who sees no chart sees them from the next page on, and
    none of them when it is over.
    """
    draft, helper = f.drafted(with_images=False), f.user(role=Role.ADMINISTRATOR)
    client, chart = Client(), reverse("encounter", args=[draft.pk])
    client.force_login(helper)
    assert client.get(chart).status_code == 403
    boss.act(helper, "role", role="assistant", reason="Nobody else is in the house; until tonight.")
    assert client.get(chart).status_code == 200
    boss.act(helper, "role", role="administrator")
    assert client.get(chart).status_code == 403
    manager = Client()
    manager.force_login(f.user(role=Role.MANAGER))
    page = manager.get(reverse("trail")).content.decode()
    assert "Nobody else is in the house; until tonight." in page
    assert f"{helper.display_name} (user {helper.pk})" in page
    seen = AuditEvent.objects.filter(by=helper, patient=draft.patient).values_list("action", flat=True)
    assert "encounter.view" in seen


def test_in_an_emergency_without_an_administrator_the_machine_invites(capsys: Any) -> None:
    """The second way: whoever runs the machine. The account and its look into the chart are on record."""
    draft = f.drafted(with_images=False)
    call_command("invite", "on.call", role="clinician")
    link = re.search(r"#([\w-]+)", capsys.readouterr().out)
    assert link
    client = choose(link[1])[0]
    client.force_login(User.objects.get(username="on.call"))
    assert client.get(reverse("encounter", args=[draft.pk])).status_code == 200
    invited = AuditEvent.objects.get(action="user.invite")
    assert (invited.by, invited.detail) == (None, '{"role":"clinician"}')


@pytest.mark.django_db(transaction=True)
def test_of_two_people_with_one_invitation_one_chooses_the_password() -> None:
    user, token = accounts.invite(dict(DANA), by=None, at=timezone.now())
    start, outcomes = threading.Barrier(2), []

    def work(password: str) -> None:
        try:
            link = accounts.link_of(token, at=timezone.now())
            start.wait()
            accounts.choose_password(link, password, at=timezone.now())
            outcomes.append(password)
        except NotPossible:
            outcomes.append("")
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[f"{NEW} {n}"]) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    none, chosen = sorted(outcomes)
    assert (none, chosen != "") == ("", True)
    user.refresh_from_db()
    assert user.check_password(chosen)
    assert events(user).count("user.password_chosen") == 1


def test_the_administrator_opens_an_account_that_strangers_closed(
    boss: Administrator, sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    for n in range(12):
        Client(REMOTE_ADDR=f"192.0.2.{n}").post(reverse("account_login"), {"login": sam.username, "password": "wrong"})
    assert "Held up" in boss.client.get(reverse("person", args=[sam.pk])).content.decode()
    boss.act(sam, "unlock")
    client = Client()
    client.post(reverse("account_login"), {"login": sam.username, "password": PASSWORD})
    assert "_auth_user_id" in client.session
    assert "user.unlock" in events(sam)


def test_a_lost_second_factor_is_taken_away_with_the_reason(boss: Administrator, sam: User) -> None:
    TOTP.activate(sam, "JBSWY3DPEHPK3PXP")
    recovery.make_codes(sam, at=timezone.now())
    client = Client()
    client.force_login(sam)
    client.get("/")
    assert boss.act(sam, "second-factor", reason=" ").status_code == 422
    boss.act(sam, "second-factor", reason="Lost the phone; I know the person.")
    assert not sam.authenticator_set.exists()
    assert not RecoveryCode.objects.exists()
    assert client.get("/")["Location"].startswith(reverse("account_login"))
    reset = AccountReset.objects.get()
    assert (reset.user, reset.by, reset.reason) == (sam, boss.user, "Lost the phone; I know the person.")
    assert AuditEvent.objects.get(action="user.second_factor_reset").by == boss.user


def test_a_new_password_by_link_ends_sessions_and_opens_the_account(boss: Administrator, sam: User) -> None:
    client = Client()
    client.force_login(sam)
    client.get("/")
    token = token_in(boss.act(sam, "password", reason="Forgot it; came to my desk."))
    assert client.get(reverse("rule_list")).status_code == 200  # nothing ends before the owner acts
    choose(token)
    assert client.get(reverse("rule_list")).status_code == 302
    sam.refresh_from_db()
    assert sam.check_password(NEW)


@pytest.mark.parametrize(("after", "is_marked"), [(timedelta(hours=23), True), (timedelta(hours=25), False)])
def test_what_is_signed_within_a_day_after_a_reset_is_marked(
    boss: Administrator, after: timedelta, is_marked: bool
) -> None:
    draft = f.drafted()
    signer = draft.clinician.user
    TOTP.activate(signer, "JBSWY3DPEHPK3PXP")
    accounts.reset_second_factor(signer, "Lost.", by=boss.user, at=f.AT - after)
    signing.sign(draft, by=signer, at=f.AT)
    assert AuditEvent.objects.filter(action="encounter.signed_after_reset").exists() is is_marked
    client = Client()
    client.force_login(signer)
    said = "Signed within a day after an administrator reset or opened"
    assert (said in client.get(reverse("encounter", args=[draft.pk])).content.decode()) is is_marked
    page = boss.client.get(reverse("person", args=[signer.pk])).content.decode()
    assert ("Ask <bdi>" in page) is is_marked


def test_tries_at_an_account_are_forgotten_by_the_name_however_written(sam: User) -> None:
    guessing.begin(guessing.own("password", sam.username.upper()), at=timezone.now())
    assert guessing.open_again(sam.username) == 1


@pytest.mark.parametrize("is_shown_to_somebody", [True, False])
def test_what_is_signed_within_a_day_after_a_link_was_used_is_marked(
    boss: Administrator, is_shown_to_somebody: bool
) -> None:
    """The administrator who was shown the link may have used it: to sign as a clinician, or to add."""
    draft = f.drafted()
    signer = draft.clinician.user
    token, used = "a" * 40, f.AT - timedelta(hours=23)
    AccountLink.objects.create(
        user=signer,
        purpose=AccountLink.INVITATION,
        token_sha256=digest(token),
        created_by=boss.user if is_shown_to_somebody else None,
        created_at=used - timedelta(days=2),
        expires_at=used + timedelta(hours=1),
    )
    accounts.choose_password(accounts.link_of(token, at=used), NEW, at=used)
    signing.sign(draft, by=signer, at=f.AT)
    signing.add(draft, "One word more.", by=signer, at=f.AT)
    told = set(AuditEvent.objects.filter(action__endswith="_after_reset").values_list("action", flat=True))
    both = {"encounter.signed_after_reset", "encounter.addendum_after_reset"}
    assert told == (both if is_shown_to_somebody else set())
    signer.refresh_from_db()
    client = Client()
    client.force_login(signer)
    page = client.get(reverse("encounter", args=[draft.pk])).content.decode()
    for said in ("Signed within a day after", "Added within a day after"):
        assert (said in page) is is_shown_to_somebody
    theirs = boss.client.get(reverse("person", args=[signer.pk])).content.decode()
    assert (", an addendum," in theirs) is is_shown_to_somebody
