"""Static files: the real Bootstrap, hashed names, and no more than pages use."""

import base64
import hashlib
import json
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import override_settings

from config.checks import check_pages
from config.staticfiles import FILES

# As published with Bootstrap 5.3.8: the package that brings the files must bring these and no others.
PUBLISHED = {
    "bootstrap/css/bootstrap.min.css": "sha384-sRIl4kxILFvY47J16cr9ZwB07vP4J8+LH7qKQnuqkuIAvNWLzeN8tE5YBujZqJLB",
    "bootstrap/js/bootstrap.bundle.min.js": "sha384-FKyoEForCGlyvwx9Hj09JcYn3nv7wiPVlz7YYwJrWVcXK/BmnVDxM+D2scQbITxI",
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_bootstrap_is_the_published_one(name: str) -> None:
    content = Path(finders.find(name)).read_bytes()
    assert "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode() == PUBLISHED[name]


def test_every_static_file_gets_a_name_with_its_hash(tmp_path: Path) -> None:
    storages = settings.STORAGES | {"staticfiles": {"BACKEND": "config.staticfiles.HashedFiles"}}
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=storages):
        (warned,) = check_pages()
        assert "no page can be shown" in warned.msg
        call_command("collectstatic", interactive=False, verbosity=0)
        assert check_pages() == []
    paths = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    assert set(FILES) | {"css/base.css"} <= set(paths)
    assert all((tmp_path / hashed).is_file() and hashed != name for name, hashed in paths.items())
    assert not [name for name in paths if name.endswith(".map")]
