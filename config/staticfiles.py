"""Static files: our own and the few of installed packages that pages use, under names that carry a content hash.

Packages bring every build of their files; naming the wanted ones keeps collecting quick and the public folder small.
"""

import builtins
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.checks import Error as CheckError
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ImproperlyConfigured(f"The package {name} is not installed; run make setup.")
    return Path(spec.origin).parent


_BOOTSTRAP = _package("django_include_bootstrap") / "static"
_HTMX = _package("django_htmx") / "static"
_ACCOUNT = _package("allauth") / "account" / "static"
_MFA = _package("allauth") / "mfa" / "static"

FILES = {
    "bootstrap/css/bootstrap.min.css": _BOOTSTRAP / "css/bootstrap.min.css",
    "bootstrap/js/bootstrap.bundle.min.js": _BOOTSTRAP / "js/bootstrap.bundle.min.js",
    "fonts/Inter[opsz,wght].ttf": _package("fontpkg_inter") / "files/Inter[opsz,wght].ttf",
    "django_htmx/htmx-2.min.js": _HTMX / "django_htmx/htmx-2.min.js",
    "django_htmx/django-htmx.js": _HTMX / "django_htmx/django-htmx.js",
    "account/js/account.js": _ACCOUNT / "account/js/account.js",
    "account/js/onload.js": _ACCOUNT / "account/js/onload.js",
    "mfa/js/recovery_codes.js": _MFA / "mfa/js/recovery_codes.js",
    "mfa/js/webauthn.js": _MFA / "mfa/js/webauthn.js",
    "mfa/js/webauthn-json.js": _MFA / "mfa/js/webauthn-json.js",
}
"""The name in pages, and the file of the package that stands behind it."""


class _Named(FileSystemStorage):
    """A storage whose files lie wherever FILES says."""

    def path(self, name: str) -> str:
        return str(FILES[name])


class PackageFiles(BaseFinder):
    storage = _Named()

    def find(self, path: str, find_all: bool = False, **kwargs: object) -> str | Sequence[str]:  # type: ignore[override]
        found = [str(FILES[path])] if path in FILES else []
        return found if find_all else next(iter(found), "")

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, _Named]]:
        return ((name, self.storage) for name in FILES)

    def check(self, **kwargs: object) -> "builtins.list[CheckMessage]":
        return [
            CheckError(f"{name} is gone from its package.", hint=str(path), id="ductus.E020")
            for name, path in FILES.items()
            if not path.is_file()
        ]


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Hashed names for stylesheets, scripts and the modules that they import; source maps are left out."""

    support_js_module_import_aggregation = True
    patterns = tuple(
        (extension, tuple(rule for rule in rules if "sourceMappingURL" not in str(rule)))
        for extension, rules in CompressedManifestStaticFilesStorage.patterns
    )
