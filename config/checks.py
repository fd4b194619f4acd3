"""Settings that would put patient data at risk. In production each of them keeps Ductus from starting."""

import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register

from config import env
from config.disks import shows_encryption

SHORTEST_SECRET = 50
FEWEST_LETTERS = 10
"""Different characters that a random secret of that length always has."""
PUBLIC_SECRETS = ("django-insecure-", "for-tests-only-", "change-me", "changeme")
"""How keys begin that stand in a program or its documentation, where everybody can read them."""

LOOPBACK = {"", "localhost", "127.0.0.1", "::1", "[::1]"}
NO_STATEMENT = {"", "none", "0", "1", "yes", "no", "true", "false", "on", "off"}
"""What says nothing about how something is encrypted."""

Problem = tuple[str, str, str]
"""Number, what is wrong, what to do; each a sentence."""


def _inside(inner: str | Path, outer: str | Path) -> bool:
    return Path(inner).resolve().is_relative_to(Path(outer).resolve())


def _overlap(one: str | Path, other: str | Path) -> bool:
    return _inside(one, other) or _inside(other, one)


def _for_everybody(path: str | Path) -> bool:
    """Whether anybody who has an account on this machine may read what lies there: no folder above it is closed."""
    place = Path(path).absolute()
    try:
        is_on_the_way = all(folder.stat().st_mode & stat.S_IXOTH for folder in place.parents)
        return is_on_the_way and bool(place.stat().st_mode & stat.S_IRWXO)
    except OSError:
        return False


def _problems() -> Iterator[Problem]:
    yield from _of_pages()
    yield from _of_secrets()
    yield from _of_files()
    yield from _of_connections()


def _of_pages() -> Iterator[Problem]:
    if settings.DEBUG:
        yield "E001", "DEBUG is on, so error pages would show patient data.", "Unset DEBUG."
    if not settings.ALLOWED_HOSTS or any(host.startswith(("*", ".")) for host in settings.ALLOWED_HOSTS):
        yield "E003", "ALLOWED_HOSTS does not name the host exactly.", "Name each host, for example ductus.example.org."
    if not (settings.SECURE_SSL_REDIRECT and settings.SECURE_HSTS_SECONDS):
        yield "E004", "Pages could travel without TLS.", "Keep SECURE_SSL_REDIRECT and SECURE_HSTS_SECONDS on."
    if not (settings.SESSION_COOKIE_SECURE and settings.SESSION_COOKIE_HTTPONLY and settings.CSRF_COOKIE_SECURE):
        yield "E005", "Session cookies could be read by others.", "Keep the cookies secure and HTTP-only."
    if not settings.SESSION_COOKIE_AGE <= 3600:
        yield "E006", "A forgotten screen would stay signed in for more than an hour.", "Lower SESSION_COOKIE_AGE."
    policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    if any("unsafe" in str(source) for sources in policy.values() for source in sources):
        yield "E011", "The content security policy allows unsafe sources.", "Remove every 'unsafe-…' source."
    if urlsplit(settings.PUBLIC_URL).scheme != "https":
        yield "E012", "PUBLIC_URL is not https, so packets and phones would be led past TLS.", "Use an https address."


def _of_secrets() -> Iterator[Problem]:
    key = settings.SECRET_KEY
    if len(key) < SHORTEST_SECRET:
        yield "E002", f"SECRET_KEY is shorter than {SHORTEST_SECRET} characters.", "Use a long random value."
    elif len(set(key)) < FEWEST_LETTERS or key.startswith(PUBLIC_SECRETS) or key == _key_of_the_demo():
        said = "SECRET_KEY can be known to others: it is an example, the demo practice's, or not random."
        yield "E013", said, "Make one of your own, for example with `openssl rand -base64 48`, and use it here alone."
    if "Argon2" not in settings.PASSWORD_HASHERS[0]:
        yield "E007", "Passwords would be hashed too weakly.", "Put Argon2PasswordHasher first."
    if str(settings.CACHES["default"]["BACKEND"]).rpartition(".")[2] in {"LocMemCache", "DummyCache"}:
        said = "Tries at links of phones and calendars would be counted by each process for itself."
        yield "E014", said, "Use the cache table of the database, or REDIS_URL."


def _key_of_the_demo() -> str:
    """The key that the demo made for itself on this machine, where there is one."""
    try:
        return (settings.BASE_DIR / ".secret_key").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def _of_files() -> Iterator[Problem]:
    public = (settings.STATIC_ROOT, *settings.STATICFILES_DIRS)
    if any(_overlap(settings.MEDIA_ROOT, folder) for folder in public):
        yield "E008", "MEDIA_ROOT and the public static files share a folder.", "Give MEDIA_ROOT a folder of its own."
    if not settings.S3_BUCKET and _for_everybody(settings.MEDIA_ROOT):
        said = "MEDIA_ROOT can be opened by every account of this machine."
        yield "E015", said, f"Take the rights of others away: chmod -R o= {shlex.quote(str(settings.MEDIA_ROOT))}."
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3") and _for_everybody(database["NAME"]):
        said = "The database file can be read by every account of this machine."
        yield "E016", said, f"Take the rights of others away: chmod o= {shlex.quote(str(database['NAME']))}."
    storages: dict[str, Any] = settings.STORAGES
    files = storages["default"].get("OPTIONS", {})
    if settings.S3_BUCKET and (files.get("default_acl") or not files.get("querystring_auth")):
        yield "E009", "Patient files in the bucket could be read without a signed link.", "Keep the bucket private."
    if (endpoint := files.get("endpoint_url")) and urlsplit(endpoint).scheme != "https":
        yield "E010", "S3_ENDPOINT is not https, so patient files could be read on their way.", "Use an https address."
    for number, name, what in (
        ("E017", "ENCRYPTED_DISK", "the disks under database and files are"),
        ("E018", "ENCRYPTED_BACKUPS", "backups are"),
    ):
        if name == "ENCRYPTED_BACKUPS" and _encrypts_backups_itself():
            continue
        if getattr(settings, name).lower() in NO_STATEMENT:
            said = f"Nobody has said how {what} encrypted."
            yield number, said, f"Write into {name} how, and who saw to it when; SECURITY.md says what is meant."


def _encrypts_backups_itself() -> bool:
    """With a key or a passphrase of its own Ductus writes no backup that is not encrypted: nobody needs to say so."""
    return bool(getattr(settings, "BACKUP_KEY", "") or getattr(settings, "BACKUP_PASSPHRASE", ""))


def _of_connections() -> Iterator[Problem]:
    database = settings.DATABASES["default"]
    host = str(database.get("HOST") or "")
    is_elsewhere = host not in LOOPBACK and not host.startswith("/")
    encrypted = {"require", "verify-ca", "verify-full"}
    if is_elsewhere and (database.get("OPTIONS") or {}).get("sslmode") not in encrypted:
        said = "The database is on another machine, and patient data could be read on their way to it."
        yield "E019", said, "End DATABASE_URL with ?sslmode=verify-full."
    cache = urlsplit(settings.REDIS_URL)
    if (cache.hostname or "") not in LOOPBACK and cache.scheme not in {"rediss", "unix"}:
        said = "The cache is on another machine, and who signs in could be read on the way to it."
        yield "E021", said, "Begin REDIS_URL with rediss://."


def unsafe_settings() -> list[Error]:
    return [Error(message, hint=hint, id=f"ductus.{number}") for number, message, hint in _problems()]


def exposed_settings() -> list[Error]:
    """What no profile may do: show its inside to a network."""
    if settings.DEBUG and os.environ.get("HOST", "").strip() not in LOOPBACK:
        said = "DEBUG is on and HOST opens Ductus to other machines, so they would see its inside."
        return [Error(said, hint="Unset DEBUG or HOST.", id="ductus.E022")]
    return []


def reasons_not_to_start() -> list[str]:
    """For each setting with which this profile does not start what is wrong, and what to do."""
    found = unsafe_settings() if settings.PRODUCTION else exposed_settings()
    return [f"{problem.msg} {problem.hint}" for problem in found]


@register(Tags.security)
def check_exposure(**kwargs: object) -> list[Error]:
    return exposed_settings()


@register(Tags.security, deploy=not settings.PRODUCTION)
def check_settings(**kwargs: object) -> list[Error]:
    return unsafe_settings()


@register(Tags.security, deploy=True)
def check_disks(**kwargs: object) -> list[CheckMessage]:
    """Where the machine does not show what was stated, it says so; nothing more can be seen from here."""
    place = settings.BASE_DIR if settings.S3_BUCKET else settings.MEDIA_ROOT
    if settings.ENCRYPTED_DISK.lower() in NO_STATEMENT or shows_encryption(Path(place)):
        return []
    said = f"This machine does not show that the disk under {place} is encrypted; it is taken from ENCRYPTED_DISK."
    return [Info(said, hint="A disk that a cloud encrypts looks so. Otherwise see that it is.", id="ductus.I023")]


@register(Tags.security, deploy=True)
def check_anchor(**kwargs: object) -> list[CheckMessage]:
    if Path(settings.AUDIT_ANCHOR) != env.beside_database(settings.DATABASES["default"], settings.BASE_DIR):
        return []
    said = "The anchor of the audit trail lies where this machine put it, so whoever takes it over changes both."
    hint = "Let AUDIT_ANCHOR name a file on another machine, or on a medium that only takes more."
    return [Warning(said, hint=hint, id="ductus.W024")]


@register("pages")
def check_pages(**kwargs: object) -> list[Warning]:
    """Pages name static files by the hash of their content: where these are missing, every page is an error.

    Not asked in production: settings are checked there before files are gathered.
    """
    if settings.DEBUG or settings.PRODUCTION or getattr(staticfiles_storage, "hashed_files", True):
        return []
    said = "The files that pages are drawn with were not gathered, so no page can be shown."
    return [Warning(said, hint="Run `make static`, or `manage.py collectstatic`, and start again.", id="ductus.W012")]
