"""Links to files on the web: what is behind one, told beside the field while the form is filled in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from dubbing import numbers
from dubbing.forms.sources import link_problem
from dubbing.models import Asset, Upload
from dubbing.services import links


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Look at the link of a draft (``url``, ``kind``, ``asset``), and say what was found."""
    asset = get_object_or_404(Asset.objects.editable_by(request.user), pk=numbers.whole(request.POST.get("asset")) or 0)
    kind, url = request.POST.get("kind", ""), request.POST.get("url", "").strip()
    if kind not in Upload.Kind.values:
        kind = Upload.Kind.VIDEO
    assert request.user.is_authenticated  # the middleware lets nobody else through
    problem = link_problem(url, asset.provider) if url else ""
    link = links.check(url, kind, request.user, provider=asset.provider) if url and not problem else None
    found = {"link": link, "problem": problem, "facts": links.facts(link) if link else ""}
    return render(request, "dubbing/_asset_form_link.html", found)
