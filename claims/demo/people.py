"""Obviously invented people, plans and payers of the demo practice."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

Data = dict[str, Any]

FIRST_NAMES = "Alex Robin Sam Jamie Avery Jordan Riley Casey Morgan Rowan Emery Skyler Reese Harper Quinn".split()
LAST_NAMES = "Sample Example Specimen Placeholder Mockup Testcase Fixture Template Pattern Dummy Madeup Fiction".split()
STREETS = "Pine St,Cedar Ave,Maple Way,Harbor Rd,Lakeview Dr,Orchard Ln,Summit Ct".split(",")
TOWNS = (("Seattle", "98101"), ("Tacoma", "98402"), ("Bellevue", "98004"), ("Everett", "98201"), ("Renton", "98057"))

CASEY = {
    "first_name": "Casey",
    "last_name": "Example",
    "credential": "DDS",
    "npi": "1987654328",
    "licence": "DE60123456",
    "licence_state": "WA",
    "taxonomy": "1223S0112X",
}
DREW = CASEY | {
    "first_name": "Drew",
    "last_name": "Sample",
    "credential": "DMD",
    "npi": "1457312068",
    "licence": "DE60654321",
}


def payer(name: str, payer_id: str, line: str, city: tuple[str, str, str], today: date, **policy: Any) -> Data:
    """A payer with what the practice found out about it some months ago."""
    known: Data = {
        "covers_d0371": "yes",
        "treats_as": line,
        "prior_authorization": "not_required",
        "attachments": "always",
        "bundling_permitted": [],
        "timely_filing_days": 365,
        "appeal_days": 180,
        "source": f"provider manual {today.year}, diagnostic imaging",
        "verified_on": f"{today - timedelta(days=110)}",
    }
    return {
        "name": name,
        "payer_id": payer_id,
        "line": line,
        "address": {"line1": "PO Box 200", "city": city[0], "state": city[1], "zip": city[2]},
        "policy": known | policy,
    }


def payers(today: date) -> dict[str, Data]:
    """The payers of the demo practice: one pays plainly, one wants to be asked first and hears
    appeals for two months only, one is medical."""
    return {
        "plain": payer("Sample Dental Trust", "99992", "dental", ("Denver", "CO", "802020200"), today),
        "strict": payer(
            "Placeholder Dental",
            "99993",
            "dental",
            ("Austin", "TX", "787010200"),
            today,
            prior_authorization="required",
            appeal_days=60,
        ),
        "medical": payer(
            "Specimen Health", "99994", "medical", ("Hartford", "CT", "061030200"), today, timely_filing_days=180
        ),
    }


def patient(chart: int, first: str, last: str, birth: str, sex: str) -> Data:
    """A patient whose chart number also chooses the street and the town."""
    city, zip_code = TOWNS[chart % len(TOWNS)]
    return {
        "chart_number": f"P-{chart}",
        "first_name": first,
        "last_name": last,
        "birth_date": birth,
        "sex": sex,
        "address": {
            "line1": f"{chart % 90 + 10} {STREETS[chart % len(STREETS)]}",
            "city": city,
            "state": "WA",
            "zip": zip_code,
        },
        "phone": f"206555{chart % 10_000:04d}",
    }


def coverage(given: Data, chart: int, priority: int = 1) -> Data:
    return {
        "payer_id": given["payer_id"],
        "plan_name": "Standard PPO" if given["line"] == "dental" else "Open Access",
        "group_number": f"GRP{chart}",
        "member_id": f"M{given['payer_id']}{chart}",
        "priority": priority,
        "relationship": "self",
        "effective_on": "2024-01-01",
        "signature_on_file": True,
        "assignment_of_benefits": True,
    }


def eligibility(given: Data, checked_on: date, chart: int) -> Data:
    return {
        "payer_id": given["payer_id"],
        "checked_on": f"{checked_on}",
        "method": "portal",
        "reference": f"EL-{chart}",
        "active": True,
        "covers_specialized_diagnostics": "yes",
        "deductible_remaining": "0.00",
        "annual_maximum_remaining": "1500.00",
        "coinsurance_percent": 20,
    }
