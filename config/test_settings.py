"""Settings for tests: a database file and a media folder of this process alone, and nothing slow.

`DATABASE_URL` moves the same tests to PostgreSQL.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "for-tests-only-" + "0" * 50)

from config import settings as real
from config.settings import *  # noqa: F403

FOLDER = Path(tempfile.mkdtemp(prefix="ductus-tests-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)

# A file, because threads of an in-memory database lock each other out; a name of its own, because several runs
# may share this machine.
DATABASES = real.DATABASES
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(FOLDER / "test.sqlite3")}
    # The machine may forget tests at a power loss; the locks must work as ever.
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA recursive_triggers=ON;"
    )
else:
    DATABASES["default"]["TEST"] = {"NAME": f"test_ductus_{os.getpid()}"}
    # The same here, where the server is one that was there already and keeps what it is told.
    DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off"
DATABASES["default"]["CONN_MAX_AGE"] = 0

ANSWER_SECONDS = None  # A busy machine is no failure.
MEDIA_ROOT = FOLDER / "media"
EXPORT_ROOT = FOLDER / "exports"
MEDIA_URL = "/never/"  # Without one, the live server would look for every address among the files first.
AUDIT_ANCHOR = FOLDER / "audit.anchor"
# Nothing is set up to carry by itself; a test that needs it names its own folder or server.
WAYS_OUT = dict.fromkeys(real.WAYS_OUT, "")
STATIC_ROOT = FOLDER / "static"
STATIC_ROOT.mkdir()
TASKS = {"default": {"BACKEND": "config.tasks.Rows"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# The live server answers from the finders, which know no hashed names.
STORAGES = real.STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
real.TEMPLATES[0]["OPTIONS"]["debug"] = True  # lets coverage see templates
