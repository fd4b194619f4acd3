"""Who stands in an 837: names, numbers and addresses as they are read, before they have their place in a claim."""

from __future__ import annotations

from typing import Any

from claims.edi import values
from claims.edi.electronic import Person, Plan
from claims.edi.elements import Elements
from claims.edi.x12 import Segment, shown
from documentation.facts import Address

Entity = dict[str, Any]


def name_of(entity: Entity, segment: Segment) -> None:
    """The name and the number of an NM1."""
    entity["last_name"], entity["first_name"], entity["middle_name"] = (segment.get(n) for n in (3, 4, 5))
    entity["identifier"] = segment.get(9)


def plan_of(segment: Segment) -> Entity:
    """What an SBR says of a plan."""
    return {
        "responsibility": segment.get(1),
        "relationship": segment.get(2),
        "group_number": segment.get(3),
        "group_name": segment.get(4),
        "filing": segment.get(9),
    }


def detail_of(entity: Entity, name: str, segment: Segment, log: Elements) -> None:
    """Address, birth date and sex of whoever was named last."""
    if name == "N3":
        entity["line1"], entity["line2"] = segment.get(1), segment.get(2)
    elif name == "N4":
        entity["city"], entity["state"], entity["zip"] = (segment.get(n) for n in (1, 2, 3))
    elif name == "DMG":
        entity["birth_date"], entity["sex"] = values.day(segment.get(2)), segment.get(3) or "U"
        if entity["birth_date"] is None:
            log.note(segment, 2, f"The birth date {shown(segment.get(2))} cannot be read.")


def address_of(entity: Entity) -> Address:
    return Address(*(entity.get(key, "") for key in ("line1", "line2", "city", "state", "zip")))


def person_of(entity: Entity) -> Person:
    return Person(
        entity.get("last_name", ""),
        entity.get("first_name", ""),
        entity.get("middle_name", ""),
        entity.get("birth_date"),
        entity.get("sex", "U"),
        address_of(entity),
    )


def whole_plan(plan: Entity, subscriber: Entity) -> Plan:
    """A plan from its SBR, its payer and its subscriber."""
    return Plan(
        payer_name=plan.get("last_name", ""),
        payer_id=plan.get("identifier", ""),
        member_id=subscriber.get("identifier", ""),
        subscriber=person_of(subscriber),
        relationship=plan.get("relationship", ""),
        responsibility=plan.get("responsibility", ""),
        group_number=plan.get("group_number", ""),
        group_name=plan.get("group_name", ""),
        filing=plan.get("filing", ""),
        payer_address=address_of(plan),
    )
