"""A provider for the tests of this folder, and the settings that name it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from tests.support.identity_provider import CLIENT_ID, IdentityProvider, is_there


@pytest.fixture(scope="session")
def running() -> Iterator[IdentityProvider]:
    """Started once: it keeps nothing between tests but what it was last told to say."""
    if not is_there():
        pytest.skip("needs Node 20 and what npm ci installs")
    with IdentityProvider() as provider:
        yield provider


@pytest.fixture
def provider(running: IdentityProvider, settings: Settings, db: None) -> IdentityProvider:
    """The provider, configured as the portal's."""
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = running.url, CLIENT_ID, "a secret"
    running.say(claims=of())
    return running


def of(**more: Any) -> dict[str, Any]:
    """The claims of a person who may come in."""
    return {
        "sub": "7f3a",
        "email": "nina@example.com",
        "email_verified": True,
        "preferred_username": "nina",
        "given_name": "Nina",
        "family_name": "Hale",
        "groups": ["dubbing"],
    } | more
