"""Videos: list, create, change, quote and submit."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status
from pydantic import Field

from dubbing import providers, tasks
from dubbing.api import drafts as draft_values
from dubbing.api import representations
from dubbing.api.caller import Caller, Scope, caller
from dubbing.api.idempotency import PARAMETER, perform_once
from dubbing.api.paging import Paging
from dubbing.api.paid import DraftRequest, LanguagesRequest, ResendRequest
from dubbing.api.problems import Problem
from dubbing.api.schemas import (
    AssetChange,
    AssetIn,
    AssetOut,
    CommentOut,
    DraftIn,
    LanguagesIn,
    Page,
    QuoteOut,
    Submitted,
)
from dubbing.assets import archive, details
from dubbing.drafts import saved_drafts
from dubbing.drafts.creation import create_draft
from dubbing.drafts.source_links import check_links
from dubbing.models import Asset, Comment, Tag
from dubbing.platform import locales
from dubbing.web.project import video_list
from dubbing.web.project.video_filters import Filters

router = Router(tags=["Videos"])
_PAID: dict[str, Any] = {"parameters": [PARAMETER]}


class AssetFilters(Paging):
    """The filters of a project’s videos."""

    q: str = Field("", max_length=100, description="Words in names, references and texts.")
    status: Literal["", "running", "edit", "done", "problems", "approval", "drafts", "late", "archived"] = ""
    language: str = Field("", max_length=20)
    person: int = Field(0, ge=0, le=2**31 - 1, description="The id of who added it.")
    provider: str = Field("", max_length=20)
    tag: str = Field("", max_length=Tag.LONGEST)
    added_from: date | None = None
    added_until: date | None = None
    sort: Literal["", "name", "due", "attention", "late"] = Field("", description="Default: the newest first.")

    def filters(self) -> Filters:
        """The same filters as the pages use."""
        return Filters(
            search=self.q.strip(), status=self.status, language=locales.canonical(self.language) or self.language,
            person=self.person, provider=self.provider, tag=self.tag.strip(), since=self.added_from,
            until=self.added_until, sort=self.sort,
        )  # fmt: skip


@router.get("/projects/{int:project_id}/assets", response=Page[AssetOut], summary="List videos")
def list_assets(request: HttpRequest, project_id: int, filters: Query[AssetFilters]) -> Page[AssetOut]:
    """A project’s videos, filtered, searched and sorted as on its page. Other people’s drafts are not shown."""
    project, user = caller(request).project(project_id), caller(request).user
    page = video_list.find(project.pk, user, filters.filters(), beyond=filters.position, size=filters.limit)
    rows = {row.pk: row for row in representations.with_everything(Asset.objects.filter(pk__in=page.ids))}
    items = [representations.asset(rows[pk]) for pk in page.ids if pk in rows]
    return Page(items=items, next_cursor=str(page.beyond) if page.beyond else None)


@router.post("/projects/{int:project_id}/assets", response={201: AssetOut}, summary="Create a draft")
def create_asset(request: HttpRequest, project_id: int, given: AssetIn) -> Status[AssetOut]:
    """Create a draft with everything that is known so far. Nothing is sent or paid for."""
    called = caller(request, Scope.WRITE)
    project = called.editable_project(project_id)
    if given.provider and given.provider not in providers.provider_names():
        known = ", ".join(providers.provider_names())
        raise Problem("invalid", errors={"provider": [f"There is no such provider. Use one of: {known}."]})
    with transaction.atomic():
        asset = create_draft(project, called.user, provider=given.provider or "", always_new=True)
        _keep(asset, given, called)
        if given.due_on:
            details.set_due_date(asset, given.due_on, called.user)
        _set_tags(asset, given.tags, called)
    return Status(201, representations.asset_of(called, asset.pk))


@router.get("/assets/{int:asset_id}", response=AssetOut, summary="Read a video")
def read_asset(request: HttpRequest, asset_id: int) -> AssetOut:
    """One video with its languages and their final videos."""
    return representations.asset_of(caller(request), asset_id)


@router.patch("/assets/{int:asset_id}", response=AssetOut, summary="Change a video")
def change_asset(request: HttpRequest, asset_id: int, given: AssetChange) -> AssetOut:
    """Change its name, tags and due date, and whether it is archived."""
    called = caller(request, Scope.WRITE)
    asset, named = called.editable_asset(asset_id), given.model_fields_set
    with transaction.atomic():
        if given.name is not None:
            details.rename(asset, given.name, called.user)
        if "due_on" in named:
            details.set_due_date(asset, given.due_on, called.user)
        if given.tags is not None:
            _set_tags(asset, given.tags, called)
        if given.archived is not None:
            (archive.archive if given.archived else archive.unarchive)(asset, called.user)
    return representations.asset_of(called, asset_id)


@router.patch("/assets/{int:asset_id}/draft", response=AssetOut, summary="Change a draft")
def change_draft(request: HttpRequest, asset_id: int, given: DraftIn) -> AssetOut:
    """Change what to dub, and how, until it is submitted. Fields that are left out stay; null clears a field."""
    called = caller(request, Scope.WRITE)
    _keep(called.editable_asset(asset_id), given, called)
    return representations.asset_of(called, asset_id)


@router.get("/assets/{int:asset_id}/quote", response=QuoteOut, summary="Quote a draft")
def quote_asset(request: HttpRequest, asset_id: int) -> QuoteOut:
    """What submitting the draft would use, and everything that prevents it."""
    called = caller(request)
    return DraftRequest(called, called.editable_asset(asset_id), checks_links=False).quote()


@router.post(
    "/assets/{int:asset_id}/submit",
    response=Submitted,
    summary="Submit a draft (paid)",
    tags=["Paid"],
    openapi_extra=_PAID,
)
def submit_asset(request: HttpRequest, asset_id: int) -> HttpResponse:
    """Send the draft to the provider, or to an owner for approval. Uses minutes. Requires an Idempotency-Key header."""
    called = caller(request, Scope.SUBMIT)
    return perform_once(request, called, DraftRequest(called, called.editable_asset(asset_id), checks_links=True).send)


@router.post(
    "/assets/{int:asset_id}/languages",
    response=Submitted,
    summary="Add languages (paid)",
    tags=["Paid"],
    openapi_extra=_PAID,
)
def add_languages(request: HttpRequest, asset_id: int, given: LanguagesIn) -> HttpResponse:
    """Request more languages of a video that the provider has. Uses minutes. Requires an Idempotency-Key header."""
    called = caller(request, Scope.SUBMIT)
    asset = called.editable_asset(asset_id)
    return perform_once(request, called, lambda: LanguagesRequest(called, asset, given.languages).send())


@router.post(
    "/assets/{int:asset_id}/resend",
    response=Submitted,
    summary="Send failed languages again (paid)",
    tags=["Paid"],
    openapi_extra=_PAID,
)
def resend_asset(request: HttpRequest, asset_id: int) -> HttpResponse:
    """Send failed languages again. Uses minutes. Requires an Idempotency-Key header."""
    called = caller(request, Scope.SUBMIT)
    return perform_once(request, called, ResendRequest(called, called.editable_asset(asset_id)).send)


@router.get("/assets/{int:asset_id}/comments", response=Page[CommentOut], summary="List comments", tags=["Review"])
def list_comments(request: HttpRequest, asset_id: int, paging: Query[Paging]) -> Page[CommentOut]:
    """Comments on the final videos, oldest first."""
    asset = caller(request).asset(asset_id)
    rows = Comment.objects.shown().filter(dubbing__asset=asset).select_related("dubbing", "author").order_by("pk")
    return representations.page_of(paging.after(rows), paging.limit, representations.comment)


def _keep(asset: Asset, given: DraftIn, called: Caller) -> None:
    draft = saved_drafts.keep_typed(asset, draft_values.typed_values(given), called.user)
    check_links(asset, draft.form_data(), called.user)
    tasks.enqueue_link_checks()


def _set_tags(asset: Asset, names: list[str], called: Caller) -> None:
    wanted = {name.strip().lower() for name in names}
    for tag in asset.tags.all():
        if tag.name.lower() not in wanted:
            details.remove_tag(asset, tag.pk, called.user)
    for name in names:
        details.add_tag(asset, name, called.user)
