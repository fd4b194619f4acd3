"""The channels that were looked at, as data: each limit with the source where it was read, and the day.

A limit without a day was handed down without one, and is marked to be read again. What is missing here is not known.
The practice corrects and adds on the page of channels; nothing here is law.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from claims.channels.profile import LimitFact, Profile

READ_ON = date(2026, 11, 28)


def _read(source: str, on: date | None, **limits: Any) -> tuple[LimitFact, ...]:
    return tuple(LimitFact(key, value, source, on) for key, value in limits.items())


_OPEN_DENTAL = "Open Dental manual, pages on electronic claim attachments"
_ASCEND = "Dentrix Ascend help, Adding attachments to claims"
_STEDI = "stedi.com, blog Introducing claim attachments, and changelog of January 22, 2026"
_AVAILITY = "asuris.com, Availity Essentials Appeals application (the same at bridgespanhealth.com)"
_REGENCE = "regence.com, Claim attachments"

CHANNELS: tuple[Profile, ...] = (
    Profile("print", "Print", "mail", "On the practice's own printer, to be handed over or kept."),
    Profile(
        "mail", "Mail", "mail", "Printed, one page a sheet, with a label for the envelope.",
    ),
    Profile(
        "fax", "Fax", "fax", "Black and white dots, 204 by 196 to the inch.",
        _read("ITU-T T.4, fine mode of group 3", READ_ON, colors="bilevel"),
    ),
    Profile("portal", "A payer's portal", "portal", "Any portal that has no entry of its own here."),
    Profile(
        "availity_appeals", "Availity Appeals (Regence family)", "portal", "Appeals against decided claims.",
        _read(
            _AVAILITY, READ_ON,
            file_types=["pdf", "jpg", "png", "gif", "tif", "txt", "doc", "docx"],
            max_files=10, min_file_bytes=3073, max_file_bytes=60_000_000, max_total_bytes=150_000_000,
            remarks="The same appeal twice is refused. What is too large may go by the payer's SFTP.",
        ),
    ),
    Profile(
        "regence", "Regence claim attachments", "portal", "Documents that the payer asked for.",
        _read(
            _REGENCE, READ_ON,
            remarks="No attachments with a first claim unless its code list says so: unasked ones can delay it."
            " Another plan's payment goes as data on the claim, never as an attachment. Answer by the way in which"
            " it was asked.",
        ),
    ),
    Profile(
        "florida_blue_dental", "Florida Blue Dental, rejected claim", "portal", "A rejected claim sent again.",
        _read(
            "Florida Blue Dental, page on rejected claims", None, max_files=5, control_numbers=5,
            remarks="Sending it again makes a new claim number.",
        ),
    ),
    Profile(
        "dentrix_ascend", "Dentrix Ascend", "clearinghouse", "Attachments of an electronic claim.",
        _read(
            _ASCEND, READ_ON, file_types=["jpg"], max_files=10, max_total_bytes=14_900_000,
            remarks="Claim and files together must stay below 15 MB; 0.1 MB is kept for the claim itself. A payer that"
            " takes no attachments answers only after sending.",
        ),
    ),
    Profile(
        "dxc_open_dental", "DentalXChange from Open Dental", "clearinghouse", "Attachments of an electronic claim.",
        _read(
            _OPEN_DENTAL, None, file_types=["bmp", "gif", "jpg", "png", "tif"], note_chars=2000,
            remarks="No PDF. Attaching again replaces the attachment ID.",
        ),
    ),
    Profile(
        "dxc_denticon", "DentalXChange from Denticon", "clearinghouse", "Attachments of an electronic claim.",
        _read(
            "Planet DDS support, attachments to DentalXChange", None, file_types=["jpg", "png"],
            remarks="No PDF and no GIF. The narrative is written before files are added; once the claim has left, more"
            " pictures get a new attachment ID.",
        ),
    ),
    Profile(
        "eds_open_dental", "EDS from Open Dental", "clearinghouse", "Attachments of an electronic claim.",
        _read(
            _OPEN_DENTAL, None, note_chars=2000,
            remarks="The narrative hangs on an attachment of the type Narrative.",
        ),
    ),
    Profile(
        "open_dental_canada", "Open Dental, Canada", "clearinghouse", "Attachments of an electronic claim.",
        _read(
            _OPEN_DENTAL, None, file_types=["txt", "doc", "docx", "jpg", "png", "pdf", "tif"],
            max_files=30, max_file_bytes=7_000_000,
        ),
    ),
    Profile(
        "stedi_275", "Stedi, X12 275", "clearinghouse", "Electronic attachments beside an electronic claim.",
        _read(
            _STEDI, READ_ON, file_types=["pdf", "tif", "jpg", "png"],
            remarks="Sent unasked only. A payer that takes none is refused before it leaves. A dental claim names its"
            " attachment at the level of the claim; available on request (AA) carries no control number.",
        ),
    ),
    Profile(
        "claim_note", "Note on the claim alone", "clearinghouse", "No files: the note of an electronic dental claim.",
        _read(
            "X12 837D, NTE: five times 80 characters; Open Dental keeps 400", None, note_chars=400,
            remarks="For payers that take no attachments: images and reading wait until they are asked for.",
        ),
    ),
)  # fmt: skip
BY_KEY = {channel.key: channel for channel in CHANNELS}
NOTE_ONLY = ("claim_note",)
"""Channels that carry a note and no file."""
AS_IT_IS = "print"
"""The channel that adds nothing to a packet."""
ON_PAPER = (AS_IT_IS, "mail")
"""Channels that need no files of their own: the document itself is printed."""
