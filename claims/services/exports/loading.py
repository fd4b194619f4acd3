"""Bringing a full export into an empty Ductus: all of it with equal sums, or nothing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from claims.services.exports.contents import filled
from claims.services.exports.reading import check
from documentation.services.backups.checking import Progress
from documentation.services.backups.restoring import Restored, bring_in


def load(path: Path, *, at: datetime, tell: Progress) -> Restored:
    """Read the whole export and prove it, bring it in, and sum every table up again before it is kept.

    Nobody can sign in with what came: passwords, passkeys and links are in no export. Raises NotPossible before
    anything is changed, where the file is not whole, the place is not empty, or the export is from a newer version.
    """
    return bring_in(
        lambda taker: check(path, tell=tell, taker=taker), action="export.load", at=at, fill=filled(), is_compared=True
    )
