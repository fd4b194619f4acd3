"""Who sends the practice's electronic files and who takes them, as they are named at the head of each."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from claims.models import FileParties


@dataclass(frozen=True)
class Parties:
    """An empty sender is the location's tax ID; an empty receiver is the payer of the claims."""

    sender: str
    sender_qualifier: str
    receiver_name: str
    receiver: str
    receiver_qualifier: str


def parties() -> Parties:
    """What an administrator saved; while nobody did, what the settings of the server say."""
    return parties_of(FileParties.objects.first())


def parties_of(row: FileParties | None) -> Parties:
    """The same of what was saved, where it is at hand."""
    if row is None:
        return Parties(
            settings.EDI_SENDER,
            settings.EDI_SENDER_QUALIFIER,
            settings.EDI_RECEIVER_NAME,
            settings.EDI_RECEIVER,
            settings.EDI_RECEIVER_QUALIFIER,
        )
    return Parties(row.sender, row.sender_qualifier, row.receiver_name, row.receiver, row.receiver_qualifier)
