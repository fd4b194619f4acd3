"""One walk through the program for each role: every address by every method, and what links lead to besides.

All that look at answers look at the answers of this walk; nothing is asked twice.
"""

from __future__ import annotations

import functools
import html
import json
import re
from collections import defaultdict, deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.urls import Resolver404, resolve, reverse

from documentation.kernel.permissions import Role
from documentation.models import AuditEvent
from documentation.views.addresses import Address
from documentation.views.once import new_key
from tests import factories as f
from tests.architecture.test_every_url_is_guarded import ADDRESSES, World, client_of, told, undone
from tests.architecture.test_headers import faults, kind_of
from tests.dumps import difference, dump

METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
TABLE: dict[str, dict[str, list[str]]] = json.loads((Path(__file__).parent / "access.json").read_text())
LINK = re.compile(r'(?:href|action|src|hx-get|hx-post|data-url|data-[a-z-]+)="(/[^"#]*)')
MOST_ALIKE = 4
"""Pages of one address that links are followed to: the fifth record of a list has the links of the first."""


def may(address: Address, who: str) -> bool:
    return who in TABLE[address.name]["who"]


def methods_tried(*, opens: bool) -> tuple[str, ...]:
    """All of them; where a role is turned away before the view is reached, another engine is asked by two."""
    return METHODS if opens or connection.vendor == "sqlite" else ("get", "post")


def ask(client: Client, method: str, path: str) -> Any:
    """Send a request; whoever was logged in by the browser's word stays so, also after asking for the log-out."""
    kept = client.cookies.copy()
    data = {"once": new_key()} if method == "post" else None
    response = getattr(client, method)(path, data)
    client.cookies = kept
    return response


@functools.cache
def name_of(path: str) -> str:
    try:
        return resolve(unquote(urlsplit(path).path)).url_name or ""
    except Resolver404:
        return ""


@dataclass
class Walk:
    """What one role met."""

    role: Role
    wrong: list[str] = field(default_factory=list)
    """Answers that the file does not say."""
    unsafe: list[str] = field(default_factory=list)
    """Headers that are missing or weaker."""
    kinds: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    tried: int = 0
    pages: dict[str, str] = field(default_factory=dict)
    """By path; empty for what is no page."""
    linked: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By the name of an address, whose pages lead to it."""
    changed: list[str] = field(default_factory=list)
    """Rows that are others after all that was denied."""
    denied: list[tuple[str, str]] = field(default_factory=list)
    on_record: list[tuple[str, str]] = field(default_factory=list)
    """View and method of each denial, as it was asked and as the trail has it."""

    @property
    def looked_at(self) -> set[str]:
        """Names of the addresses that were opened."""
        return set(map(name_of, self.pages))

    def seen(self, what: str, response: Any) -> None:
        self.kinds[kind_of(response)] += 1
        self.unsafe += [f"{what} {response.status_code}: {fault}" for fault in faults(response)]


def walk_of(world: World, role: Role) -> Walk:
    """What is only looked at is asked by the person of that role, everything else by a colleague without own rows."""
    walk, user = Walk(role), f.user(role=role)
    # It keeps a list for the owner of a session, stops no page, and would take a fifth of the time.
    quick = [m for m in settings.MIDDLEWARE if m != "config.middleware.sessions_seen"]
    with override_settings(MIDDLEWARE=quick):
        return _walked(walk, world, user)


def _walked(walk: Walk, world: World, user: Any) -> Walk:
    role = walk.role
    own, colleague = client_of(world.people[role]), client_of(user)
    closed: list[tuple[Address, str, str]] = []
    for address in (a for a in ADDRESSES if not a.is_by_phone):
        path, opens = world.fill(address), may(address, role)
        for method in methods_tried(opens=opens):
            if opens and method in TABLE[address.name]["methods"]:
                _look(walk, own if method == "get" else colleague, address, method, path)
            else:
                closed.append((address, method, path))
    _turned_away(walk, colleague, user, closed)
    _follow(walk, own)
    return walk


def _look(walk: Walk, client: Client, address: Address, method: str, path: str) -> None:
    with undone():
        response = ask(client, method, path)
        denied = AuditEvent.objects.filter(action="access.denied").count()
    walk.tried += 1
    walk.seen(f"{method} {address.route}", response)
    status, is_own = response.status_code, method == "post" and walk.role in TABLE[address.name].get("own", [])
    login = reverse(settings.LOGIN_URL)
    is_to_log_in = response.get("Location", "").startswith(f"{login}?next=") and bool(address.permission)
    if status in (403, 405) or status >= 500 or is_to_log_in or denied:
        # What only its owner may do refuses a colleague with a reason, and that is on record, too.
        if not (is_own and status == 403 and denied == 1):
            walk.wrong.append(f"{method} {address.route}: {told(response)}, {denied} denials on record")
    elif is_own:
        walk.wrong.append(f"{method} {address.route}: a colleague may, too")
    if method == "get":
        _note(walk, path, response)


def _turned_away(walk: Walk, client: Client, user: Any, closed: list[tuple[Address, str, str]]) -> None:
    with undone():
        before, denials = dump(), AuditEvent.objects.filter(action="access.denied").count()
        for address, method, path in closed:
            response = ask(client, method, path)
            walk.tried += 1
            walk.seen(f"{method} {address.route}", response)
            expected = 405 if may(address, walk.role) else 403
            if response.status_code != expected:
                walk.wrong.append(f"{method} {address.route}: {told(response)}, not {expected}")
            if expected == 403:
                walk.denied.append((address.name, method.upper()))
                if method != "head" and b"Your role does not open" not in response.content:
                    walk.wrong.append(f"{method} {address.route}: it does not say why")
        walk.changed = difference(before, dump())
        for event in AuditEvent.objects.filter(action="access.denied")[denials:]:
            said = json.loads(event.detail)
            walk.on_record.append((said["view"], said["method"] if event.by_id == user.pk else f"by {event.by}"))


def _note(walk: Walk, path: str, answer: Any) -> list[str]:
    """Keep a page, and who leads where. Gives what it leads to."""
    is_page = answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
    walk.pages[path] = answer.content.decode() if is_page else ""
    targets = list(map(html.unescape, LINK.findall(walk.pages[path])))
    if answer.status_code == 302:
        targets.append(answer["Location"])
    for target in targets:
        walk.linked[name_of(target)].add(name_of(path))
    return targets


def _follow(walk: Walk, client: Client) -> None:
    """Open what the pages link to, from the first one on, as far as it is not another of what was seen."""
    opened: dict[str, int] = defaultdict(int)
    for path in walk.pages:
        opened[name_of(path)] += 1
    waiting = deque(["/", *(html.unescape(t) for page in walk.pages.values() for t in LINK.findall(page))])
    while waiting:
        path = waiting.popleft()
        name = name_of(path)
        if path in walk.pages or opened[name] >= MOST_ALIKE or "get" not in TABLE.get(name, {"methods": []})["methods"]:
            continue
        opened[name] += 1
        with undone():
            answer = client.get(path)
        if answer.streaming:
            b"".join(answer.streaming_content)
        walk.seen(f"get {path}", answer)
        waiting.extend(_note(walk, path, answer))
