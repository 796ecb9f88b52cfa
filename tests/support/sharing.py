"""Share links for tests."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from dubbing.models import Delivery, Result, ShareLink
from dubbing.sharing import links
from dubbing.sharing.links import NewLink


def share(user: User, target: Result | Delivery, **given: Any) -> tuple[ShareLink, str]:
    """A link of this person to the version of a result or to a delivery, and its token. Sharing is on from now on."""
    project = target.project if isinstance(target, Delivery) else target.version.dubbing.asset.project
    links.switch(project, user, on=True)
    what = target if isinstance(target, Delivery) else target.version
    return links.create(project, user, NewLink(what, given.pop("name", "Harbour Films"), **given))


def everything(user: User, target: Result | Delivery, **given: Any) -> str:
    """The token of a link that allows all that a link can allow."""
    return share(user, target, may_comment=True, may_download=True, shows_source=True, **given)[1]


def guest(address: str = "203.0.113.7") -> Client:
    """A browser of somebody outside, at this network address."""
    return Client(REMOTE_ADDR=address)
