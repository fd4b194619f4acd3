"""How `manage.py serve` serves: processes of one thread each, on this machine alone unless HOST says otherwise."""

import os

from config import env

bind = f"{env.text('HOST', '127.0.0.1')}:{env.number('PORT', 8000)}"
workers = env.number("WEB_CONCURRENCY", min(4, max(2, os.cpu_count() or 2)))
threads = 1
preload_app = True  # an unsafe setting is told once, before any process starts
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108
timeout = 60
loglevel = "warning"
wsgi_app = "config.wsgi"
