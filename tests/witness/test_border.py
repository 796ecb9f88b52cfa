"""The portal's steps one by one, with its real client, against the witness."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone

from dubbing.models import Asset, Dubbing, Hold, Result, Submission, Upload, Version
from dubbing.providers.base import LinkExpired, Listing, Provider, Rejected, Target, VersionState
from dubbing.services import revising
from dubbing.services.revising import ask_to_revise
from dubbing.services.submit import TargetText, add_locales
from tests.support.journey import (
    fresh,
    keep,
    look,
    look_and_keep,
    make_sent,
    make_wish,
    only_version,
    send,
    settle,
    settle_for_good,
    touch,
)
from tests.support.people import People
from tests.witness.process import WitnessProcess

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("processes")]


def until_done(asset: Asset, provider: Provider, looks: int = 60) -> Asset:
    """Look and keep until it is through."""
    for _ in range(looks):
        asset = look_and_keep(asset, provider)
        if asset.status in Asset.FINAL:
            return asset
        httpx.get(provider._base + "/_witness/seen", trust_env=False)  # type: ignore[attr-defined]
    raise AssertionError(asset.status)
