"""Backups: one encrypted file that holds every row and every file of a practice, and restores into either engine."""

from documentation.services.backups.checking import Checked, check
from documentation.services.backups.making import Made, make, make_room
from documentation.services.backups.restoring import Restored, restore
from documentation.services.backups.vault import Key, key_of

__all__ = ["Checked", "Key", "Made", "Restored", "check", "key_of", "make", "make_room", "restore"]
