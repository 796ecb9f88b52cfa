"""People for tests: who they are to a project decides what they may do."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser, User
from django.test import Client

from dubbing.models import Membership, Project
from dubbing.models.sessions import SessionStore
from tests.support.rows import make_project

PASSWORD = "a-password-for-tests"


def make_user(name: str, **fields: object) -> User:
    """An account that can sign in with PASSWORD."""
    return User.objects.create_user(name, f"{name}@example.com", PASSWORD, **fields)


def client_of(user: User | AnonymousUser) -> Client:
    """A browser in which this person is signed in; nobody, for the anonymous one."""
    client = Client()
    if user.is_authenticated:
        session = SessionStore()
        session.update(
            {
                SESSION_KEY: str(user.pk),
                BACKEND_SESSION_KEY: "dubbing.accounts.authentication.PersonBackend",
                HASH_SESSION_KEY: user.get_session_auth_hash(),
            }
        )
        session.create()
        client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
    return client


@dataclass(frozen=True)
class People:
    """One project, and five people around it."""

    project: Project
    owner: User
    editor: User
    viewer: User
    outsider: User
    anonymous: AnonymousUser

    def everybody(self) -> dict[str, User | AnonymousUser]:
        """By what they are to the project."""
        return {
            "owner": self.owner,
            "editor": self.editor,
            "viewer": self.viewer,
            "outsider": self.outsider,
            "anonymous": self.anonymous,
        }


def make_people() -> People:
    """A project with an owner, an editor and a viewer; the outsider owns another one."""
    names = ("owner", "editor", "viewer", "outsider")
    owner, editor, viewer, outsider = (make_user(name) for name in names)
    project = make_project("Harbour", owner=owner)
    Membership.objects.create(project=project, user=editor, role=Membership.Role.EDITOR)
    Membership.objects.create(project=project, user=viewer, role=Membership.Role.VIEWER)
    make_project("Elsewhere", owner=outsider)
    return People(project, owner, editor, viewer, outsider, AnonymousUser())
