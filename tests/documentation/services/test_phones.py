"""Phone links: one draft, one phone, a quarter of an hour, and nothing of the secret kept."""

from datetime import timedelta

import pytest

from documentation.kernel.machine import NotPermitted, NotPossible
from documentation.kernel.permissions import Role
from documentation.models import AuditEvent, Encounter, PhoneLink, User
from documentation.services import encounters, phones, signing
from tests import factories as f

pytestmark = pytest.mark.django_db

SOON = f.AT + timedelta(minutes=14, seconds=59)
LATE = f.AT + timedelta(minutes=15)


@pytest.fixture
def draft() -> Encounter:
    return f.drafted(with_images=False)


@pytest.fixture
def by(draft: Encounter) -> User:
    assert draft.clinician.user
    return draft.clinician.user


def connected(draft: Encounter, by: User) -> PhoneLink:
    _, token = phones.create(draft, by=by, at=f.AT)
    return phones.open_once(token, at=f.AT)[0]


def test_the_first_phone_is_bound_and_a_second_one_is_refused(draft: Encounter, by: User) -> None:
    _, token = phones.create(draft, by=by, at=f.AT)
    link, secret = phones.open_once(token, at=f.AT)
    assert phones.link_of(secret) == link
    with pytest.raises(NotPossible, match="opened already"):
        phones.open_once(token, at=f.AT)
    for other in (token, "", "x" * 43):
        assert phones.link_of(other) is None


def test_neither_token_nor_secret_is_stored_or_recorded(draft: Encounter, by: User) -> None:
    _, token = phones.create(draft, by=by, at=f.AT)
    _, secret = phones.open_once(token, at=f.AT)
    kept = [str(row) for model in (PhoneLink, AuditEvent) for row in model.objects.values()]
    assert not any(word in row for row in kept for word in (token, secret))


def test_a_picture_comes_in_the_name_of_whoever_showed_the_code(draft: Encounter, by: User) -> None:
    link = connected(draft, by)
    taken = phones.take_in(link, f.pictures()[0], at=SOON)
    assert taken.image
    assert (taken.image.encounter_id, taken.image.uploaded_by) == (draft.pk, by)
    assert phones.take_in(link, f.pictures()[0], at=SOON).same_as == taken.image
    assert PhoneLink.objects.get(pk=link.pk).arrived == 1
    told = [(e.action, e.by, e.subject) for e in AuditEvent.objects.order_by("-seq")[:3]]
    assert told == [
        ("image.upload", by, draft.number),
        ("phone.open", None, draft.number),
        ("phone.create", by, draft.number),
    ]
    assert f'"phone_link":{link.pk}' in AuditEvent.objects.latest("seq").detail


def test_it_closes_after_fifteen_minutes(draft: Encounter, by: User) -> None:
    _, unopened = phones.create(draft, by=by, at=f.AT)
    with pytest.raises(NotPossible, match="older than 15 minutes"):
        phones.open_once(unopened, at=LATE)
    link = connected(draft, by)
    with pytest.raises(NotPossible, match="older than 15 minutes"):
        phones.take_in(link, f.pictures()[0], at=LATE)
    assert draft.images.count() == 0  # type: ignore[attr-defined]


def test_it_ends_from_the_computer_from_the_phone_and_by_a_newer_code(draft: Encounter, by: User) -> None:
    ways = (
        lambda link: phones.end(draft, by=by, at=f.AT),
        lambda link: phones.end_from_phone(link, at=f.AT),
        lambda link: phones.create(draft, by=by, at=f.AT),
    )
    for count, end in enumerate(ways, start=1):
        link = connected(draft, by)
        end(link)
        link.refresh_from_db()
        with pytest.raises(NotPossible, match="ended"):
            phones.take_in(link, f.pictures()[0], at=f.AT)
        assert AuditEvent.objects.filter(action="phone.end").count() == count
    phones.end(draft, by=by, at=f.AT)
    phones.end(draft, by=by, at=f.AT)
    assert AuditEvent.objects.filter(action="phone.end").count() == len(ways) + 1


def test_only_a_draft_takes_pictures_from_a_phone(by: User) -> None:
    planned = f.planned_visit()
    with pytest.raises(NotPossible, match="still planned"):
        phones.create(planned, by=by, at=f.AT)
    draft = f.drafted()
    owner = draft.clinician.user
    assert owner
    link = connected(draft, owner)
    signing.sign(draft, by=owner, at=f.AT)
    with pytest.raises(NotPossible, match="any more"):
        phones.take_in(PhoneLink.objects.get(pk=link.pk), f.pictures()[0], at=f.AT)
    other = f.planned_visit()
    encounters.start(other, by=owner, at=f.AT)
    link = connected(other, owner)
    encounters.cancel(other, by=owner, at=f.AT)
    with pytest.raises(NotPossible, match="any more"):
        phones.take_in(PhoneLink.objects.get(pk=link.pk), f.pictures()[0], at=f.AT)


def test_who_may_not_add_images_shows_no_code_and_one_who_left_brings_none(draft: Encounter, by: User) -> None:
    with pytest.raises(NotPermitted):
        phones.create(draft, by=f.user(role=Role.BILLER), at=f.AT)
    link = connected(draft, by)
    User.objects.filter(pk=by.pk).update(is_active=False)
    with pytest.raises(NotPermitted):
        phones.take_in(PhoneLink.objects.get(pk=link.pk), f.pictures()[0], at=f.AT)


def test_a_link_brings_a_limited_number_of_pictures(draft: Encounter, by: User) -> None:
    link = connected(draft, by)
    link.arrived = phones.MOST_PICTURES
    assert phones.take_in(link, f.pictures()[0], at=f.AT).refusal.startswith("One code brings at most 60 pictures.")
