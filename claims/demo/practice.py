"""The cases of the demo practice: invented visits as case files, with the images drawn for them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from typing import Any

from claims.cases import CaseFolder, parse, read_folder
from claims.cases.folder import digest
from claims.demo import SEED, stories
from claims.demo.people import CASEY, Data, coverage, eligibility, patient
from claims.demo.steps import weekday

REFERENCE_DAY = date(2026, 11, 5)
"""The date of service of the reference case."""
RECENT = timedelta(days=30)
"""So long the reference case stays where it is; later it is moved to last week."""
REFERENCE_NAMES = frozenset({"seed", "demo-reference"})
Person = tuple[str, str, str, str]
"""First name, last name, date of birth, sex."""
Make = Callable[[int], tuple[Data, dict[str, bytes]]]
"""Makes the case of a chart number, with its images."""


def reference(today: date) -> tuple[str, date, Callable[[], CaseFolder]]:
    """The reference case with its id and its day of service."""
    if timedelta(0) <= today - REFERENCE_DAY <= RECENT:
        return "seed", REFERENCE_DAY, lambda: read_folder(SEED)
    day = weekday(today - timedelta(days=6))
    return "demo-reference", day, lambda: _folder(_moved(day - REFERENCE_DAY), dict(read_folder(SEED).files))


def reference_payer(today: date) -> Data:
    """The payer of the reference case, as that case gives it on this day."""
    name, day, _ = reference(today)
    data = _moved(day - REFERENCE_DAY) if name != "seed" else _reference_data()
    payer: Data = data["payers"][0]
    return payer


@cache
def _reference_data() -> Data:
    data: Data = json.loads((SEED / "case.json").read_text(encoding="utf-8"))
    return data


def _moved(by: timedelta) -> Data:
    """The reference case so many days later, the patient's date of birth excepted."""
    birth = _reference_data()["patient"]["birth_date"]

    def move(match: re.Match[str]) -> str:
        return match[0] if match[1] == birth else f'"{date.fromisoformat(match[1]) + by}"'

    text = json.dumps(_reference_data())
    moved: Data = json.loads(re.sub(r'"([0-9]{4}-[0-9]{2}-[0-9]{2})"', move, text))
    moved["encounter"]["images"][0]["annotations"] = stories.RING
    return moved | {"id": "demo-reference"}


def visit(person: Person, plans: list[Data], encounter: Data, *, asked_on: date, **more: Any) -> Make:
    """A visit to come."""
    return lambda chart: (_case(person, plans, encounter, chart, asked_on=asked_on, **more), {})


def done(
    person: Person,
    plans: list[Data],
    story: stories.Story,
    gland: str,
    side: str,
    day: date,
    *,
    start: str = "09:00",
    clinician: Data = CASEY,
    **more: Any,
) -> Make:
    """A visit that took place, documented, signed, with its claim."""

    def make(chart: int) -> tuple[Data, dict[str, bytes]]:
        encounter, files = stories.record(story, gland, side, day, start=start, clinician=clinician)
        return _case(person, plans, encounter, chart, **({"sign": True, "claims": True} | more)), files

    return make


def planned(day: date, start: str, clinician: Data = CASEY) -> Data:
    """The encounter of a visit to come."""
    return {"service_date": f"{day}", "start_time": start, "place_of_service": "11", "clinician": clinician}


def cut(make: Make, parts: str) -> Make:
    """The case without some parts of its record: unfinished work."""

    def made(chart: int) -> tuple[Data, dict[str, bytes]]:
        data, files = make(chart)
        encounter = {key: value for key, value in data["encounter"].items() if key not in parts.split()}
        named = {image["file"] for image in encounter.get("images", [])}
        unfinished = {"encounter": encounter, "sign": False, "claims": False}
        return data | unfinished, {k: v for k, v in files.items() if k in named}

    return made


def whole(name: str, make: Make, chart: int) -> CaseFolder:
    """The case with its id."""
    data, files = make(chart)
    return _folder({"id": name, **data}, files)


def _case(
    person: Person,
    plans: list[Data],
    encounter: Data,
    chart: int,
    *,
    asked_on: date | None = None,
    authorization: str = "",
    **more: Any,
) -> Data:
    """A case around an encounter. `asked_on` is when a visit to come was prepared; a past one was so in its month."""
    day = date.fromisoformat(encounter["service_date"])
    asked_on, past = asked_on or max(day - timedelta(days=2), day.replace(day=1)), asked_on is None
    case: Data = {
        "patient": patient(chart, *person),
        "payers": plans,
        "coverages": [coverage(plan, chart, priority) for priority, plan in enumerate(plans, 1)],
        "eligibility_checks": [eligibility(plan, asked_on, chart) for plan in plans],
        "estimate": {"low": "150.00", "high": "190.00", "given_on": f"{asked_on}"},
        "encounter": encounter,
        "fee": "850.00",
    }
    if past:
        case["estimate"]["acknowledged_on"] = f"{asked_on}"
    if "plan_order" in more:
        for known in case["coverages"]:
            known["terms"] = {"employment": "active", "has_cob_clause": "yes"}
    if authorization:
        asked = {"kind": "prior_authorization", "status": authorization, "codes": ["D0371"]}
        if authorization == "approved":
            until = {"valid_from": f"{day - timedelta(days=14)}", "valid_to": f"{day + timedelta(days=76)}"}
            asked |= {"number": f"PA{chart}", **until}
        case["authorizations"] = [asked | {"payer_id": plans[0]["payer_id"]}]
    return case | more


def _folder(data: Data, files: dict[str, bytes]) -> CaseFolder:
    return CaseFolder(parse(data), files, digest(data, files))
