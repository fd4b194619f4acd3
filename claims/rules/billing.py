"""FIL-2xx: who bills and who treated. Wrong numbers come back before anybody has read the claim."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from claims.facts import ClaimFacts
from claims.rules.citations import CARC, X12_DENTAL
from claims.rules.examples import READY, SIGNED, with_billing, with_encounter
from documentation.facts import Address
from documentation.kernel.identifiers import npi_problem, phone_problem, tax_id_problem, taxonomy_problem, zip_problem
from documentation.kernel.rule import Cause, Rule, Severity
from documentation.rules.citations import DENTAL_FORM, NPI, at
from documentation.rules.predicates import said

_PO_BOX = re.compile(r"\bP\.?\s*O\.?\s*Box\b", re.IGNORECASE)


def with_clinician(**changes: Any) -> ClaimFacts:
    return with_encounter(clinician=replace(SIGNED.clinician, **changes))


def billing_address_is_whole(c: ClaimFacts) -> bool:
    return c.billing.address.is_whole and not zip_problem(c.billing.address.zip)


def is_po_box(address: Address) -> bool:
    return bool(_PO_BOX.search(f"{address.line1} {address.line2}"))


RULES: tuple[Rule[ClaimFacts], ...] = (
    Rule(
        id="FIL-201",
        title="The billing NPI is sound",
        severity=Severity.BLOCKER,
        field="claim.billing",
        message="The billing NPI is missing or mistyped.",
        fix="Correct it on the location's page.",
        citation=NPI,
        prevents=Cause.PROVIDER,
        passes=lambda c: not npi_problem(c.billing.npi),
        good=READY,
        bad=with_billing(npi="1234567890"),
        tell=lambda c: f"The billing NPI {c.billing.npi} is not valid." if c.billing.npi else "",
    ),
    Rule(
        id="FIL-202",
        title="The tax ID is sound",
        severity=Severity.BLOCKER,
        field="claim.billing",
        message="The tax ID is missing or mistyped.",
        fix="Enter its nine digits on the location's page.",
        citation=at(DENTAL_FORM, "item 51"),
        prevents=Cause.PROVIDER,
        passes=lambda c: not tax_id_problem(c.billing.tax_id),
        good=READY,
        bad=with_billing(tax_id="12345678"),
    ),
    Rule(
        id="FIL-203",
        title="The billing address is whole",
        severity=Severity.BLOCKER,
        field="claim.billing",
        message="The billing name or address is not complete.",
        fix="Enter name, street, city, state and ZIP code on the location's page.",
        citation=at(DENTAL_FORM, "item 48"),
        prevents=Cause.PROVIDER,
        passes=lambda c: said(c.billing.name) and billing_address_is_whole(c),
        good=READY,
        bad=with_billing(address=Address("100 Harbor Way", "", "Seattle", "WA", "9810")),
    ),
    Rule(
        id="FIL-204",
        title="The billing ZIP code has nine digits",
        severity=Severity.ADVICE,
        field="claim.billing",
        message="The billing ZIP code has five digits. Electronic claims want nine.",
        fix="Add the last four on the location's page.",
        citation=at(X12_DENTAL, "loop 2010AA N403 (from memory, to be verified)"),
        prevents=Cause.PROVIDER,
        passes=lambda c: len(c.billing.address.zip) != 5,
        good=READY,
        bad=with_billing(address=Address("100 Harbor Way", "", "Seattle", "WA", "98101")),
    ),
    Rule(
        id="FIL-205",
        title="The billing address is a street",
        severity=Severity.ADVICE,
        field="claim.billing",
        message="The billing address is a PO box. Electronic claims want a street.",
        fix="Enter the street address on the location's page.",
        citation=at(X12_DENTAL, "loop 2010AA N301 (from memory, to be verified)"),
        prevents=Cause.PROVIDER,
        passes=lambda c: not is_po_box(c.billing.address),
        good=READY,
        bad=with_billing(address=Address("PO Box 7", "", "Seattle", "WA", "981010001")),
    ),
    Rule(
        id="FIL-206",
        title="The billing phone number is sound",
        severity=Severity.ADVICE,
        field="claim.billing",
        message="The billing phone number is missing or mistyped.",
        fix="Enter its ten digits on the location's page.",
        citation=at(DENTAL_FORM, "item 52"),
        prevents=Cause.PROVIDER,
        passes=lambda c: not phone_problem(c.billing.phone),
        good=READY,
        bad=with_billing(phone=""),
    ),
    Rule(
        id="FIL-211",
        title="The clinician's NPI is sound",
        severity=Severity.BLOCKER,
        field="claim.clinician",
        message="The clinician's NPI is missing or mistyped.",
        fix="Correct it on the clinician's page.",
        citation=at(CARC, "206, 207"),
        prevents=Cause.PROVIDER,
        passes=lambda c: not npi_problem(c.encounter.clinician.npi),
        good=READY,
        bad=with_clinician(npi="3234567893"),
        tell=lambda c: (
            f"The clinician's NPI {c.encounter.clinician.npi} is not valid." if c.encounter.clinician.npi else ""
        ),
    ),
    Rule(
        id="FIL-212",
        title="The clinician's taxonomy code is sound",
        severity=Severity.BLOCKER,
        field="claim.clinician",
        message="The clinician's taxonomy code is missing or mistyped.",
        fix="Correct it on the clinician's page; an oral surgeon's is 1223S0112X.",
        citation=at(DENTAL_FORM, "item 56a"),
        prevents=Cause.PROVIDER,
        passes=lambda c: not taxonomy_problem(c.encounter.clinician.taxonomy),
        good=READY,
        bad=with_clinician(taxonomy="1223S0112"),
    ),
    Rule(
        id="FIL-213",
        title="The clinician's licence is recorded",
        severity=Severity.BLOCKER,
        field="claim.clinician",
        message="The clinician's licence number is missing.",
        fix="Enter it on the clinician's page.",
        citation=at(DENTAL_FORM, "items 50 and 55"),
        prevents=Cause.PROVIDER,
        passes=lambda c: said(c.encounter.clinician.licence),
        good=READY,
        bad=with_clinician(licence=""),
    ),
    Rule(
        id="FIL-214",
        title="The place of service is recorded",
        severity=Severity.BLOCKER,
        field="claim.place_of_service",
        message="The place of service is missing.",
        fix="Have the record replaced by a version that names it.",
        citation=at(DENTAL_FORM, "item 38"),
        prevents=Cause.CODING,
        passes=lambda c: len(c.encounter.place_of_service) == 2 and c.encounter.place_of_service.isdecimal(),
        good=READY,
        bad=with_encounter(place_of_service=""),
    ),
)
