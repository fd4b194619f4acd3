"""Ductus as it is served, in processes of its own, and somebody signed in who speaks HTTP."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import requests
from django.conf import settings
from django.test import Client

from documentation.models import User
from tests.claims.backups.processes import manage, surroundings


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


class Server:
    """One that answers. `visit` and `send` are of one person's browser."""

    def __init__(self, port: int, user: User, process: int = 0) -> None:
        self._process = process
        self.port, self.address = port, f"http://127.0.0.1:{port}"
        self.session = requests.Session()
        known = Client()
        known.force_login(user)
        self.session.cookies.set("ductus_session", known.cookies["ductus_session"].value, domain="127.0.0.1")

    def die(self) -> None:
        """Its processes are gone at once, whatever they are at."""
        os.killpg(self._process, signal.SIGKILL)

    def visit(self, path: str) -> requests.Response:
        return self.session.get(self.address + path, allow_redirects=False)

    def form(self, path: str, action: str = "") -> dict[str, str]:
        """The hidden fields of a page's form, by its action where there are several."""
        answer = self.visit(path)
        assert answer.status_code == 200, answer.text
        page = answer.text
        start = page.index(f'action="{action}"') if action else 0
        found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page[start:])
        return dict(found)

    def press(self, path: str, data: dict[str, Any]) -> requests.Response:
        """A form is sent as a browser does without scripts: what proves where it comes from is in its fields alone."""
        headers = {"Referer": self.address}
        return self.session.post(self.address + path, data=data, headers=headers, allow_redirects=False)

    def send(self, path: str, data: dict[str, Any], **more: Any) -> requests.Response:
        token = self.session.cookies.get("ductus_csrf", "")
        headers = {"X-CSRFToken": token, "Referer": self.address}
        return self.session.post(self.address + path, data=data, headers=headers, allow_redirects=False, **more)


@contextmanager
def served(user: User, **changed: str) -> Iterator[Server]:
    """Two processes behind one port, with the test's own database and storage."""
    if not (Path(settings.BASE_DIR) / "staticfiles" / "staticfiles.json").exists():
        assert manage("collectstatic", "--noinput", "--clear", "-v0").returncode == 0
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=settings.BASE_DIR,
        env=surroundings(PORT=str(port), WEB_CONCURRENCY="2", **changed),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        until = monotonic() + 600
        while True:
            assert process.poll() is None, process.communicate()[1].decode()
            assert monotonic() < until, "it does not answer"
            try:
                if requests.get(f"http://127.0.0.1:{port}/readyz", timeout=60).status_code == 200:
                    break
            except requests.RequestException:
                sleep(0.2)
        yield Server(port, user, process.pid)
    finally:
        process.terminate()
        process.communicate()
