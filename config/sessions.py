"""Sessions whose idle limit moves on by itself: what is stored in them is left alone.

Pages load several things at once. Were the whole session written back for each, the last one to end would undo what
another had put there meanwhile: a message that a person should read, or the password that was just asked again.
"""

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """Django's sessions in the database, with an end that can be moved without reading or writing the rest."""

    def keep_alive(self) -> None:
        """Begin the idle time anew. A session that was ended meanwhile stays ended."""
        if self.session_key:
            self.model.objects.filter(session_key=self.session_key).update(expire_date=self.get_expiry_date())
