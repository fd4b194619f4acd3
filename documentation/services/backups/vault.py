"""A file that only its key opens: written and read piece by piece, and never believed before it is proven.

Laid out as a line that says what it is, a line of JSON (`salt`, `check`, and how the key is derived), then frames: four
bytes of length, and that many bytes of AES-256-GCM. Each file has a key of its own, derived from the practice's key and
the salt, so frames are numbered from zero. The number is the nonce; that of the last frame is marked. A frame that is
changed, moved, left out, or cut off together with all that follow it, therefore does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from dataclasses import dataclass
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from documentation.kernel.machine import NotPossible

MAGIC = b"DUCTUS BACKUP 1\n"
FRAME = 1024 * 1024
"""Bytes that are in memory at once."""
_TAG = 16
_LONGEST_HEADER = 1024
_SHORTEST_PASSPHRASE = 16
# 128 MiB and about half a second for each guess (RFC 7914; OWASP Password Storage Cheat Sheet, read 2026-11).
_SCRYPT = {"n": 2**17, "r": 8, "p": 1}

_DAMAGED = "This backup is damaged or was cut short{}, so none of it was used. Take another one."


@dataclass(frozen=True)
class Key:
    """What opens a practice's backups: 32 bytes, or a passphrase from which they are derived."""

    secret: bytes
    is_passphrase: bool

    def derive(self, salt: bytes) -> tuple[AESGCM, bytes]:
        """The cipher of one file, and the bytes by which a wrong key is told from a damaged file."""
        master = hashlib.scrypt(self.secret, salt=salt, maxmem=2**28, **_SCRYPT) if self.is_passphrase else self.secret
        both = HKDF(SHA256(), length=48, salt=salt, info=b"ductus backup 1").derive(master[:32])
        return AESGCM(both[:32]), both[32:]


def key_of(key: str, passphrase: str) -> Key:
    """The key that the settings name. Raises NotPossible where there is none, or one that protects nothing."""
    if key:
        if not re.fullmatch(r"[0-9a-fA-F]{64}", key):
            raise NotPossible(
                "BACKUP_KEY is no key: it has 64 characters of 0-9 and a-f, such as `openssl rand -hex 32` prints."
            )
        return Key(bytes.fromhex(key), is_passphrase=False)
    if not passphrase:
        raise NotPossible(
            "There is no key for backups, and none is written unencrypted. Set BACKUP_KEY_FILE to a file with the 64"
            " characters that `openssl rand -hex 32` prints, or BACKUP_PASSPHRASE_FILE, and keep a copy elsewhere:"
            " without it no backup opens again."
        )
    if len(passphrase) < _SHORTEST_PASSPHRASE:
        raise NotPossible(
            f"BACKUP_PASSPHRASE is shorter than {_SHORTEST_PASSPHRASE} characters, so it could be guessed."
            " Take six random words or more."
        )
    return Key(passphrase.encode(), is_passphrase=True)


class Sealing:
    """A stream to write to; `close` writes the last frame, and without it the file opens nowhere."""

    def __init__(self, stream: BinaryIO, key: Key) -> None:
        salt = os.urandom(32)
        self._cipher, check = key.derive(salt)
        header = {"key": "passphrase" if key.is_passphrase else "given", "salt": salt.hex(), "check": check.hex()}
        self._head = MAGIC + json.dumps(header).encode() + b"\n"
        self._stream, self._buffer, self._number = stream, bytearray(), 0
        stream.write(self._head)

    def write(self, data: bytes) -> int:
        self._buffer += data
        while len(self._buffer) > FRAME:  # One byte is kept back at least: the last frame is never empty.
            self._frame(bytes(self._buffer[:FRAME]), last=False)
            del self._buffer[:FRAME]
        return len(data)

    def close(self) -> None:
        self._frame(bytes(self._buffer), last=True)

    def _frame(self, data: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number, last), data, self._head)
        self._stream.write(len(sealed).to_bytes(4, "big") + sealed)
        self._number += 1


class Opening:
    """A stream to read from. What it hands out was proven, frame by frame; NotPossible says what is wrong."""

    def __init__(self, stream: BinaryIO, key: Key) -> None:
        magic = stream.read(len(MAGIC))
        line = stream.readline(_LONGEST_HEADER)
        try:
            header: dict[str, Any] = json.loads(line) if magic == MAGIC else {}
            salt, check = bytes.fromhex(header["salt"]), bytes.fromhex(header["check"])
            wants_passphrase = header["key"] == "passphrase"
        except (ValueError, KeyError, TypeError) as e:
            raise NotPossible("This file is no backup of Ductus, or its beginning is damaged.") from e
        if wants_passphrase != key.is_passphrase:
            wanted = "BACKUP_PASSPHRASE" if wants_passphrase else "BACKUP_KEY"
            raise NotPossible(f"This backup was written with another kind of key: set {wanted}, and not the other one.")
        self._cipher, expected = key.derive(salt)
        if not hmac.compare_digest(check, expected):
            raise NotPossible(
                "This key does not open this backup: it was written with another one, or its beginning is damaged."
            )
        self._stream, self._head = stream, magic + line
        self._buffer, self._number, self._is_over = bytearray(), 0, False
        self._next = self._length()

    def read(self, size: int) -> bytes:
        while len(self._buffer) < size and not self._is_over:
            self._buffer += self._opened()
        found = bytes(self._buffer[:size])
        del self._buffer[:size]
        return found

    def drain(self) -> None:
        """Read to the end, so that the end is proven, too."""
        while self.read(FRAME):
            pass

    def _opened(self) -> bytes:
        if self._next is None:
            raise NotPossible(_DAMAGED.format(""))
        sealed, self._next = self._stream.read(self._next), self._length()
        self._is_over = self._next is None
        try:
            found = self._cipher.decrypt(_nonce(self._number, last=self._is_over), sealed, self._head)
        except InvalidTag as e:
            raise NotPossible(_DAMAGED.format(f" near megabyte {self._number + 1:,}")) from e
        self._number += 1
        return found

    def _length(self) -> int | None:
        """How long the next frame is; None behind the last one."""
        if not (four := self._stream.read(4)):
            return None
        length = int.from_bytes(four, "big")
        if len(four) < 4 or not _TAG <= length <= FRAME + _TAG:
            raise NotPossible(_DAMAGED.format(""))
        return length


def _nonce(number: int, last: bool) -> bytes:
    return bytes([int(last)]) + number.to_bytes(11, "big")
