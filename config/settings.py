"""Every setting of Ductus, in one file. Without any environment it runs on SQLite and a local media folder.

The environment is read through `config.env` alone; `.env.example` lists every variable.
"""

import os
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from config import env
from documentation.kernel.permissions import Role

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Profile -----------------------------------------------------------------------------------------------------

DUCTUS_PROFILE = env.choice("DUCTUS_PROFILE", ("demo", "production"))
PRODUCTION = DUCTUS_PROFILE == "production"
DEBUG = env.flag("DEBUG")
if PRODUCTION:
    os.umask(0o027)  # What Ductus writes, a database file included, is no other account's to read.
VERSION = "0.1.0"

SECRET_KEY = env.secret("SECRET_KEY", kept_in=None if PRODUCTION else BASE_DIR / ".secret_key")
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "" if PRODUCTION else "localhost,127.0.0.1,[::1]")
# Printed on packets, so that a payer can check them: scheme and host, without a slash at the end.
_OWN_ADDRESS = (
    f"https://{ALLOWED_HOSTS[0]}" if PRODUCTION and ALLOWED_HOSTS else f"http://localhost:{env.text('PORT', '8000')}"
)
PUBLIC_URL = env.text("PUBLIC_URL", _OWN_ADDRESS).rstrip("/")

# --- Application -------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "config.apps.CompositionConfig",
    "claims.apps.ClaimsConfig",
    "documentation.apps.DocumentationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_htmx",
    "lucide",
]

ANSWER_SECONDS: float | None = 40.0
"""Seconds of the processes that one page starts, together. What follows them (sums, disk, rows) has the rest of the
time after which the server gives a page up (`timeout` of config/gunicorn.py)."""

# The first three dress every answer, those of the fourth and fifth too: a way to https, and static files.
MIDDLEWARE = [
    "config.middleware.told_to_browsers",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.probes.probes",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.in_time",
    "config.middleware.private_responses",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.session_limits",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.middleware.sessions_seen",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.known_browsers",
    "config.second_factor.second_factor_first",
    "documentation.views.access.access_middleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        # Django caches compiled templates by itself, and reads them anew with DEBUG.
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "documentation.views.context.surroundings",
            ],
        },
    }
]

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False

# --- Time and language -------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
# Only where no location is known: every location has its own zone.
TIME_ZONE = env.time_zone("TIME_ZONE", "America/New_York")

# --- Billing -----------------------------------------------------------------------------------------------------

PLAYBOOK_DAYS = env.number("PLAYBOOK_DAYS", 365)
WRITE_OFF_LIMIT = env.number("WRITE_OFF_LIMIT", 100)

# --- Electronic claims: who sends the files, and who takes them -----------------------------------------------------

EDI_SENDER = env.text("EDI_SENDER")
EDI_RECEIVER = env.text("EDI_RECEIVER", "" if PRODUCTION else "CLEARINGHOUSE")
EDI_RECEIVER_NAME = env.text("EDI_RECEIVER_NAME", "" if PRODUCTION else "EXAMPLE CLEARINGHOUSE")
EDI_SENDER_QUALIFIER = env.text("EDI_SENDER_QUALIFIER", "ZZ")
EDI_RECEIVER_QUALIFIER = env.text("EDI_RECEIVER_QUALIFIER", "ZZ")
EDI_TEST = env.flag("EDI_TEST", default=not PRODUCTION)
EDI_NUMBERS_FROM = env.number("EDI_NUMBERS_FROM", 1)

# --- Ways out that carry by themselves: a clearinghouse's folder, or its SFTP server --------------------------------

WAYS_OUT = {
    "CLEARINGHOUSE_FOLDER": env.text("CLEARINGHOUSE_FOLDER", "" if PRODUCTION else str(BASE_DIR / "clearinghouse")),
    # The demo's own folder is made when it is first used; one that somebody named must be there.
    "CLEARINGHOUSE_FOLDER_IS_OURS": "" if PRODUCTION or env.text("CLEARINGHOUSE_FOLDER") else "1",
    "SFTP_HOST": env.text("SFTP_HOST"),
    "SFTP_PORT": str(env.number("SFTP_PORT", 22)),
    "SFTP_USER": env.text("SFTP_USER"),
    "SFTP_PASSWORD": env.secret_if_any("SFTP_PASSWORD"),
    "SFTP_KEY_FILE": env.text("SFTP_KEY_FILE"),
    "SFTP_HOST_KEY": env.text("SFTP_HOST_KEY"),
    "SFTP_FOLDER": env.text("SFTP_FOLDER"),
}

# --- Data --------------------------------------------------------------------------------------------------------

DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}

# The head of the audit trail is added to this file each night. In earnest it lies on another machine.
AUDIT_ANCHOR = env.folder("AUDIT_ANCHOR", env.beside_database(DATABASES["default"], BASE_DIR))

# All processes share it. `manage.py createcachetable` makes the table.
REDIS_URL = env.text("REDIS_URL")
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"serializer": "config.tasks.Plain"},
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
}

# Accepted work stands in rows; Redis, where there is one, tells workers of it at once.
TASKS = {"default": {"BACKEND": "config.tasks.Redis" if REDIS_URL else "config.tasks.Rows"}}
WORKER_BESIDE = env.worker_beside()

# --- Files -------------------------------------------------------------------------------------------------------

# Patient files have no address of their own: views serve them after asking who may see them.
MEDIA_ROOT = env.folder("MEDIA_ROOT", BASE_DIR / "media")
MEDIA_URL = ""
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_NUMBER_FILES = 40
FILE_UPLOAD_HANDLERS = ["config.uploads.InMemory", "config.uploads.OnDisk"]

# Full exports lie here until they were fetched.
EXPORT_ROOT = env.folder("EXPORT_ROOT", BASE_DIR / "exports")

S3_BUCKET = env.text("S3_BUCKET")
PATIENT_FILES = (
    env.object_storage(S3_BUCKET) if S3_BUCKET else {"BACKEND": "django.core.files.storage.FileSystemStorage"}
)

# Statements of whoever runs the machine: how disks and backups are encrypted, and who saw to it.
ENCRYPTED_DISK = env.text("ENCRYPTED_DISK")
ENCRYPTED_BACKUPS = env.text("ENCRYPTED_BACKUPS")
# --- Upkeep: backups, and what the server does each night -----------------------------------------------------------

BACKUP_KEY = env.secret_if_any("BACKUP_KEY")
BACKUP_PASSPHRASE = env.secret_if_any("BACKUP_PASSPHRASE")
NOTICES_KEPT_DAYS = env.number("NOTICES_KEPT_DAYS", 90)
NIGHTLY_AT = env.time_of_day("NIGHTLY_AT", "02:30")

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder", "config.staticfiles.PackageFiles"]
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {"default": PATIENT_FILES, "staticfiles": {"BACKEND": "config.staticfiles.HashedFiles"}}

# --- Who may come in: staff accounts only, no sign-up, no e-mail -------------------------------------------------

ROLES = tuple(role.value for role in Role)
AUTH_USER_MODEL = "documentation.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

# Of the invented people of the demo practice; printed by `manage.py serve`, good for nothing in production.
WELL_KNOWN_PASSWORD = "show me the duct"  # noqa: S105
DEMO_PASSWORD = "" if PRODUCTION else WELL_KNOWN_PASSWORD

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "config.people_checks.NotTheDemoPassword"},
]

ACCOUNT_ADAPTER = "config.accounts.StaffOnly"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# The browser in which the password is changed stays; config.account_events ends the other sessions.
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_FORMS = {"change_password": "config.accounts.PasswordChange"}
# allauth's own limits count by account or address alone, so any stranger could close the door to others; and they lie
# in the cache, which whoever fills it empties. documentation.services.guessing counts instead.
ACCOUNT_RATE_LIMITS = {"login": "", "login_failed": "", "reauthenticate": "", "change_password": ""}
MFA_RATE_LIMITS = {"webauthn_login": ""}
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXIES", 0)
# Recovery codes are our own (documentation.services.recovery): allauth keeps them so that they can be read again.
MFA_SUPPORTED_TYPES = ["totp", "webauthn"]
MFA_ADAPTER = "config.second_factor.Adapter"
MFA_FORMS = {
    "authenticate": "config.second_factor.Code",
    "activate_totp": "config.second_factor.FirstCode",
    "authenticate_webauthn": "config.passkeys.SecondStep",
    "login_webauthn": "config.passkeys.PasskeyAlone",
    "reauthenticate_webauthn": "config.passkeys.PasskeyAgain",
}
MFA_REQUIRED_FOR = env.several("MFA_REQUIRED_FOR", ROLES, ROLES if PRODUCTION else ())
MFA_TOTP_TOLERANCE = 1
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Ductus"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
USERSESSIONS_TRACK_ACTIVITY = True

globals().update(env.mail("EMAIL_URL"))

# --- Sessions: how long idle, how long at most; `config.middleware.session_limits` decides what counts -------------

# A page warns two minutes before the end: a shorter limit would warn for ever.
SESSION_ENGINE = "config.sessions"
SESSION_COOKIE_AGE = env.number("SESSION_IDLE_MINUTES", 15, least=3, most=240) * 60
SESSION_LONGEST = env.number("SESSION_HOURS", 12, least=1, most=24) * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# Browsers tell cookies apart by host and name, not by port: of several deployments on one host each has a name.
_INSTANCE = env.slug("INSTANCE")


def _cookie(name: str, prefix: str = "__Host-") -> str:
    return (f"{prefix}{name}" if PRODUCTION else f"ductus_{name}") + (f"-{_INSTANCE}" if _INSTANCE else "")


SESSION_COOKIE_NAME = _cookie("session")
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_NAME = _cookie("csrf")
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "documentation.views.errors.csrf_failure"
# Of a browser from which somebody logged in before: config.devices.
DEVICE_COOKIE_NAME = _cookie("device")
# Of the one phone that opened a link into a draft; sent to the phone's own pages only.
PHONE_COOKIE_NAME = _cookie("phone", "__Secure-")
# Messages may name a patient: they stay on the server.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- What browsers are told --------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# security.W021: asking browsers to preload HSTS binds the practice's whole domain, which is the practice's to decide.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],  # data: for the small drawings in Bootstrap's stylesheet
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF, "blob:"],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
PERMISSIONS_POLICY = "camera=(self), microphone=(), geolocation=(), payment=(), usb=()"

# --- Logs: one line each, no patient data ------------------------------------------------------------------------

LOGS = env.choice("LOGS", ("plain", "json"))
# Where it is set, /metrics answers whoever bears it.
METRICS_TOKEN = env.secret_if_any("METRICS_TOKEN")

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "config.logs.PlainFormatter"}, "json": {"()": "config.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOGS}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # Of a connection only what goes wrong: hosts and user names are nobody's news.
        "asyncssh": {"level": "WARNING"},
        # A wrong password or an unknown page is no news; what fails inside is.
        "django.request": {"level": "ERROR"},
    },
}
