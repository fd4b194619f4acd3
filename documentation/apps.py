"""Application configuration: keeps the locks on signed records in place after every migrate."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class DocumentationConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "documentation"
    verbose_name = "Documentation"

    def ready(self) -> None:
        from documentation.locks import install_after_migrate, lift_before_migrate

        pre_migrate.connect(lift_before_migrate, dispatch_uid="documentation.locks")
        post_migrate.connect(install_after_migrate, dispatch_uid="documentation.locks")
