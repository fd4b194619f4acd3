"""Sessions whose idle limit moves on by itself: what is stored in them is left alone.

Pages load several things at once. Were the whole session written back for each, the last one to end would undo what
another had put there meanwhile: a message that a person should read, or the password that was just asked again.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError

from config.busy import trouble

BEGAN = "began"
"""Key of the moment of the log-in, in seconds."""


class SessionStore(db.SessionStore):
    """Django's sessions in the database, with an end that can be moved without reading or writing the rest."""

    def save(self, must_create: bool = False) -> None:
        """Store it. Django takes every failure for a session that ended; that of a busy database is told as it is."""
        try:
            super().save(must_create)
        except UpdateError as e:
            cause: Any = e.__context__
            if trouble(cause):
                raise cause from cause.__cause__
            raise

    def keep_alive(self) -> None:
        """Begin the idle time anew. A session that was ended meanwhile stays ended."""
        if self.session_key:
            self.model.objects.filter(session_key=self.session_key).update(expire_date=self.get_expiry_date())

    def seconds_left(self, *, at: datetime) -> int:
        """How long nothing needs to happen until the session ends; nothing where it has ended."""
        end = self.model.objects.filter(session_key=self.session_key).values_list("expire_date", flat=True).first()
        if end is None:
            return 0
        return max(0, int(min((end - at).total_seconds(), self._longest(at))))

    def whole_time(self, *, at: datetime) -> int:
        """The same right after a person did something."""
        return max(0, int(min(self.get_expiry_age(), self._longest(at))))

    def longest(self, *, at: datetime) -> int:
        """How many seconds the session lasts at most, whatever is done in it."""
        return max(0, int(self._longest(at)))

    def _longest(self, at: datetime) -> float:
        return float(self.get(BEGAN, at.timestamp()) + settings.SESSION_LONGEST - at.timestamp())
