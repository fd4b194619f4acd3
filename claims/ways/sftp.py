"""A clearinghouse's SFTP server. Its host key is known beforehand: an unknown or changed one gets nothing.

The password or key comes from the settings alone, is handed to the library and kept nowhere; no message names it.
"""

from __future__ import annotations

import asyncio
import hashlib
import posixpath
from collections.abc import Collection, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import asyncssh

from claims.ways import drop
from claims.ways.base import ONE_STEP, OutOfTime, Setting, Time, Way, WayFailed, out_of_time
from claims.ways.carrying import PIECE

T = TypeVar("T")

CONNECT_SECONDS = 15
ANSWER = 15
"""Seconds in which the server must answer what is not about the bytes of a file."""


class _Known(asyncssh.SSHClient):
    """Takes the one host key that the practice wrote down, and remembers another one that was shown."""

    def __init__(self, key: asyncssh.SSHKey) -> None:
        self._key = key
        self.shown = ""

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        self.shown = key.get_fingerprint()
        return bool(key.public_data == self._key.public_data)


class _Server:
    """The folder on the server while the connection is open."""

    def __init__(self, runner: asyncio.Runner, client: asyncssh.SFTPClient, folder: str, time: Time) -> None:
        self._runner, self._client, self._folder, self._time = runner, client, folder, time

    def size(self, name: str) -> int | None:
        return self._do(self._size(name))

    async def _size(self, name: str) -> int | None:
        try:
            return (await self._client.stat(self._path(name))).size or 0
        except asyncssh.SFTPNoSuchFile:
            return None

    def sizes(self, names: Collection[str]) -> dict[str, int]:
        async def look() -> dict[str, int]:
            listed = await self._listed(names)
            found = {n: await self._size(n) if listed[n] is None else listed[n] for n in names if n in listed}
            return {n: size for n, size in found.items() if size is not None}

        return self._do(look(), ONE_STEP)

    async def _listed(self, names: Collection[str]) -> Mapping[str, int | None]:
        """What lies there, with its size where the server tells it; one that lists nothing is asked for each name."""
        try:
            return {str(e.filename): e.attrs.size for e in await self._client.readdir(self._folder)}
        except (asyncssh.SFTPPermissionDenied, asyncssh.SFTPOpUnsupported):
            return dict.fromkeys(names)

    def sum(self, name: str) -> str:
        async def read() -> str:
            total = hashlib.sha256()
            async with self._client.open(self._path(name), "rb") as file:
                while content := await file.read(PIECE):
                    total.update(content if isinstance(content, bytes) else content.encode())
            return total.hexdigest()

        return self._do(read(), ONE_STEP)

    def write(self, name: str, pieces: Iterable[bytes], start: int = 0) -> None:
        async def put() -> None:
            async with self._client.open(self._path(name), "r+b" if start else "wb") as file:
                place = start
                for piece in pieces:
                    for begin in range(0, len(piece), PIECE):
                        # One after the other: broken off, what lies there has no hole but in its last piece.
                        place += await file.write(piece[begin : begin + PIECE], place)

        self._do(put(), ONE_STEP)

    def rename(self, name: str, to: str) -> None:
        if self.size(to) is not None:
            raise WayFailed(f"A file named {to} lies on the server already.")
        self._do(self._client.rename(self._path(name), self._path(to)))

    def remove(self, name: str) -> None:
        if self.size(name) is not None:
            self._do(self._client.remove(self._path(name)))

    def _path(self, name: str) -> str:
        return posixpath.join(self._folder, name)

    def _do(self, work: Coroutine[Any, Any, T], most: float = ANSWER) -> T:
        seconds = min(most, self._time.left)

        async def within() -> T:
            async with asyncio.timeout(seconds):
                return await work

        if seconds <= 0:
            work.close()
            raise out_of_time()
        try:
            return self._runner.run(within())
        except TimeoutError as e:
            raise self._late() from e
        except asyncssh.SFTPPermissionDenied as e:
            raise WayFailed("The clearinghouse's server does not allow files to be laid into its folder.") from e
        except (asyncssh.Error, OSError) as e:
            raise WayFailed(f"The clearinghouse's server broke off: {_said(e)}.") from e

    def _late(self) -> WayFailed | OutOfTime:
        if not self._time.left:
            return out_of_time()
        return WayFailed("The clearinghouse's server did not answer in time. Try again: it goes on from there.")


@contextmanager
def _opened(setting: Setting, time: Time) -> Iterator[_Server]:
    with asyncio.Runner() as runner:
        connection = runner.run(_connect(setting, time))
        try:
            client = runner.run(_started(connection, time))
            yield _Server(runner, client, setting.get("SFTP_FOLDER") or ".", time)
        finally:
            connection.abort()
            runner.run(asyncio.sleep(0))


async def _connect(setting: Setting, time: Time) -> asyncssh.SSHClientConnection:
    kept = _host_key(setting)
    host, port = setting["SFTP_HOST"], int(setting.get("SFTP_PORT") or "22")
    known = _Known(kept)
    options: dict[str, Any] = {
        "username": setting["SFTP_USER"],
        # With a key of our own the password only opens that key's file, and is told to nobody.
        "password": None if setting.get("SFTP_KEY_FILE") else setting.get("SFTP_PASSWORD") or None,
        "client_keys": [_own_key(setting)] if setting.get("SFTP_KEY_FILE") else None,
        "server_host_key_algs": [a.decode("ascii") for a in kept.sig_algorithms],
        # Nothing of whoever started the program: no agent, no configuration, no list of known hosts.
        "known_hosts": ([], [], []),
        "agent_path": None,
        "config": None,
        "connect_timeout": CONNECT_SECONDS,
        "login_timeout": CONNECT_SECONDS,
    }
    try:
        async with asyncio.timeout(time.left):
            connection, _ = await asyncssh.create_connection(lambda: known, host, port, **options)
    except (asyncssh.HostKeyNotVerifiable, asyncssh.KeyExchangeFailed) as e:
        shown = f" It shows {known.shown}; written down is {kept.get_fingerprint()}." if known.shown else ""
        raise WayFailed(
            f"The server does not show the host key that is written down for it (SFTP_HOST_KEY).{shown} It may be"
            f" another server that poses as the clearinghouse's. Ask the clearinghouse for its key before"
            " you change the setting."
        ) from e
    except asyncssh.PermissionDenied as e:
        raise WayFailed(
            "The clearinghouse's server refused the user name, password or key. Check SFTP_USER,"
            " SFTP_PASSWORD and SFTP_KEY_FILE."
        ) from e
    except (asyncssh.ConnectionLost, ConnectionResetError) as e:
        if known.shown:
            raise WayFailed("The clearinghouse's server broke off before it had let us in. Try again.") from e
        # A server without a key of this kind hangs up, and its reason may be lost with the line.
        raise WayFailed(
            "The clearinghouse's server broke off before it had shown a host key of the kind that is written down"
            f" ({kept.get_algorithm()}). Try again; if it stays so, ask the clearinghouse whether its key is another"
            " one now (SFTP_HOST_KEY)."
        ) from e
    except (asyncssh.Error, OSError) as e:
        if not time.left:
            raise out_of_time() from e
        raise WayFailed(f"The clearinghouse's server cannot be reached: {_said(e)}.") from e
    return connection


async def _started(connection: asyncssh.SSHClientConnection, time: Time) -> asyncssh.SFTPClient:
    try:
        async with asyncio.timeout(min(CONNECT_SECONDS, time.left)):
            return await connection.start_sftp_client()
    except (asyncssh.Error, OSError, TimeoutError) as e:
        if not time.left:
            raise out_of_time() from e
        raise WayFailed(f"The clearinghouse's server offers no SFTP: {_said(e)}.") from e


def _host_key(setting: Setting) -> asyncssh.SSHKey:
    try:
        return asyncssh.import_public_key(setting["SFTP_HOST_KEY"])
    except (asyncssh.KeyImportError, ValueError) as e:
        raise WayFailed(
            "SFTP_HOST_KEY is no host key. Write it as the clearinghouse gives it, such as: ssh-ed25519 AAAA…"
        ) from e


def _own_key(setting: Setting) -> asyncssh.SSHKey:
    try:
        return asyncssh.read_private_key(setting["SFTP_KEY_FILE"], setting.get("SFTP_PASSWORD") or None)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, OSError, ValueError) as e:
        raise WayFailed(
            "The file of SFTP_KEY_FILE holds no private key that can be opened. One with a password is kept as PKCS#8."
        ) from e


def _said(e: BaseException) -> str:
    """What went wrong in a few words: the kind of it and what the system says, never what was sent."""
    if isinstance(e, OSError) and not isinstance(e, asyncssh.Error):
        return e.strerror or "no answer in time" if not isinstance(e, TimeoutError) else "no answer in time"
    return (str(getattr(e, "reason", "")) or type(e).__name__).rstrip(".")[:200]


def _lacking(setting: Setting) -> str:
    missing = [n for n in ("SFTP_HOST", "SFTP_USER", "SFTP_HOST_KEY") if not setting.get(n)]
    if not (setting.get("SFTP_PASSWORD") or setting.get("SFTP_KEY_FILE")):
        missing.append("SFTP_PASSWORD or SFTP_KEY_FILE")
    if not missing:
        return ""
    return f"No SFTP server of a clearinghouse is set up. Whoever runs Ductus names it in {', '.join(missing)}."


WAY = Way(
    key="sftp",
    name="Clearinghouse by SFTP",
    about="Electronic claim, attachments and control file, laid onto the clearinghouse's server.",
    channel="clearinghouse",
    proofs=("listing", "acknowledgement", "receipt"),
    proven_by="The server's listing with sizes and sums, read back; a 999 or 277CA says more when it comes.",
    arrange=drop.arrange,
    is_electronic=True,
    opened=_opened,
    lacking=_lacking,
)
