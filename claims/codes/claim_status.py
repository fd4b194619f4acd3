"""What acknowledgements say before any payer decides, in our own words.

Categories, syntax codes and the commonest status codes of TA1, 999 and 277CA. The lists belong to X12; only the bare
codes and our short words stand here, written down in November 2026 from practice. What is not among them is shown as
the bare code, which the payer's companion guide explains.
"""

from __future__ import annotations

from collections.abc import Mapping

ACCEPTED_CATEGORIES = ("A2", "A5")
RECEIVED_CATEGORIES = ("A0", "A1")
REJECTED_CATEGORIES = ("A3", "A4", "A6", "A7", "A8")

CATEGORIES = {
    "A0": "passed on to the next office",
    "A1": "received, not looked at yet",
    "A2": "taken in to be decided",
    "A3": "sent back, it cannot be worked on",
    "A4": "not found",
    "A5": "taken in and split",
    "A6": "rejected, something is missing",
    "A7": "rejected, something is wrong",
    "A8": "rejected, two things contradict each other",
}

STATUSES = {
    "0": "more detail was not given",
    "19": "receipt is confirmed",
    "20": "accepted for processing",
    "21": "information is missing or wrong",
    "24": "not approved to send claims electronically",
    "25": "not approved",
    "26": "not found",
    "33": "the subscriber is not found",
    "54": "the same claim or line was processed before",
    "78": "the same claim is there already",
    "97": "the patient is not covered by this payer",
    "116": "sent to the wrong payer",
    "125": "the name",
    "126": "the address",
    "128": "the tax ID",
    "145": "the specialty or taxonomy code",
    "153": "the ID number",
    "158": "the birth date",
    "164": "the member ID",
    "171": "other insurance",
    "187": "the date of service",
    "228": "the type of bill",
    "249": "the place of service",
    "252": "the authorization number",
    "254": "the principal diagnosis",
    "255": "a diagnosis code",
    "286": "the other payer's explanation of benefits",
    "306": "a description of the service",
    "400": "the claim's amounts do not add up",
    "453": "a modifier",
    "454": "the procedure code",
    "464": "the payer's own claim number",
    "476": "the units of service",
    "477": "a diagnosis pointer",
    "478": "the total charge",
    "481": "the format of the file",
    "496": "the sender is not approved to send for this practice",
    "500": "the ZIP code",
    "501": "the state",
    "503": "the street",
    "504": "the last name",
    "505": "the first name",
    "507": "the procedure code",
    "521": "an adjustment reason",
    "535": "the frequency code",
    "562": "the NPI",
    "718": "not sent within the payer's time to file",
    "746": "the same file was sent before",
}

ENTITIES = {
    "1P": "provider",
    "40": "receiver",
    "41": "submitter",
    "77": "service facility",
    "82": "rendering provider",
    "85": "billing provider",
    "GB": "other insured",
    "IL": "subscriber",
    "PR": "payer",
    "QC": "patient",
}

SEGMENT_FAULTS = {
    "1": "it is not known",
    "2": "it was not expected there",
    "3": "it is missing",
    "4": "its loop stands too often",
    "5": "it stands too often",
    "6": "it is not in this kind of file",
    "7": "it is out of order",
    "8": "it has wrong elements",
    "I4": "the guide does not use it",
    "I6": "it is missing though the guide wants it here",
    "I7": "its loop stands too seldom",
    "I8": "its loop stands too often",
    "I9": "it is missing though other values want it",
}

ELEMENT_FAULTS = {
    "1": "it is missing",
    "2": "another element wants it",
    "3": "there are too many",
    "4": "it is too short",
    "5": "it is too long",
    "6": "it has a character that is not allowed",
    "7": "its code is not valid",
    "8": "its date is not valid",
    "9": "its time is not valid",
    "10": "it excludes another one",
    "12": "it stands too often",
    "13": "there are too many components",
    "I6": "its code is not in the guide",
    "I9": "it is missing though the guide wants it here",
    "I10": "the guide does not use it",
    "I11": "it stands too seldom",
    "I12": "its value does not match",
    "I13": "it is missing though other values want it",
}

SET_FAULTS = {
    "1": "this kind of set is not supported",
    "2": "the end of the set is missing",
    "3": "its control numbers differ",
    "4": "its number of segments is wrong",
    "5": "one or more segments are faulty",
    "6": "its identifier is not valid",
    "7": "its control number is not valid",
    "23": "its control number was used before in this group",
    "I6": "its version is not supported",
}

INTERCHANGE_FAULTS = {
    "001": "its control numbers differ",
    "002": "its standard is not supported",
    "003": "its version is not supported",
    "006": "the sender's ID is not valid",
    "008": "the receiver's ID is not valid",
    "009": "the receiver's ID is not known",
    "018": "its control number is not valid",
    "021": "its number of groups is not valid",
    "022": "its structure is not valid",
    "023": "it ends too early",
    "025": "its control number was used before",
    "028": "its date is not valid",
}


def status_words(category: str, status: str, entity: str = "", loaded: Mapping[str, str] | None = None) -> str:
    """What a status of a 277CA says: `rejected, something is wrong: the NPI of the billing provider (A7:562:85)`.

    `loaded` has words of the practice's own list, for statuses that we have none for.
    """
    code = ":".join(c for c in (category, status, entity) if c)
    said = CATEGORIES.get(category, "a status that is not known here")
    about = STATUSES.get(status) or (loaded or {}).get(status, "")
    whose = f" of the {ENTITIES[entity]}" if about and entity in ENTITIES else ""
    return f"{said}{f': {about}{whose}' if about else ''} ({code})"
