"""What an address asks for of outcomes: a payer and a rule, each passed over where there is no such one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from claims.models import Payer


@dataclass(frozen=True)
class Narrowed:
    payer: Payer | None = None
    rule: str = ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.payer or self.rule)

    def query(self, **more: str) -> str:
        """The same as an address asks for it."""
        asked = {"payer": str(self.payer.pk) if self.payer else "", "rule": self.rule, **more}
        found = urlencode({name: value for name, value in asked.items() if value})
        return f"?{found}" if found else ""


def read(data: Mapping[str, str]) -> Narrowed:
    key, rule = data.get("payer", ""), data.get("rule", "").strip().upper()
    is_key = key.isascii() and key.isdigit() and len(key) < 18
    payer = Payer.objects.filter(pk=int(key)).first() if is_key else None
    return Narrowed(payer, rule if re.fullmatch(r"[A-Z]{2,8}-[0-9]{1,6}", rule) else "")
