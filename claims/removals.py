"""What getting paid removes, beside what the record does (`documentation.retention.removals`)."""

from __future__ import annotations

from documentation.retention.removals import Group, Hold, Never, Removal

_C = "claims/services"

REMOVALS: tuple[Removal, ...] = (
    Removal(
        "The ZIP of a full export",
        "Seven days after it was written, and when an administrator removes it or gives it up",
        *(Group.NIGHT, Hold.COPY, "export.remove"),
        (
            f"{_C}/full_exports.py: remove",
            f"{_C}/full_exports.py: _end",
            f"{_C}/exports/making.py: Draft.drop",
            f"{_C}/exports/making.py: Draft._step",
        ),
        told_in=f"{_C}/full_exports.py",
    ),
    Removal(
        "Keys of old forms, links of phones, who had which page open",
        "Each night: keys and links after 7 days, pages after 48 hours",
        *(Group.NIGHT, Hold.NOT_OF_A_PATIENT, "upkeep.forget"),
        (f"{_C}/nightly.py: _expired",),
    ),
    Removal(
        "Sessions that are over, counts of tries at links",
        "Each night",
        *(Group.NIGHT, Hold.NOT_OF_A_PATIENT, "upkeep.forget"),
        (f"{_C}/nightly.py: _sessions", f"{_C}/nightly.py: _forget_old_counts"),
    ),
    Removal(
        "A list that was read and of which nothing was brought in",
        "When somebody discards it",
        *(Group.PERSON, Hold.GOES_ON, "import.discard"),
        (f"{_C}/imports.py: discard",),
    ),
    Removal(
        "Payers that came with a list by mistake",
        "When the list is taken back, and only those on which nothing builds",
        *(Group.PERSON, Hold.NOT_OF_A_PATIENT, "payer.take_back"),
        (f"{_C}/taking_back.py: take_back_payers",),
    ),
    Removal(
        "Patients’ plans that came with a list by mistake",
        "When the list is taken back, and only those on which nothing builds",
        *(Group.PERSON, Hold.STAYS, "coverage.take_back"),
        (f"{_C}/taking_back.py: take_back_coverages",),
    ),
    Removal(
        "The draft of a next plan’s claim that nobody touched",
        "When the answer after which it was started turns out to be matched wrongly",
        *(Group.PERSON, Hold.STAYS, "claim.start_taken_back"),
        (f"{_C}/next_plan.py: _gone",),
    ),
    Removal(
        "A denial of an answer that was matched wrongly, and the parts of an answer that was divided wrongly",
        "When somebody takes the match or the division back; the answer of the payer stays as it came",
        *(Group.PERSON, Hold.GOES_ON, "denial.take_back"),
        (f"{_C}/posting.py: take_back", f"{_C}/matching.py: unsplit"),
        told_in=f"{_C}/posting.py",
    ),
    Removal(
        "With which view somebody’s worklist opens",
        "When the view is removed, or shared no more",
        *(Group.PERSON, Hold.NOT_OF_A_PATIENT, "view.remove"),
        (f"{_C}/saved_views.py: change", f"{_C}/saved_views.py: remove", f"{_C}/saved_views.py: start_with"),
    ),
    Removal(
        "Lines of a claim that was not sent",
        "When its lines are set anew; what was sent is in the packet",
        *(Group.DRAFT, Hold.GOES_ON, "claim.lines"),
        (f"{_C}/preparation.py: _write_lines",),
    ),
    Removal(
        "Queues, places and sums",
        "Whenever a claim moves, and when they are counted anew",
        *(Group.COUNTED, Hold.COPY, ""),
        (
            f"{_C}/answered.py: keep",
            f"{_C}/answered.py: remove",
            f"{_C}/figures.py: remove",
            f"{_C}/figures.py: _fold",
            f"{_C}/owed.py: keep",
            f"{_C}/owed.py: remove",
            f"{_C}/queues.py: bill",
            f"{_C}/queues.py: remove",
            f"{_C}/queues.py: _place",
            f"{_C}/recount.py: rebuild",
            f"{_C}/recount_kept.py: rebuild_kept",
            f"{_C}/recount_queues.py: rebuild_places",
            f"{_C}/summands.py: fold",
        ),
        why="They are counted from claims and answers, which stay.",
    ),
    Removal(
        "Files that were half written, and what is carried out twice",
        "When a process broke off, or a file could not be handed over",
        *(Group.MACHINE, Hold.COPY, ""),
        (
            f"{_C}/exports/archive.py: Archive.__exit__",
            "claims/management/commands/build_packet.py: write_all",
            "claims/management/commands/export_837.py: Command.handle",
            "claims/management/commands/export_837.py: Command._give_a_question",
            "claims/ways/folder.py: _Folder.remove",
        ),
        why="They were never whole; what was sealed or sent is kept.",
    ),
    Removal(
        "Tables that many invented patients are copied through",
        "While the demonstration is filled",
        *(Group.MACHINE, Hold.NOT_OF_A_PATIENT, ""),
        (f"{_C}/demo_many.py: _Copying._choose", f"{_C}/demo_many.py: _Copying._write"),
        why="They last for one command, and only in a demonstration.",
    ),
)

NEVER: tuple[Never, ...] = (
    Never(
        "Sealed packets, and what was sent, how, and what proves it",
        "A packet is sealed once and for all; a sending is never changed.",
        tuple(
            f"claims_{name}"
            for name in "packet packetpart submission sentreport sentfailure transmission transmittedclaim"
            " controlseries dispatch dispatchfile dispatchedclaim dispatchattempt filingproof acknowledgement"
            " acknowledgementfile".split()
        ),
    ),
    Never(
        "Answers of payers from the moment they are posted, with the files and scans as they came",
        "A mistake is corrected beside them, never in them.",
        tuple(
            f"claims_{name}"
            for name in "remittance remittancefile remittanceclaim remittanceline adjustment eobspot formerscan".split()
        ),
    ),
    Never(
        "Payments of patients, write-offs, decisions and signed estimates",
        "They are taken back with a reason; both stay.",
        tuple(
            f"claims_{name}"
            for name in "patientpayment writeoff decision billingrelease estimate estimatesignature planorder"
            " selfpayrestriction".split()
        ),
    ),
    Never(
        "Documents on the shelf of claims and visits, notes and calls",
        "They are taken off the shelf or withdrawn; what they said stays.",
        tuple(f"claims_{name}" for name in "evidence visitdocument unobtainable claimnote statuscall".split()),
    ),
    Never(
        "What was known of payers and by which rules claims were checked",
        "A newer row counts; the older one says what was known then.",
        tuple(
            f"claims_{name}"
            for name in "playbookfact payerterms channellimit ownrule ownruleversion ownruletrial ruleseverity"
            " rulesrelease".split()
        ),
    ),
)
