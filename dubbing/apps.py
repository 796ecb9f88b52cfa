"""The product as a Django app."""

from django.apps import AppConfig


class DubbingConfig(AppConfig):
    """Registers the system checks."""

    name = "dubbing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have bad configuration found at start."""
        from dubbing import checks  # noqa: F401
