"""How workers hear that there is something to do: two backends of the task framework, chosen by REDIS_URL.

What is to be done stands in rows either way (`documentation.services.jobs`), and is done by the same code. So a queue
that forgets costs some seconds and no work.
"""

from __future__ import annotations

import json
from typing import Any, cast

import django_tasks
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import connection
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskResult
from django_tasks.utils import get_random_id

QUEUE = "ductus"


class Plain:
    """Values of the cache as JSON: nothing that is read from Redis is unpickled."""

    def dumps(self, value: Any) -> bytes:
        return json.dumps(value).encode()

    def loads(self, data: bytes) -> Any:
        return json.loads(data)


class Rows(BaseTaskBackend):
    """Without a queue: the worker beside the server looks at the rows themselves, every second."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        self.validate_task(task)
        now: dict[str, Any] = dict.fromkeys(("enqueued_at", "started_at", "last_attempted_at", "finished_at"))
        return TaskResult(
            task=task,
            id=get_random_id(),
            status=django_tasks.TaskResultStatus.READY,
            args=args,
            kwargs=kwargs,
            backend=self.alias,
            errors=[],
            worker_ids=[],
            **now,
        )


class Redis(Rows):
    """On RQ. Arguments travel as JSON: nothing that is read from Redis is unpickled."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        result = super().enqueue(task, args, kwargs)
        # The rows tell what came of it: of the message nothing is kept.
        queue().enqueue_call(task.module_path, args, kwargs, job_id=result.id, result_ttl=0, failure_ttl=0)
        return result


def queue() -> Any:
    """The queue in Redis. Nobody who accepts work waits long for it."""
    from redis import Redis as Connection
    from rq import Queue

    server = Connection.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=5)
    return Queue(QUEUE, connection=server, serializer="json", job_class=_message())


def run_worker(on_look: Any, every: int = 15) -> None:
    """Take messages until told to stop, and call `on_look` at the start and every so many seconds between messages.

    A message is done in this process: one that is killed in the middle leaves its job to the next one.
    """
    from rq import SimpleWorker

    class Worker(SimpleWorker):
        def run_maintenance_tasks(self) -> None:
            super().run_maintenance_tasks()
            renew_connection()
            on_look()

        def execute_job(self, job: Any, queue: Any) -> None:
            renew_connection()
            super().execute_job(job, queue)

    messages = queue()
    worker = Worker(
        [messages],
        connection=messages.connection,
        serializer="json",
        job_class=_message(),
        worker_ttl=every + 15,
        maintenance_interval=every,
    )
    worker.log_job_description = False
    worker.work(logging_level="WARNING")


def _message() -> type[Any]:
    from rq.job import Job

    class Message(Job):
        """Of what Redis names, tasks alone are run: whoever can write there runs nothing else here."""

        success_callback = failure_callback = stopped_callback = None

        def send_webhooks(self, *_: Any, **__: Any) -> None:
            """Nothing is told to anybody."""

        @property
        def func(self) -> Any:
            found = super().func
            if not isinstance(found, Task):
                raise SuspiciousOperation("A message in Redis names something that is no task.")
            return found.call

    return Message


def renew_connection() -> None:
    """A worker lives for long: a connection to the database that broke meanwhile, or is old, is opened anew."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def is_queued() -> bool:
    """Whether the queue holds messages that no worker took yet."""
    return bool(cast(int, queue().count))
