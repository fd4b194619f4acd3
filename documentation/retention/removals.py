"""What Ductus removes: each place in the program at which something goes, when, why it may, and what tells of it.

`tests/architecture/test_nothing_goes_silently.py` looks for every such place, and fails where one is not here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Group(StrEnum):
    """Who removes it, in the order of the page."""

    NIGHT = "night"
    PERSON = "person"
    DRAFT = "draft"
    COUNTED = "counted"
    MACHINE = "machine"


GROUPS = {
    Group.NIGHT: "Removed by Ductus itself",
    Group.PERSON: "Removed when somebody says so",
    Group.DRAFT: "Changed while it is a draft",
    Group.COUNTED: "Written anew from what stays",
    Group.MACHINE: "Scraps of the machine",
}


class Hold(StrEnum):
    """What a legal hold does to it."""

    STAYS = "stays"
    NOT_OF_A_PATIENT = "not_of_a_patient"
    COPY = "copy"
    GOES_ON = "goes_on"


HOLDS = {
    Hold.STAYS: "Stays while the patient is on legal hold",
    Hold.NOT_OF_A_PATIENT: "Is no patient’s record",
    Hold.COPY: "Is a copy of what stays",
    Hold.GOES_ON: "Is no record yet, or our reading of one: what it rests on stays",
}


@dataclass(frozen=True)
class Removal:
    """One kind of thing that goes."""

    what: str
    when: str
    group: Group
    hold: Hold
    event: str
    """The audit event that names or counts what went; empty where nothing tells of it, and `why` says why."""
    where: tuple[str, ...]
    """`file: function` of each place."""
    why: str = ""
    told_in: str = ""
    """The file that records the event, where it is another one."""


_D = "documentation/services"

REMOVALS: tuple[Removal, ...] = (
    Removal(
        "Files in storage that nothing points to any more: pictures taken out of drafts, uploads that broke off",
        "Each night, once they are older than 48 hours",
        *(Group.NIGHT, Hold.STAYS, "file.remove"),
        (f"{_D}/sweeping.py: _remove", f"{_D}/places.py: Folder.remove", f"{_D}/places.py: Bucket.remove"),
        told_in=f"{_D}/sweeping.py",
    ),
    Removal(
        "Uploads that wait for a decision",
        "Each night, after 7 days without a decision",
        *(Group.NIGHT, Hold.STAYS, "image.forget"),
        (f"{_D}/holding.py: _forget",),
    ),
    Removal(
        "Notices to single people",
        "Each night, once they were read more than 90 days ago (a setting), or never within a year",
        *(Group.NIGHT, Hold.NOT_OF_A_PATIENT, "upkeep.forget"),
        (f"{_D}/notices.py: forget",),
        told_in="claims/services/nightly.py",
    ),
    Removal(
        "Older backups",
        "When a new one is whole, where the command keeps only the newest",
        *(Group.NIGHT, Hold.COPY, "backup.remove"),
        (f"{_D}/backups/making.py: make_room",),
        told_in=f"{_D}/upkeep.py",
    ),
    Removal(
        "A picture in a draft",
        "When somebody takes it out before the record is signed; its file goes with the night",
        *(Group.PERSON, Hold.STAYS, "image.remove"),
        (f"{_D}/images.py: remove",),
    ),
    Removal(
        "An upload that waits for a decision",
        "When somebody discards it; its file goes with the night",
        *(Group.PERSON, Hold.STAYS, "image.discard"),
        (f"{_D}/holding.py: discard",),
    ),
    Removal(
        "An upload that waited, once its pictures are in the record",
        "With the decision; the file as it came stays with the pictures",
        *(Group.DRAFT, Hold.COPY, "image.upload"),
        (f"{_D}/images.py: decide",),
    ),
    Removal(
        "Patients who came with a list by mistake",
        "When the list is taken back, and only those on whom nothing builds: no visit, no plan, no hold",
        *(Group.PERSON, Hold.STAYS, "patient.take_back"),
        (f"{_D}/registering.py: take_back_patients",),
    ),
    Removal(
        "Phrases",
        "When their owner removes them; notes keep their words",
        *(Group.PERSON, Hold.NOT_OF_A_PATIENT, "phrase.remove"),
        (f"{_D}/phrases.py: remove",),
    ),
    Removal(
        "A lost second factor with its recovery codes",
        "When an administrator resets it, or its owner takes away the last one",
        *(Group.PERSON, Hold.NOT_OF_A_PATIENT, "user.second_factor_reset"),
        (f"{_D}/accounts.py: reset_second_factor", "config/account_events.py: factor_removed"),
    ),
    Removal(
        "Recovery codes that new ones replace",
        "When somebody makes new ones",
        *(Group.PERSON, Hold.NOT_OF_A_PATIENT, "account.recovery_codes"),
        (f"{_D}/recovery.py: make_codes",),
    ),
    Removal(
        "Lines of a draft: findings, interventions and the like",
        "When somebody saves the section without them; what was signed is never touched",
        *(Group.DRAFT, Hold.GOES_ON, "encounter.save"),
        (f"{_D}/encounters.py: _replace", f"{_D}/encounters.py: _replace_findings"),
    ),
    Removal(
        "Marks on a picture of a draft",
        "When somebody saves the picture without them",
        *(Group.DRAFT, Hold.GOES_ON, "image.annotate"),
        (f"{_D}/annotations.py: annotate",),
    ),
    Removal(
        "The words by which a patient is found",
        "When a name or number is corrected, and when the words are written anew",
        *(Group.COUNTED, Hold.COPY, ""),
        (f"{_D}/patients.py: keep_words", f"{_D}/patients.py: rebuild_words"),
        why="They follow from the patient’s own row, whose correction is an event.",
    ),
    Removal(
        "Who has which page open",
        "When the page is left",
        *(Group.MACHINE, Hold.NOT_OF_A_PATIENT, ""),
        (f"{_D}/presence.py: leave",),
        why="It tells of this minute only; who saw what is in the audit trail.",
    ),
    Removal(
        "Counts of wrong passwords",
        "When the right one is given, and when they lie back",
        *(Group.MACHINE, Hold.NOT_OF_A_PATIENT, ""),
        (f"{_D}/guessing.py: take_back", f"{_D}/guessing.py: _forget", f"{_D}/guessing.py: purge"),
        why="Each wrong password is an event of its own.",
    ),
    Removal(
        "Keys of forms that were sent",
        "When the form comes back with errors, or the process died over it",
        *(Group.MACHINE, Hold.NOT_OF_A_PATIENT, ""),
        ("documentation/views/once.py: acts_once.wrapped", "documentation/views/once.py: _begin"),
        why="A key says that a form acts once, and holds nothing of what was typed.",
    ),
    Removal(
        "Files that were half written",
        "When a process broke off, or the whole one has its name",
        *(Group.MACHINE, Hold.COPY, ""),
        (
            f"{_D}/backups/making.py: make",
            f"{_D}/backups/making.py: _remove_broken_off",
            f"{_D}/places.py: Folder.put",
            "documentation/typesetting/leftovers.py: sweep",
            "config/env.py: _made_once",
        ),
        why="They were never whole, or lie under their own name by now.",
    ),
    Removal(
        "Rows that an empty database begins with",
        "When a backup or an export is loaded into it",
        *(Group.MACHINE, Hold.NOT_OF_A_PATIENT, ""),
        (f"{_D}/backups/restoring.py: _empty", f"{_D}/backups/rows.py: set_last_numbers"),
        why="Nothing of a practice is in it: a database that holds one is refused.",
    ),
)


@dataclass(frozen=True)
class Never:
    """What nothing removes, and the tables whose locks in the database see to it."""

    what: str
    why: str
    tables: tuple[str, ...]


_RECORD = ("justification priorcare priorimaging procedure glandexamined finding intervention interpretation planofcare"
           " otherprocedure encounterimage annotation").split()  # fmt: skip

NEVER: tuple[Never, ...] = (
    Never(
        "Signed records with every version, addendum, image and mark",
        "From the signature on nobody changes or removes them, Ductus itself included.",
        (
            *("documentation_encounter", "documentation_signature", "documentation_addendum"),
            *(f"documentation_{part}" for part in _RECORD),
        ),
    ),
    Never(
        "Requests to amend a record, with every step, and the days to answer",
        "What a patient asked for and what was answered stays as it was written down.",
        ("documentation_amendmentrequest", "documentation_amendmentstep", "documentation_amendmenttime"),
    ),
    Never(
        "Which patients were merged, what was led over, and who was told apart",
        "By it a merge can be taken back, and a signed record shows whose it was.",
        ("documentation_merge", "documentation_movedrow", "documentation_notsame"),
    ),
    Never(
        "The audit trail",
        "Each event carries the hash of the one before it: one that is missing is seen.",
        ("documentation_auditevent",),
    ),
    Never(
        "Periods, legal holds, decisions to keep longer",
        "A hold is released and a period is written anew; what stood before stays.",
        ("documentation_retentionperiod", "documentation_legalhold", "documentation_keptlonger"),
    ),
)
