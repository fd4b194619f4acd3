"""Every setting of Ductus, in one file. Without any environment it runs on SQLite and a local media folder.

The environment is read through `config.env` alone; `.env.example` lists every variable.
"""

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from config import env

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Profile -----------------------------------------------------------------------------------------------------

DUCTUS_PROFILE = env.choice("DUCTUS_PROFILE", ("demo", "production"))
PRODUCTION = DUCTUS_PROFILE == "production"
DEBUG = env.flag("DEBUG")

SECRET_KEY = env.secret("SECRET_KEY", kept_in=None if PRODUCTION else BASE_DIR / ".secret_key")
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

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.private_responses",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.session_limits",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
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

# --- Electronic claims: who sends the files, and who takes them -----------------------------------------------------

EDI_SENDER = env.text("EDI_SENDER")
EDI_RECEIVER = env.text("EDI_RECEIVER", "" if PRODUCTION else "CLEARINGHOUSE")
EDI_RECEIVER_NAME = env.text("EDI_RECEIVER_NAME", "" if PRODUCTION else "EXAMPLE CLEARINGHOUSE")
EDI_TEST = env.flag("EDI_TEST", default=not PRODUCTION)

# --- Data --------------------------------------------------------------------------------------------------------

DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}

# The sign-in throttle counts here, so all processes must share it. `manage.py createcachetable` makes the table.
REDIS_URL = env.text("REDIS_URL")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
}

# --- Files -------------------------------------------------------------------------------------------------------

# Patient files have no address of their own: views serve them after asking who may see them.
MEDIA_ROOT = env.folder("MEDIA_ROOT", BASE_DIR / "media")
MEDIA_URL = ""
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_NUMBER_FILES = 40

S3_BUCKET = env.text("S3_BUCKET")
PATIENT_FILES = (
    env.object_storage(S3_BUCKET) if S3_BUCKET else {"BACKEND": "django.core.files.storage.FileSystemStorage"}
)

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder", "config.staticfiles.PackageFiles"]
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {"default": PATIENT_FILES, "staticfiles": {"BACKEND": "config.staticfiles.HashedFiles"}}

# --- Who may come in: staff accounts only, no sign-up, no e-mail -------------------------------------------------

AUTH_USER_MODEL = "documentation.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

# Of the invented people of the demo practice; printed by `manage.py serve`, unknown to production.
DEMO_PASSWORD = "" if PRODUCTION else "show me the duct"

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

ACCOUNT_ADAPTER = "config.accounts.StaffOnly"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login_failed": "20/15m/ip,5/15m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXIES", 0)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Ductus"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
USERSESSIONS_TRACK_ACTIVITY = True

globals().update(env.mail("EMAIL_URL"))

# --- Sessions: 15 minutes idle, 12 hours at most; `config.middleware.session_limits` decides what counts ----------

SESSION_ENGINE = "config.sessions"
SESSION_COOKIE_AGE = 15 * 60
SESSION_LONGEST = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "ductus_session"
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "ductus_csrf"
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_HTTPONLY = True
# Of the one phone that opened a link into a draft; sent to the phone's own pages only.
PHONE_COOKIE_NAME = "__Secure-phone" if PRODUCTION else "ductus_phone"
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

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "config.logs.PlainFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # A wrong password or an unknown page is no news; what fails inside is.
        "django.request": {"level": "ERROR"},
    },
}
