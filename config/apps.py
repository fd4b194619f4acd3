from django.apps import AppConfig


class CompositionConfig(AppConfig):
    """The composition root as an app, so that its checks are found."""

    name = "config"

    def ready(self) -> None:
        from config import account_events, checks, people_checks  # noqa: F401  they register themselves
