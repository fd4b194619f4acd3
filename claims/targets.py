"""What can be brought in from another program, and the fields that a column of its export can fill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from documentation.tables import Target, values


@dataclass(frozen=True)
class Kind:
    """One kind of list."""

    key: str
    label: str
    one: str
    many: str
    lead: str
    """What a row becomes, and by what it is known again."""
    targets: tuple[Target, ...]

    def target(self, key: str) -> Target:
        return next(target for target in self.targets if target.key == key)


def _heads(text: str) -> tuple[str, ...]:
    return tuple(head.strip() for head in text.split(","))


def _address(of: str) -> tuple[Target, ...]:
    t = Target
    return (
        t("line1", "Street address", f"Where {of}.", _heads("address, street, street address, address 1, address1, line 1, home address, mailing address"), values.text),
        t("line2", "Address, second line", "Apartment or suite.", _heads("address 2, address2, street 2, line 2, apt, unit, suite"), values.text),
        t("city", "City", "", _heads("city, town"), values.text),
        t("state", "State", "Two letters, such as WA.", _heads("state, st, province"), values.state),
        t("zip", "ZIP code", "Five or nine digits, with or without the hyphen.", _heads("zip, zip code, zipcode, postal code, postal"), values.zip_code),
    )  # fmt: skip


_CHART = _heads(
    "chart number, chart no, chart, chart id, chart num, patient id, patient number, patient no, patient num, pat num,"
    " pat id, patnum, mrn, account number, account no, id"
)
_BIRTH = _heads("birth date, date of birth, dob, birthdate, birthday, pat dob, patient dob, patient birth date")

PATIENTS = Kind(
    "patients",
    "Patients",
    "patient",
    "patients",
    "Each row becomes a patient. One who is here already is known by chart number, or by name and birth date.",
    (
        Target("chart_number", "Chart number", "The number of your practice system. Nobody else has the same.", _CHART, values.text, is_needed=True),
        Target("last_name", "Last name", "Or the whole name in one column, below.", _heads("last name, lastname, last, surname, family name, l name, lname, patient last name, pat last name"), values.text),
        Target("first_name", "First name", "", _heads("first name, firstname, first, given name, f name, fname, patient first name, pat first name"), values.text),
        Target("middle_name", "Middle name", "Or the initial.", _heads("middle name, middle, middle initial, mi, m name"), values.text),
        Target("whole_name", "Whole name", "Only where one column holds all of it, as Last, First Middle.", _heads("name, patient name, patient, full name, whole name"), values.whole_name),
        Target("birth_date", "Date of birth", "Like 03/14/1962 or 1962-03-14, always with four digits of the year.", _BIRTH, values.day, is_needed=True),
        Target("sex", "Sex", "As the plan has it: F, M or U.", _heads("sex, gender, patient sex"), values.sex),
        Target("phone", "Phone", "Ten digits, however they are set apart.", _heads("phone, mobile, mobile phone, cell, cell phone, wireless phone, home phone, hm phone, phone number, telephone"), values.phone),
        Target("email", "E-mail", "", _heads("email, e mail, email address"), values.text),
        *_address("the patient lives"),
    ),
)  # fmt: skip

PAYERS = Kind(
    "payers",
    "Payers",
    "payer",
    "payers",
    "Each row becomes a payer. One that is here already is known by its payer ID.",
    (
        Target("payer_id", "Payer ID", "The electronic number on the card or in the clearinghouse's list.", _heads("payer id, electronic id, electid, elect id, payor id, electronic payer id, edi id, edi payer id, id"), values.member_id, is_needed=True),
        Target("name", "Name", "", _heads("name, payer name, payer, carrier, carrier name, insurance company, insurance name, company"), values.text, is_needed=True),
        Target("line", "Pays as", "Dental or medical. Dental where nothing is said.", _heads("line, type, kind, pays as, insurance type"), values.line),
        Target("phone", "Phone", "Ten digits, however they are set apart.", _heads("phone, phone number, telephone"), values.phone),
        *_address("paper claims and appeals go"),
    ),
)  # fmt: skip

COVERAGES = Kind(
    "coverages",
    "Coverages",
    "coverage",
    "coverages",
    "Each row becomes a plan of a patient. Bring in patients and payers first: the chart number says whose plan it is, the"
    " payer ID whose members they are.",
    (
        Target("chart_number", "Chart number of the patient", "Of a patient who is here already.", _CHART, values.text, is_needed=True),
        Target("payer_id", "Payer ID", "Of a payer that is here already. Without it the payer's name is looked for.", _heads("payer id, electronic id, electid, elect id, payor id, carrier id, edi payer id"), values.member_id),
        Target("payer_name", "Payer's name", "As it is written here. Only where there is no payer ID.", _heads("payer name, payer, carrier, carrier name, insurance company, insurance name, insurance"), values.text),
        Target("member_id", "Member ID", "The number on the card.", _heads("member id, member number, subscriber id, subscriber number, policy number, policy id, insured id"), values.member_id, is_needed=True),
        Target("group_number", "Group number", "", _heads("group number, group no, group num, group id, group"), values.text),
        Target("plan_name", "Plan name", "", _heads("plan name, plan, group name"), values.text),
        Target("priority", "Pays in order", "1 or primary, 2 or secondary. The next free place where nothing is said.", _heads("priority, order, ordinal, rank, coverage order, pays in order"), values.place),
        Target("relationship", "The patient is the plan holder's", "Self, spouse, child or other.", _heads("relationship, relationship to subscriber, relation, patient relationship"), values.relationship),
        Target("effective_on", "In force from", "", _heads("effective date, effective, date effective, start date, in force from, begin date"), values.day),
        Target("terminated_on", "Until", "Empty while it is in force.", _heads("termination date, term date, date term, end date, terminated, until, expiration date"), values.day),
        Target("signature_on_file", "Signature on file", "Yes or no.", _heads("signature on file, sof, release of info"), values.yes),
        Target("assignment_of_benefits", "Benefits assigned to the practice", "Yes or no.", _heads("assignment of benefits, assign benefits, assigned"), values.yes),
        Target("subscriber_last_name", "Plan holder's last name", "Left out where the patient holds the plan.", _heads("subscriber last name, insured last name, holder last name, policy holder last name"), values.text),
        Target("subscriber_first_name", "Plan holder's first name", "", _heads("subscriber first name, insured first name, holder first name, policy holder first name"), values.text),
        Target("subscriber_birth_date", "Plan holder's date of birth", "", _heads("subscriber dob, subscriber birth date, subscriber date of birth, insured dob, insured birth date"), values.day),
        Target("subscriber_sex", "Plan holder's sex", "F, M or U.", _heads("subscriber sex, subscriber gender, insured sex, insured gender"), values.sex),
    ),
)  # fmt: skip

KINDS: Mapping[str, Kind] = {kind.key: kind for kind in (PATIENTS, PAYERS, COVERAGES)}
