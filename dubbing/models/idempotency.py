"""Requests of programs that must not be carried out twice, by the key that the program gave each of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dubbing.models.json_fields import ObjectField


class IdempotentRequest(models.Model):
    """One request. Written before anything is done; its answer is written with its effects, in one transaction.

    So a request without an answer had no effect: its process died, or is still working on it and holds the row lock.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text=_("SHA-256 of the method, the address and the body."))
    status = models.PositiveSmallIntegerField(null=True)
    answer = ObjectField()
    made_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_request_per_key")]

    def __str__(self) -> str:
        return self.key
