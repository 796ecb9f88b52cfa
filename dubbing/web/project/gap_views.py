"""Fill gaps: show what sending takes and what prevents it, then the outcome for each video."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from dubbing import tasks
from dubbing.models import Asset, Project
from dubbing.platform import locales, numbers
from dubbing.platform.errors import NotPossible
from dubbing.review import assignments
from dubbing.submissions import coverage, gaps
from dubbing.submissions.gaps import PlannedRequest, Promise, Wish
from dubbing.web.project import video_filters
from dubbing.web.shared import next_steps
from dubbing.web.shared.users import signed_in

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_LAST = 2**63 - 1
_SALT = "languages of many videos"


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an address asks for. ``codes``: languages; ``assets``: keys, empty for all that lack them."""

    is_retry: bool
    codes: list[str]
    assets: list[int]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The outcome for one video: ``words`` say why it was not sent."""

    asset: Asset
    codes: list[str]
    refusal: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what would be sent, and for how many minutes; a POST sends what was shown.

    ``?do=again``: failed languages instead of missing ones. ``locale``, ``asset``: which ones, any number of each.
    """
    project = get_object_or_404(Project.objects.editable_by(request.user), pk=pk)
    if request.method == "POST":
        outcomes = _send(project, request.POST.getlist("line"), signed_in(request))
        sent = [outcome for outcome in outcomes if not outcome.refusal]
        context = {"project": project, "sent": sent, "refused": [result for result in outcomes if result.refusal]}
        context["back"] = _back(request.POST.get("back"))
        context["languages"] = sum(len(outcome.codes) for outcome in sent)
        return render(request, "project/gaps_sent.html", context)
    asked = _read(request, project)
    videos = _videos(project, asked)
    wishes = [Wish(asset, tuple(asked.codes), is_retry=asked.is_retry) for asset in videos[: gaps.MOST]]
    plan = gaps.plan(project, wishes, signed_in(request))
    promises = [(line, _signed(project, line)) for line in plan.sendable]
    context = {"project": project, "plan": plan, "promises": promises, "is_retry": asked.is_retry}
    context |= {"title": _title(asked), "more": len(videos) > gaps.MOST, "most": gaps.MOST}
    context["choices"] = [] if asked.is_retry or len(asked.codes) < 2 else _choices(project, asked, signed_in(request))
    context["assets"] = asked.assets
    codes = sorted({code for line in plan.sendable for code in line.codes})
    context["unreviewed"] = assignments.name_unreviewable(project, codes)
    context["ready"] = next_steps.all_ready_by((line.asset, line.seconds, len(line.codes)) for line in plan.sendable)
    context["back"] = _back(request.GET.get("back"))
    return render(request, "project/gaps.html", context)


def _back(query: str | None) -> str | None:
    """The filters of the video list that the person came from; None for the grid."""
    return None if query is None else video_filters.parse(QueryDict(query[:500])).query


def _read(request: HttpRequest, project: Project) -> _Asked:
    """The address's parameters, without invalid ones."""
    is_retry = request.GET.get("do") == "again"
    ids = [numbers.whole(text, low=1, high=_LAST) for text in request.GET.getlist("asset")[: gaps.MOST + 1]]
    tags = [locales.canonical(text[:40]) for text in request.GET.getlist("locale")[:200]]
    codes = list(dict.fromkeys(tag for tag in tags if tag))
    if not codes and not is_retry:
        codes = [column.locale for column in coverage.whole(project.pk, request.user).columns]
    return _Asked(is_retry, [] if is_retry else codes, list(dict.fromkeys(pk for pk in ids if pk)))


def _videos(project: Project, asked: _Asked) -> list[int]:
    """The chosen videos, otherwise the newest with gaps; one more than fit, if there are more."""
    if asked.assets:
        return asked.assets
    lacking = coverage.failed(project.pk) if asked.is_retry else coverage.lacking(project.pk, asked.codes)
    return list(lacking.values_list("pk", flat=True)[: gaps.MOST + 1])


def _title(asked: _Asked) -> str:
    if asked.is_retry:
        return gettext("Send failed languages again")
    if len(asked.codes) == 1:
        return gettext("Add %(language)s") % {"language": locales.display_name(asked.codes[0])}
    return gettext("Fill the gaps")


def _choices(project: Project, asked: _Asked, user: User) -> list[tuple[str, str, bool]]:
    """The languages of the project, and whether each is selected."""
    columns = coverage.whole(project.pk, user).columns
    named = {column.locale: column.name for column in columns} | {
        code: locales.display_name(code) for code in asked.codes
    }
    return [(code, name, code in asked.codes) for code, name in sorted(named.items(), key=lambda item: item[1])]


def _signed(project: Project, line: PlannedRequest) -> str:
    """What was shown for a line, signed, for its form to send back."""
    promise = [project.pk, line.asset.pk, line.codes, line.is_retry, line.milliseconds, line.last]
    return signing.dumps(promise, salt=_SALT)


def _send(project: Project, texts: list[str], user: User) -> list[_Outcome]:
    promises = [promise for promise in map(_promise, texts[: gaps.MOST]) if promise and promise[0] == project.pk]
    return [outcome for _, promise in promises if (outcome := _send_video(project, promise, user))]


def _promise(text: str) -> tuple[int, Promise] | None:
    try:
        project, asset, codes, is_retry, milliseconds, last = signing.loads(text, salt=_SALT)
    except (signing.BadSignature, ValueError):
        return None
    return project, Promise(Wish(asset, tuple(codes), is_retry), milliseconds, last)


def _send_video(project: Project, promise: Promise, user: User) -> _Outcome | None:
    asset = Asset.objects.in_project(project.pk, user).filter(pk=promise.wish.asset_id).first()
    if asset is None:
        return None
    codes = list(promise.wish.codes)
    try:
        made = gaps.keep(project, promise, user)
    except NotPossible as problem:
        return _Outcome(asset, codes, str(problem))
    tasks.enqueue_submissions(made)
    return _Outcome(asset, codes)
