"""How often something was tried lately: the memory of limits, the same for every process."""

from __future__ import annotations

from django.db import models


class Attempt(models.Model):
    """One line for each kind of attempt and each who."""

    what = models.CharField(max_length=40)
    who = models.CharField(max_length=254, help_text="An address, a person or a mailbox.")
    begun_at = models.DateTimeField(db_index=True, help_text="When the first one was that counts.")
    count = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-begun_at", "-count"]
        constraints = [models.UniqueConstraint(fields=["what", "who"], name="one_count_each")]

    def __str__(self) -> str:
        return f"{self.what} · {self.who}"
