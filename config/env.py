"""Typed readers of the environment. A value that cannot be used stops the start with one sentence."""

import os
import re
import secrets
from datetime import datetime, time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

YES = {"1", "true", "yes", "on"}
NO = {"0", "false", "no", "off"}

# IMMEDIATE takes the write lock at once: two writers wait for each other instead of failing half-way.
# FULL keeps a committed signature through a power loss; recursive_triggers lets locks see REPLACE.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;",
}

# Who waits for a lock is told before the server gives the page up, as on SQLite. A page's questions are large and their
# answers small: to compile them takes several times as long as to answer them.
POSTGRES_OPTIONS = {"options": "-c lock_timeout=20s -c jit=off", "connect_timeout": 5}


def text(name: str, default: str = "") -> str:
    """The value without surrounding blanks; an empty one counts as not set."""
    return os.environ.get(name, "").strip() or default


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def several(name: str, allowed: tuple[str, ...], default: tuple[str, ...]) -> frozenset[str]:
    """A comma-separated list of allowed words; 'none' alone is the empty list."""
    given = words(name) or list(default)
    if given == ["none"]:
        return frozenset()
    if unknown := [word for word in given if word not in allowed]:
        raise ImproperlyConfigured(f"{name} names {unknown[0]!r}; write some of {', '.join(allowed)}, or none.")
    return frozenset(given)


def slug(name: str) -> str:
    """Small letters, digits and hyphens, up to 20; may be empty."""
    value = text(name)
    if not re.fullmatch(r"[a-z0-9-]{0,20}", value, re.ASCII):
        raise ImproperlyConfigured(f"{name} is {value!r}; write up to 20 small letters, digits and hyphens.")
    return value


def choice(name: str, allowed: tuple[str, ...]) -> str:
    """One of the allowed words; the first is the default."""
    value = text(name, allowed[0])
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be {' or '.join(allowed)}.")
    return value


def flag(name: str, default: bool = False) -> bool:
    value = text(name, "yes" if default else "no").lower()
    if value not in YES | NO:
        raise ImproperlyConfigured(f"{name} is {value!r}; write 1 or 0.")
    return value in YES


def number(name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
    """A whole number, zero or more, within the bounds where there are any."""
    value = text(name, str(default))
    if not (value.isascii() and value.isdigit()):
        raise ImproperlyConfigured(f"{name} is {value!r}; write a whole number.")
    if int(value) < least or (most is not None and int(value) > most):
        upper = "or more" if most is None else f"to {most}"
        raise ImproperlyConfigured(f"{name} is {value}; write {least} {upper}.")
    return int(value)


def time_of_day(name: str, default: str) -> time | None:
    """An hour and minute such as 02:30; `off` is none."""
    value = text(name, default)
    if value == "off":
        return None
    try:
        return datetime.strptime(value, "%H:%M").time()  # noqa: DTZ007  of every day
    except ValueError as unknown:
        raise ImproperlyConfigured(f"{name} is {value!r}; write a time of day such as 02:30, or off.") from unknown


def worker_beside() -> bool:
    """Whether the server keeps a worker beside it: where workers hear of work through Redis, they run by themselves."""
    return flag("WORKER_BESIDE", default=not text("REDIS_URL"))


def folder(name: str, default: Path) -> Path:
    return Path(text(name, str(default))).expanduser().absolute()


def beside_database(database: dict[str, Any], base: Path) -> Path:
    """Where the heads of the audit trail of a database are written while nobody names a better place."""
    name = str(database["NAME"])
    is_file = str(database["ENGINE"]).endswith("sqlite3") and not name.startswith(("file:", ":"))
    return Path(f"{name}.anchor") if is_file else base / f"audit-{re.sub(r'[^A-Za-z0-9_-]', '_', name)}.anchor"


def time_zone(name: str, default: str) -> str:
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ImproperlyConfigured(f"{name} is {value!r}; write a zone such as America/Chicago.") from unknown
    return value


def secret(name: str, kept_in: Path | None = None) -> str:
    """The secret itself in NAME, or the path of a file that holds it in NAME_FILE.

    Without either, one is made once and kept in the file `kept_in`; without that, the start is refused.
    """
    if value := text(name):
        return value
    if path := text(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as problem:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {problem.strerror}.") from problem
    if kept_in is None:
        raise ImproperlyConfigured(f"{name} is not set; give it a long random value of your own and keep it.")
    return _made_once(kept_in)


def secret_if_any(name: str) -> str:
    """The same where it may be missing; then nothing."""
    return secret(name) if text(name) or text(f"{name}_FILE") else ""


def _made_once(path: Path) -> str:
    """Several processes may start together: the first whole file wins and the others read it."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(60), encoding="ascii")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()


def database(name: str, default: str) -> dict[str, Any]:
    """A database address, SQLite or PostgreSQL, with the options that keep a record safe on each."""
    url = text(name, default)
    scheme = urlsplit(url).scheme
    if scheme not in {"sqlite", "postgres", "postgresql"}:
        raise ImproperlyConfigured(f"{name} must begin with sqlite:// or postgres://, not {scheme or 'nothing'}.")
    try:
        settings: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=600, conn_health_checks=True))
    except ValueError as problem:
        raise ImproperlyConfigured(f"{name} must look like postgres://user:password@host/name.") from problem
    if scheme == "sqlite":
        settings["OPTIONS"] = SQLITE_OPTIONS | settings.get("OPTIONS", {})
    else:
        settings["OPTIONS"] = POSTGRES_OPTIONS | settings.get("OPTIONS", {})
    if flag("DATABASE_POOLER"):
        # Each transaction may be given another of the server's processes: nothing is left with one of them, and what a
        # connection begins with a pooler refuses.
        settings["DISABLE_SERVER_SIDE_CURSORS"] = True
        settings["OPTIONS"].pop("options", None)
    return settings


def object_storage(bucket: str) -> dict[str, Any]:
    """Django's storage settings for a private bucket: all is signed and encrypted, nothing public, no wait long."""
    try:
        from botocore.config import Config
    except ImportError as missing:
        raise ImproperlyConfigured("S3_BUCKET is set; install requirements-scale.txt, too.") from missing
    encryption = choice("S3_ENCRYPTION", ("aws:kms", "AES256", "none"))
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "location": "media",
            "endpoint_url": text("S3_ENDPOINT") or None,
            "region_name": text("S3_REGION") or None,
            "access_key": secret("S3_ACCESS_KEY"),
            "secret_key": secret("S3_SECRET_KEY"),
            "default_acl": None,
            "querystring_auth": True,
            "querystring_expire": 60,
            "client_config": Config(
                signature_version="s3v4",
                # The sum of what is sent is signed with it, which every service checks; trailing sums few others know.
                s3={"addressing_style": "path", "payload_signing_enabled": True},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                connect_timeout=3,
                read_timeout=5,
                retries={"total_max_attempts": 2, "mode": "standard"},
            ),
            "object_parameters": {
                "CacheControl": "private, no-store",
                **({} if encryption == "none" else {"ServerSideEncryption": encryption}),
            },
        },
    }


def mail(name: str) -> dict[str, Any]:
    """Django's e-mail settings from smtp://user:password@host:587 (STARTTLS) or smtps://…:465; unset sends none."""
    if not (url := text(name)):
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ImproperlyConfigured(f"{name} is no address of a mail server; write smtp://user:password@host:587.")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 10,
    }
