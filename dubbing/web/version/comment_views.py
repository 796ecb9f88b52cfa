"""Comments in the review room. A script gets the updated section; without a script, the page reloads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from dubbing.models import Comment, Version
from dubbing.platform import numbers
from dubbing.platform.errors import NotPossible
from dubbing.review import comments
from dubbing.review.comments import NewComment
from dubbing.web.shared import etags
from dubbing.web.shared.fields import SecondsField
from dubbing.web.shared.users import signed_in
from dubbing.web.version import checks
from dubbing.web.version import room as rooms
from dubbing.web.version.room import TypedComment
from dubbing.web.version.views import render_page, visible_version
from portal.page_polling import Poll

TYPED = ("text", "start", "end", "kind", "severity", "suggestion", "audience")


@require_safe
def section(request: HttpRequest, pk: int) -> HttpResponse:
    """Show only the comments: ``?show=resolved&comments=250&after=50``; unchanged ones are not sent again."""
    room = rooms.room_of(visible_version(request, pk), signed_in(request), request.GET)
    name = ("comments", pk, room.show, room.skipped, room.limit, room.opened, room.role, room.user.pk)
    poll = Poll(request, name, lambda: etags.of_comments(room.dubbing.pk, name))
    return poll.unchanged() or poll.answer(_section(request, room))


@require_safe
def marks(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the marks on the time bar: ``{"comments": [{id, start, end, severity, text}], "findings": [...]}``.

    Times are seconds. Findings are those of the automatic checks of the newest result.
    """
    version = visible_version(request, pk)
    newest = max(version.results.all(), key=lambda result: result.pk, default=None)
    return JsonResponse({"comments": rooms.marks(version.dubbing), "findings": checks.spans(newest)})


@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Comment on this version."""
    version, user = visible_version(request, pk), signed_in(request)
    result = version.results.order_by("-pk").first()
    typed = {name: request.POST.get(name, "") for name in TYPED}
    try:
        comment = comments.add(version.dubbing, user, _new(typed), result=result)
    except NotPossible as problem:
        return _refused(request, version, TypedComment(str(problem), typed, "new"))
    return _answer(request, version, comment, appears=True)


@require_POST
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    """Reply to a comment."""
    return _act(request, pk, lambda comment: comments.reply(comment, signed_in(request), _text(request)), "reply")


@require_POST
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Edit one's own comment."""
    return _act(request, pk, lambda comment: comments.edit(comment, signed_in(request), _text(request)), "edit")


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete one's own comment, with an undo."""
    answer = _act(request, pk, lambda comment: comments.delete(comment, signed_in(request)))
    messages.success(request, gettext("Comment deleted."), extra_tags=reverse("comment-restore", args=[pk]))
    return answer


@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Restore one's own comment."""
    return _act(request, pk, lambda comment: comments.undo_delete(comment, signed_in(request)), appears=True)


@require_POST
def resolve(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark a comment as resolved, or with ``resolved=0`` as open."""
    resolved = request.POST.get("resolved") != "0"
    return _act(request, pk, lambda comment: comments.resolve(comment, signed_in(request), resolved=resolved))


@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer whether an issue will be fixed."""
    given = request.POST.get("answer", "")
    return _act(
        request, pk, lambda comment: comments.answer(comment, signed_in(request), given, _text(request)), "answer"
    )


@require_POST
def use_suggestion(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the suggested text into the subtitles."""
    return _act(request, pk, lambda comment: comments.use_suggestion(comment, signed_in(request)))


def _act(
    request: HttpRequest, pk: int, act: Callable[[Comment], Any], place: str = "", *, appears: bool = False
) -> HttpResponse:
    comment = get_object_or_404(_comments(request), pk=pk)
    version = _version_of(request, comment)
    try:
        act(comment)
    except NotPossible as problem:
        typed = {"text": _text(request), "answer": request.POST.get("answer", "")}
        return _refused(request, version, TypedComment(str(problem), typed, f"{place}-{pk}" if place else ""))
    return _answer(request, version, comment, appears=appears)


def _answer(request: HttpRequest, version: Version, comment: Comment, *, appears: bool) -> HttpResponse:
    """The comments that were shown. ``appears``: and this one, which was not among them."""
    room = rooms.room_of(version, signed_in(request), request.POST)
    if appears:
        room.reveal(comment.pk)
    if request.headers.get("HX-Request"):
        return _section(request, room)
    return redirect(f"{room.page_address}#comment-{comment.pk}")


def _refused(request: HttpRequest, version: Version, typed: TypedComment) -> HttpResponse:
    """The page again with what was entered, and why it was refused."""
    if request.headers.get("HX-Request"):
        room = rooms.room_of(version, signed_in(request), request.POST)
        room.refuse(typed)
        return _section(request, room)
    messages.error(request, typed.problem)
    return render_page(request, version, typed, status=422)


def _section(request: HttpRequest, room: rooms.Room) -> HttpResponse:
    return render(request, "version/_comments_and_score.html", {"room": room})


def _comments(request: HttpRequest) -> QuerySet[Comment]:
    return Comment.objects.visible_to(request.user).select_related("dubbing__asset__project", "parent")


def _version_of(request: HttpRequest, comment: Comment) -> Version:
    """The version that the page shows, otherwise the newest of the comment's language."""
    shown = numbers.whole(request.POST.get("version")) or 0
    versions = Version.objects.filter(dubbing=comment.dubbing_id)
    version = versions.filter(pk=shown).first() or versions.order_by("superseded", "-pk").first()
    return visible_version(request, version.pk if version else 0)


def _new(typed: dict[str, str]) -> NewComment:
    return NewComment(
        typed["text"],
        start=_seconds(typed["start"]),
        end=_seconds(typed["end"]),
        kind=typed["kind"],
        severity=typed["severity"] if typed["kind"] else "",
        suggestion=typed["suggestion"],
        is_internal=typed["audience"] != "everybody",
    )


def _seconds(text: str) -> float | None:
    try:
        return SecondsField().to_python(text)
    except ValidationError as problem:
        raise NotPossible(" ".join(problem.messages)) from problem


def _text(request: HttpRequest) -> str:
    return str(request.POST.get("text", ""))
