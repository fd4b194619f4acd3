"""The door for web servers. Unsafe production settings keep it shut, one line for each: what is wrong, what to do."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

try:
    application = get_wsgi_application()
except ImproperlyConfigured as problem:
    sys.exit(f"Ductus cannot start: {problem}")

from config.checks import reasons_not_to_start
from config.schema import reason_not_to_serve

if problems := reasons_not_to_start() or reason_not_to_serve():
    sys.exit("\n".join(f"Ductus cannot start: {problem}" for problem in problems))
