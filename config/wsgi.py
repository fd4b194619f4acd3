"""The door for web servers. An unsafe production setting keeps it shut, one sentence for each reason."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

try:
    application = get_wsgi_application()
except ImproperlyConfigured as problem:
    sys.exit(f"Ductus cannot start: {problem}")

from django.conf import settings

from config.checks import unsafe_settings

if settings.PRODUCTION and (problems := unsafe_settings()):
    sys.exit("\n".join(f"Ductus cannot start: {problem.msg}" for problem in problems))
