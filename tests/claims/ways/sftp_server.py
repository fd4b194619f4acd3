"""A real SFTP server on this machine: its own sockets, host key and folder; what it does wrong is chosen by a test."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import asyncssh

from claims.ways import sftp

USER, PASSWORD = "harbor", "the tide turns at nine"
PATIENCE = 120
"""Seconds."""


@dataclass
class Served:
    """How it can be reached, and what was done there."""

    folder: Path
    host_key: asyncssh.SSHKey
    port: int = 0
    renamed: list[str] = field(default_factory=list)
    trouble: str = ""
    """full, forbidden, silent (renames, then never answers again), taken (takes each file away once it has its name),
    cut (keeps half of what is written)"""
    offered: list[str] = field(default_factory=list)
    """Passwords that somebody tried."""
    known_key: bytes = b""
    """The one public key that is let in."""
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list)

    @property
    def setting(self) -> dict[str, str]:
        return {
            "SFTP_HOST": "127.0.0.1",
            "SFTP_PORT": str(self.port),
            "SFTP_USER": USER,
            "SFTP_PASSWORD": PASSWORD,
            "SFTP_HOST_KEY": self.host_key.export_public_key().decode().strip(),
            "SFTP_FOLDER": "in",
        }

    @property
    def lying(self) -> list[str]:
        return sorted(p.name for p in (self.folder / "in").iterdir())


def _login(served: Served) -> type[asyncssh.SSHServer]:
    class Login(asyncssh.SSHServer):
        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            served.connections.append(conn)

        def public_key_auth_supported(self) -> bool:
            return True

        def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
            return bool(served.known_key and key.public_data == served.known_key)

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            served.offered.append(password)
            return (username, password) == (USER, PASSWORD)

    return Login


def _files(served: Served) -> Any:
    class Files(asyncssh.SFTPServer):
        def __init__(self, channel: Any) -> None:
            super().__init__(channel, chroot=str(served.folder).encode())
            self._channel = channel

        def write(self, file_obj: object, offset: int, data: bytes) -> int:
            if served.trouble == "full":
                raise asyncssh.SFTPNoSpaceOnFilesystem("no space left")
            if served.trouble == "cut":
                data = data[: len(data) // 2]
            return int(super().write(file_obj, offset, data))  # type: ignore[arg-type]

        def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Any:
            if served.trouble == "forbidden" and pflags & asyncssh.FXF_WRITE:
                raise asyncssh.SFTPPermissionDenied("read only")
            return super().open(path, pflags, attrs)

        def rename(self, oldpath: bytes, newpath: bytes) -> None:
            super().rename(oldpath, newpath)
            name = Path(newpath.decode()).name
            served.renamed.append(name)
            if served.trouble == "taken":
                (served.folder / "in" / name).unlink()
            if served.trouble == "silent" and name.endswith(".837"):
                self._channel.get_connection().abort()

    return Files


@contextmanager
def serving(folder: Path, host_key: asyncssh.SSHKey | None = None) -> Iterator[Served]:
    """The server, until the block ends."""
    (folder / "in").mkdir(parents=True)
    served = Served(folder, host_key or asyncssh.generate_private_key("ssh-ed25519"))
    ready = threading.Event()
    end: list[Callable[[], object]] = []

    async def serve() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        server = await asyncssh.listen(
            "127.0.0.1", 0, server_factory=_login(served), sftp_factory=_files(served),
            server_host_keys=[served.host_key],
        )  # fmt: skip
        served.port = server.get_port()
        end.append(lambda: loop.call_soon_threadsafe(stop.set))
        ready.set()
        await stop.wait()
        server.close()
        await server.wait_closed()
        # Whoever went away without a word may not have been noticed yet, on a busy machine: nothing is left open.
        for connection in served.connections:
            connection.abort()
        for connection in served.connections:
            await connection.wait_closed()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    if not ready.wait(PATIENCE):
        raise RuntimeError("The SFTP server did not start.")
    try:
        # A busy machine is no failure.
        with mock.patch.object(sftp, "CONNECT_SECONDS", PATIENCE):
            yield served
    finally:
        end[0]()
        thread.join(PATIENCE)
