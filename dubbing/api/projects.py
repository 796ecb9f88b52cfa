"""Projects, the languages of their providers, and their minutes."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from ninja import Query, Router

from dubbing import providers
from dubbing.api import representations
from dubbing.api.caller import caller
from dubbing.api.paging import Paging
from dubbing.api.schemas import MinutesOut, OfferedLanguage, Page, ProjectOut, ReviewOut
from dubbing.minutes import ledger
from dubbing.minutes.costs import MINUTE
from dubbing.models import Membership, Project, Review
from dubbing.platform import locales

router = Router(tags=["Projects"])


@router.get("/projects", response=Page[ProjectOut], summary="List projects")
def list_projects(request: HttpRequest, paging: Query[Paging]) -> Page[ProjectOut]:
    """The projects that the token gives access to, oldest first."""
    projects = paging.after(caller(request).projects().order_by("pk"))
    roles = _roles(request, [project.pk for project in projects])
    return representations.page_of(projects, paging.limit, lambda project: _shown(project, roles[project.pk]))


@router.get("/projects/{int:project_id}", response=ProjectOut, summary="Read a project")
def read_project(request: HttpRequest, project_id: int) -> ProjectOut:
    """One project."""
    project = caller(request).project(project_id)
    return _shown(project, _roles(request, [project.pk])[project.pk])


@router.get("/projects/{int:project_id}/minutes", response=MinutesOut, summary="Read the minutes of this month")
def read_minutes(request: HttpRequest, project_id: int) -> MinutesOut:
    """The minutes that the project used and reserved this month, and what is left."""
    balance = ledger.balance(caller(request).project(project_id))
    figures = (balance.limit, balance.taken, balance.left)
    limit, taken, left = (None if figure is None else figure / MINUTE for figure in figures)
    return MinutesOut(month=balance.month, allowance=limit, used_or_reserved=taken or 0.0, left=left)


@router.get(
    "/projects/{int:project_id}/languages", response=list[OfferedLanguage], summary="List languages of the provider"
)
def list_offered_languages(request: HttpRequest, project_id: int) -> list[OfferedLanguage]:
    """The languages that the project’s provider supports, as source and as target."""
    table = providers.locale_table(caller(request).project(project_id).provider)
    sources = {locale.code for locale in locales.sources(among=table)}
    targets = {locale.code for locale in locales.targets(among=table)}
    return [
        OfferedLanguage(code=code, name=locales.display_name(code), source=code in sources, target=code in targets)
        for code in sorted(sources | targets)
    ]


@router.get("/projects/{int:project_id}/reviews", response=Page[ReviewOut], summary="List reviews")
def list_reviews(request: HttpRequest, project_id: int, paging: Query[Paging]) -> Page[ReviewOut]:
    """The reviews of a project’s languages, newest first."""
    project = caller(request).project(project_id)
    assets = caller(request).assets().filter(project=project)
    mine = Review.objects.filter(assets.reached_by("dubbing__asset"), project=project)
    rows = paging.before(mine.select_related("dubbing", "reviewer", "decided_by").order_by("-pk"))
    return representations.page_of(rows, paging.limit, representations.review)


def _roles(request: HttpRequest, projects: list[int]) -> dict[int, str]:
    mine = Membership.objects.filter(user=caller(request).user, project__in=projects)
    return dict(mine.values_list("project_id", "role"))


def _shown(project: Project, role: str) -> ProjectOut:
    page = settings.PORTAL_URL + reverse("project", args=[project.pk])
    return ProjectOut(
        id=project.pk, name=project.name, role=Membership.Role(role), provider=project.provider, page=page
    )
