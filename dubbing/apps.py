"""The product as a Django app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, post_save


class DubbingConfig(AppConfig):
    """Registers the system checks."""

    name = "dubbing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Check the configuration, compile translations, connect signals, and set up indexes and triggers."""
        from django.contrib.auth.models import User
        from django.contrib.auth.signals import user_logged_in

        from dubbing import checks  # noqa: F401
        from dubbing.accounts import sessions
        from dubbing.audit import changes
        from dubbing.models import audit_triggers, name_search
        from dubbing.platform import translations

        translations.compile_stale()
        user_logged_in.connect(sessions.begin)
        post_save.connect(sessions.end_access_of_leaver, sender=User)
        changes.connect()
        post_migrate.connect(name_search.install, sender=self)
        post_migrate.connect(audit_triggers.install, sender=self, dispatch_uid="audit_triggers")
