"""Links to files on the web: the result of checking one, shown beside the field while the form is filled in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from dubbing import tasks
from dubbing.drafts.source_links import link_problem
from dubbing.models import Asset, Upload
from dubbing.platform import numbers
from dubbing.uploads import links


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Show what is known of a draft's link (``url``, ``kind``, ``asset``); polled until a worker has checked it."""
    asset = get_object_or_404(Asset.objects.editable_by(request.user), pk=numbers.whole(request.POST.get("asset")) or 0)
    kind, url = request.POST.get("kind", ""), request.POST.get("url", "").strip()
    if kind not in Upload.Kind.values:
        kind = Upload.Kind.VIDEO
    assert request.user.is_authenticated  # the middleware lets nobody else through
    problem = link_problem(url, asset.provider) if url else ""
    link = None
    try:
        if url and not problem:
            link = links.ask(url, kind, request.user, provider=asset.provider, most=links.AT_ONCE)
    except links.TooManyLinks as full:
        return HttpResponse(str(full), status=429, content_type="text/plain", headers={"Retry-After": "3"})
    if link and link.next_at:
        tasks.check_link.enqueue(link.pk)
    context = {
        "link": link,
        "problem": problem,
        "facts": links.facts(link) if link and link.status == link.Status.GOOD else "",
    }
    return render(request, "asset_form/_link.html", context)
