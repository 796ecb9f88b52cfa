"""The caller: a token's person, in the token's project if it has one, as far as its scopes allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Never

from django.http import Http404, HttpRequest

from dubbing.api.problems import Problem
from dubbing.api.token_gate import token_of
from dubbing.models import ApiToken, Asset, Dubbing, Project, Result

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from dubbing.models.assets import AssetQuerySet
    from dubbing.models.projects import ProjectQuerySet

Scope = ApiToken.Scope


@dataclass(frozen=True, slots=True)
class Caller:
    """What a call may see and change. Everything else does not exist for it."""

    token: ApiToken

    @property
    def user(self) -> User:
        """The person in whose name the call is made."""
        return self.token.user

    def projects(self) -> ProjectQuerySet:
        """The projects that the call may see."""
        return self._in_project(Project.objects.visible_to(self.user))

    def project(self, pk: int) -> Project:
        """One of these projects. Raises Http404."""
        return self.projects().filter(pk=pk).first() or _not_there()

    def editable_project(self, pk: int) -> Project:
        """One that it may add to. Raises Http404, and Problem if the person is a viewer."""
        project = self.project(pk)
        if not Project.objects.editable_by(self.user).filter(pk=pk).exists():
            raise Problem("not-allowed", "In this project you are a viewer. A project owner can change your role.")
        return project

    def assets(self) -> AssetQuerySet:
        """The assets that the call may see."""
        assets = Asset.objects.visible_to(self.user)
        return assets.filter(project=self.token.project_id) if self.token.project_id else assets

    def asset(self, pk: int) -> Asset:
        """One of these assets. Raises Http404."""
        asset = self.assets().select_related("project", "source", "created_by").filter(pk=pk).first()
        return asset or _not_there()

    def editable_asset(self, pk: int) -> Asset:
        """One that it may change. Raises Http404, and Problem if the person is a viewer."""
        asset = self.asset(pk)
        self.editable_project(asset.project_id)
        return asset

    def dubbing(self, pk: int) -> Dubbing:
        """A language of an asset it may see. Raises Http404."""
        dubbing = Dubbing.objects.filter(self.assets().reached_by("asset"), pk=pk).select_related("asset").first()
        return dubbing or _not_there()

    def result(self, pk: int) -> Result:
        """A final video it may see. Raises Http404."""
        mine: QuerySet[Result] = Result.objects.filter(self.assets().reached_by("version__dubbing__asset"), pk=pk)
        return mine.select_related("version__dubbing__asset").first() or _not_there()

    def _in_project(self, projects: ProjectQuerySet) -> ProjectQuerySet:
        return projects.filter(pk=self.token.project_id) if self.token.project_id else projects


def caller(request: HttpRequest, scope: ApiToken.Scope = Scope.READ) -> Caller:
    """The caller of this request. Raises Problem for a token without this scope."""
    token = token_of(request)
    if scope not in token.scopes:
        raise Problem("not-allowed", f"This token does not have the scope “{scope}”. Create one that has.")
    return Caller(token)


def _not_there() -> Never:
    raise Http404
