"""A passkey alone opens something only where it saw who uses it; as a second step a key in the hand is enough."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal import auth
from django.test import Client
from django.urls import reverse

from documentation.kernel.permissions import Role
from documentation.models import Addendum, AuditEvent, User
from documentation.views.once import new_key
from tests import factories as f

pytestmark = pytest.mark.django_db

PRESENT, VERIFIED = 0x01, 0x04
PASSWORD = "a long password of Alex"


@pytest.fixture
def alex(monkeypatch: pytest.MonkeyPatch) -> User:
    """Somebody with a key, whose signature is good each time."""
    user = User.objects.create_user(username="alex", password=PASSWORD, role="biller")
    key = Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "Key"})
    monkeypatch.setattr(auth, "extract_user_from_response", lambda response: user)
    monkeypatch.setattr(auth, "complete_authentication", lambda user, response: key)
    monkeypatch.setattr(auth, "begin_authentication", lambda user=None: {"publicKey": {}})
    return user


def credential(flags: int) -> str:
    def coded(raw: bytes) -> str:
        return urlsafe_b64encode(raw).rstrip(b"=").decode()

    client = json.dumps({"type": "webauthn.get", "challenge": coded(b"x" * 16), "origin": "https://testserver"})
    response = {
        "clientDataJSON": coded(client.encode()),
        "authenticatorData": coded(b"r" * 32 + bytes([flags]) + b"\0\0\0\1"),
        "signature": coded(b"s"),
    }
    return json.dumps({"id": coded(b"k"), "rawId": coded(b"k"), "type": "public-key", "response": response})


@pytest.mark.parametrize(("flags", "is_taken"), [(PRESENT, False), (PRESENT | VERIFIED, True)])
def test_alone_at_the_log_in_it_has_to_see_who_uses_it(alex: User, flags: int, is_taken: bool) -> None:
    client = Client()
    client.post(reverse("mfa_login_webauthn"), {"credential": credential(flags)})
    assert (client.get(reverse("rule_list")).status_code == 200) is is_taken
    told = AuditEvent.objects.filter(action="account.code_failed", by=None, subject=f"user {alex.pk}")
    assert told.exists() is not is_taken


@pytest.mark.parametrize(("flags", "is_taken"), [(PRESENT, False), (PRESENT | VERIFIED, True)])
def test_asked_again_it_has_to_see_who_uses_it(alex: User, flags: int, is_taken: bool) -> None:
    client = Client()
    client.force_login(alex)
    client.post(reverse("mfa_reauthenticate_webauthn"), {"credential": credential(flags)})
    assert (client.get(reverse("mfa_recovery_codes")).status_code == 200) is is_taken
    assert AuditEvent.objects.filter(action="account.code_failed", by=alex).exists() is not is_taken


@pytest.mark.parametrize(("flags", "status"), [(PRESENT, 422), (PRESENT | VERIFIED, 302)])
def test_an_addendum_is_taken_with_a_passkey_that_saw_who_uses_it(alex: User, flags: int, status: int) -> None:
    alex.role = Role.CLINICIAN
    alex.save()
    signed = f.signed_encounter(treating=f.clinician(user=alex))
    client = Client()
    client.force_login(alex)
    asked = client.post(reverse("passkey_challenge")).json()
    assert asked["publicKey"]["userVerification"] == "required"
    given = {"body": "Free of pain.", "credential": credential(flags), "once": new_key()}
    assert client.post(reverse("addendum_add", args=[signed.pk]), given).status_code == status
    assert Addendum.objects.filter(encounter=signed).exists() is (status == 302)


def test_after_the_password_a_key_in_the_hand_is_enough(alex: User) -> None:
    client = Client()
    client.post("/accounts/login/", {"login": "alex", "password": PASSWORD})
    assert client.get(reverse("rule_list")).status_code == 302
    client.post(reverse("mfa_authenticate"), {"credential": credential(PRESENT)})
    assert client.get(reverse("rule_list")).status_code == 200


def test_a_code_of_the_app_does_not_stand_for_the_password(alex: User) -> None:
    TOTP.activate(alex, "JBSWY3DPEHPK3PXP")
    client = Client()
    client.force_login(alex)
    page = client.get(reverse("mfa_reauthenticate"), follow=True).content.decode()
    assert 'type="password"' in page
    assert 'name="code"' not in page


def test_asked_again_a_passkey_is_told_to_see_who_uses_it(alex: User) -> None:
    client = Client()
    client.force_login(alex)
    assert client.post(reverse("passkey_challenge")).json() == {"publicKey": {"userVerification": "required"}}
    Authenticator.objects.filter(user=alex).delete()
    assert client.post(reverse("passkey_challenge")).status_code == 404
