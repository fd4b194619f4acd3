"""Settings that would put patient data at risk. In production each of them keeps Ductus from starting."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, Tags, register

SHORTEST_SECRET = 50


def _inside(inner: str | Path, outer: str | Path) -> bool:
    return Path(inner).resolve().is_relative_to(Path(outer).resolve())


def _problems() -> Iterator[tuple[str, str, str]]:
    """Number, what is wrong, what to do; each a sentence."""
    if settings.DEBUG:
        yield "E001", "DEBUG is on, so error pages would show patient data.", "Unset DEBUG."
    if len(settings.SECRET_KEY) < SHORTEST_SECRET:
        yield "E002", f"SECRET_KEY is shorter than {SHORTEST_SECRET} characters.", "Use a long random value."
    if not settings.ALLOWED_HOSTS or any(host.startswith(("*", ".")) for host in settings.ALLOWED_HOSTS):
        yield "E003", "ALLOWED_HOSTS does not name the host exactly.", "Name each host, for example ductus.example.org."
    if not (settings.SECURE_SSL_REDIRECT and settings.SECURE_HSTS_SECONDS):
        yield "E004", "Pages could travel without TLS.", "Keep SECURE_SSL_REDIRECT and SECURE_HSTS_SECONDS on."
    if not (settings.SESSION_COOKIE_SECURE and settings.SESSION_COOKIE_HTTPONLY and settings.CSRF_COOKIE_SECURE):
        yield "E005", "Session cookies could be read by others.", "Keep the cookies secure and HTTP-only."
    if not settings.SESSION_COOKIE_AGE <= 3600:
        yield "E006", "A forgotten screen would stay signed in for more than an hour.", "Lower SESSION_COOKIE_AGE."
    if "Argon2" not in settings.PASSWORD_HASHERS[0]:
        yield "E007", "Passwords would be hashed too weakly.", "Put Argon2PasswordHasher first."
    if _inside(settings.MEDIA_ROOT, settings.STATIC_ROOT) or _inside(settings.STATIC_ROOT, settings.MEDIA_ROOT):
        yield "E008", "MEDIA_ROOT and the public static files share a folder.", "Give MEDIA_ROOT a folder of its own."
    storages: dict[str, Any] = settings.STORAGES
    files = storages["default"].get("OPTIONS", {})
    if settings.S3_BUCKET and (files.get("default_acl") or not files.get("querystring_auth")):
        yield "E009", "Patient files in the bucket could be read without a signed link.", "Keep the bucket private."
    if (endpoint := files.get("endpoint_url")) and urlsplit(endpoint).scheme != "https":
        yield "E010", "S3_ENDPOINT is not https, so patient files could be read on their way.", "Use an https address."
    policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    if any("unsafe" in str(source) for sources in policy.values() for source in sources):
        yield "E011", "The content security policy allows unsafe sources.", "Remove every 'unsafe-…' source."


def unsafe_settings() -> list[Error]:
    return [Error(message, hint=hint, id=f"ductus.{number}") for number, message, hint in _problems()]


@register(Tags.security, deploy=not settings.PRODUCTION)
def check_settings(**kwargs: object) -> list[Error]:
    return unsafe_settings()
