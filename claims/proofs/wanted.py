"""What a winning appeal encloses, by the cause of the denial: rows with a day and a source, data rather than law.

`NEEDED` counts as missing while it is not there, `HELPS` does not. A later row for the same cause and item takes the
place of an earlier one from its day on, so that an old denial keeps the checklist of its time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from documentation.kernel.rule import Cause

NEEDED, HELPS, NOT_WANTED = "needed", "helps", "not_wanted"
FIRST = date.min
"""The rows that came with the program count for denials of any day."""
PRACTICE = "usual practice of dental and medical appeals; ask the payer for its own list"


@dataclass(frozen=True)
class Wanted:
    """One thing that an appeal for this cause encloses. `weight` is needed, helps or not_wanted; `because` completes
    the sentence “Enclose it, because …”. It counts for denials from `since` on.
    """

    cause: Cause
    item: str
    weight: str
    because: str
    since: date = FIRST
    source: str = PRACTICE


def _of(cause: Cause, *rows: tuple[str, str, str]) -> Iterable[Wanted]:
    return (Wanted(cause, item, weight, because) for item, weight, because in rows)


def _of_all() -> Iterable[Wanted]:
    for cause in Cause:
        yield Wanted(cause, "decision", NEEDED, "the reviewer must see which decision is appealed")
        yield Wanted(
            cause, "representative", NEEDED, "an appeal in the patient's name is only taken with the patient's word"
        )


SHIPPED: tuple[Wanted, ...] = (
    *_of_all(),
    *_of(
        Cause.DOCUMENTATION,
        ("note", NEEDED, "the payer says that the record did not show the service"),
        ("interpretation", NEEDED, "the reading is part of what was billed"),
        ("images", NEEDED, "the reading rests on them"),
        ("prior_care", HELPS, "a note from outside says the same as the record"),
        ("referral", HELPS, "it says who asked for the examination, and why"),
        ("consent", HELPS, "it shows that the procedure was planned and explained"),
    ),
    *_of(
        Cause.MEDICAL_NECESSITY,
        ("note", NEEDED, "each criterion is answered from it"),
        ("interpretation", NEEDED, "it says what was found and what that changed"),
        ("images", NEEDED, "they show what was found"),
        ("prior_imaging", NEEDED, "they show that less was not enough"),
        ("prior_care", NEEDED, "they show what was tried before"),
        ("referral", HELPS, "another clinician saw the need, too"),
        ("policy", HELPS, "the payer is held to its own criteria"),
        ("literature", HELPS, "it answers a doubt about the method"),
        ("patient_statement", HELPS, "it says what daily life was like"),
    ),
    *_of(
        Cause.IMAGES,
        ("images", NEEDED, "the payer says that it has none, or not enough"),
        ("interpretation", NEEDED, "an image without its reading proves nothing"),
        ("note", HELPS, "it ties each image to the visit"),
        ("prior_imaging", HELPS, "they let the reviewer compare"),
    ),
    *_of(
        Cause.CODING,
        ("claim", NEEDED, "it shows each code beside what was done"),
        ("note", NEEDED, "it shows the service behind the code"),
        ("interpretation", HELPS, "the code is for images that are read"),
        ("policy", HELPS, "the payer's own coding rule decides"),
    ),
    *_of(
        Cause.BUNDLING,
        ("claim", NEEDED, "it shows the services apart"),
        ("note", NEEDED, "it shows another purpose, time or place"),
        ("images", HELPS, "they show what the other service did not"),
        ("policy", HELPS, "the payer's own rule says what belongs together"),
    ),
    *_of(
        Cause.AUTHORIZATION,
        ("authorization", NEEDED, "it shows the permission and its number"),
        ("note", NEEDED, "it shows the service that was permitted, or why it could not wait"),
        ("eligibility", HELPS, "it shows what the payer said before the visit"),
    ),
    *_of(
        Cause.COVERAGE,
        ("policy", NEEDED, "the words of the plan decide"),
        ("eligibility", NEEDED, "it shows what the payer said was covered"),
        ("note", HELPS, "it shows which service it was"),
        ("patient_statement", HELPS, "the member may ask for an exception"),
    ),
    *_of(
        Cause.CROSSOVER,
        ("other_eob", NEEDED, "it shows that the other plan refused"),
        ("claim", NEEDED, "it shows which service it was"),
        ("policy", HELPS, "it says which plan takes this service"),
    ),
    *_of(
        Cause.COB,
        ("other_eob", NEEDED, "it shows what the plan before paid"),
        ("eligibility", NEEDED, "it shows which plans were in force"),
        ("claim", NEEDED, "it shows the order in which the plans were billed"),
    ),
    *_of(
        Cause.TIMELY_FILING,
        ("filing_proof", NEEDED, "it shows that the claim was there in time"),
        ("claim", NEEDED, "it shows the day of service that the time runs from"),
    ),
    *_of(
        Cause.ELIGIBILITY,
        ("eligibility", NEEDED, "it shows that the plan was in force on the day"),
        ("claim", NEEDED, "it shows the member and the day that were billed"),
    ),
    *_of(
        Cause.DUPLICATE,
        ("claim", NEEDED, "it shows the service that is billed once"),
        ("note", NEEDED, "it shows that it was a visit of its own"),
        ("filing_proof", HELPS, "it shows what was sent, and when"),
    ),
    *_of(
        Cause.PROVIDER,
        ("credentials", NEEDED, "they show the license and the enrollment"),
        ("claim", NEEDED, "it shows under whom it was billed"),
    ),
    *_of(
        Cause.APPEAL,
        ("filing_proof", NEEDED, "it shows that the earlier appeal came in time"),
        ("claim", NEEDED, "it shows which claim it is about"),
    ),
    *_of(
        Cause.OTHER,
        ("note", NEEDED, "a reviewer without a stated reason reads it first"),
        ("interpretation", NEEDED, "it is what was billed"),
        ("images", NEEDED, "the reading rests on them"),
        ("claim", HELPS, "it shows which claim it is about"),
    ),
)


def wanted_on(day: date | None, rows: Iterable[Wanted] = SHIPPED) -> dict[tuple[Cause, str], Wanted]:
    """By cause and item what counts for a denial of a day; of rows for the same the last one that had begun."""
    begun = [row for row in rows if day is None or row.since <= day]
    newest = {(row.cause, row.item): row for row in sorted(begun, key=lambda row: row.since)}
    return {key: row for key, row in newest.items() if row.weight != NOT_WANTED}
