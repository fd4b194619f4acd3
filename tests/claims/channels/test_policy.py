"""Only what is needed leaves: the table of what payers want."""

from __future__ import annotations

import pytest

from claims.channels import Item, Wishes, sort_out

DOCUMENT = Item("packet.pdf", "document", "Packet", 1, documents=("images", "interpretation", "narrative", "note"))
FIGURE = Item("fig-01.jpg", "figure", "Figure 1", 1, documents=("images",))
EOB = Item("first-plan-eob.pdf", "enclosure", "EOB", 1, documents=("primary_eob",))
REPORT = Item("report.pdf", "enclosure", "Report", 1, documents=("prior_imaging",))

TABLE = [
    # attachments, documents wanted, COB as, asked      document, figure, EOB, report
    ("always", (), "unknown", False, (True, True, True, True)),
    ("always", (), "data", False, (True, True, False, True)),
    ("always", (), "attachment", False, (True, True, True, True)),
    ("unknown", (), "unknown", False, (True, True, True, True)),
    ("on_request", (), "unknown", False, (False, False, False, False)),
    ("on_request", (), "attachment", False, (False, False, True, False)),
    ("on_request", (), "unknown", True, (True, True, True, True)),
    ("on_request", (), "data", True, (True, True, False, True)),
    ("never", (), "unknown", False, (False, False, False, False)),
    ("never", (), "attachment", False, (False, False, True, False)),
    ("never", (), "unknown", True, (True, True, True, True)),
    ("always", ("interpretation",), "unknown", False, (True, False, False, False)),
    ("always", ("images", "prior_imaging"), "data", False, (True, True, False, True)),
    ("unknown", ("referral",), "unknown", False, (False, False, False, False)),
]


@pytest.mark.parametrize("attachments, documents, cob_as, asked, leaves", TABLE)
def test_the_table(
    attachments: str, documents: tuple[str, ...], cob_as: str, asked: bool, leaves: tuple[bool, ...]
) -> None:
    wishes = Wishes("Example", attachments, "", documents, cob_as, asked)
    found = sort_out((DOCUMENT, FIGURE, EOB, REPORT), wishes)
    assert tuple(s.leaves for s in found) == leaves
    assert all(s.reason.endswith(".") and len(s.reason) > 20 for s in found)


@pytest.mark.parametrize(
    "wishes, says",
    [
        (Wishes("Example", "never", "Manual, page 4"), "Example takes no attachments (Manual, page 4)."),
        (
            Wishes("Example", "on_request"),
            "Example wants attachments only when it asks; unasked ones can delay the claim.",
        ),
        (Wishes("Example", "always", "Call 7"), "Example wants it with the claim (Call 7)."),
        (Wishes("Example"), "It is not known whether Example wants attachments"),
        (Wishes("Example", "never", was_asked=True), "Example asked for it."),
    ],
)
def test_each_reason_says_who_wants_what_and_where_that_is_known_from(wishes: Wishes, says: str) -> None:
    (found,) = sort_out((DOCUMENT,), wishes)
    assert says in found.reason


def test_the_first_plans_amounts_go_as_data_where_the_payer_wants_that() -> None:
    (found,) = sort_out((EOB,), Wishes("Example", "always", cob_as="data"))
    assert (found.leaves, found.reason) == (
        False, "Example takes the first plan's amounts as data on the claim, not as an attachment.",
    )  # fmt: skip


def test_an_eob_that_a_person_put_on_the_shelf_goes_along_and_says_what_is_not_known() -> None:
    (found,) = sort_out((EOB,), Wishes("Example", "always"))
    assert found.leaves
    assert "It is not known how Example wants to be told what the first plan paid" in found.reason
