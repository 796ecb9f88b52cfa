"""The product as a Django app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DubbingConfig(AppConfig):
    """Registers the system checks."""

    name = "dubbing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have bad configuration found at start, translations compiled, and names indexed once the tables are there."""
        from dubbing import checks  # noqa: F401
        from dubbing.models import name_search
        from dubbing.platform import translations

        translations.compile_stale()
        post_migrate.connect(name_search.install, sender=self)
