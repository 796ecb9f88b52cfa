"""Send candidates to voters: nothing in an answer says which final video it is."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_safe

from dubbing import subtitles
from dubbing.models import BlindComparison
from dubbing.review import blind_comparisons
from dubbing.web.blind import page as pages
from dubbing.web.blind.views import visible_comparisons
from dubbing.web.shared import responses
from dubbing.web.shared.users import signed_in


@require_safe
def media(request: HttpRequest, pk: int, label: str) -> HttpResponseBase:
    """Send the candidate that this person knows by the letter, or the source, for playing."""
    comparison, user = get_object_or_404(visible_comparisons(request), pk=pk), signed_in(request)
    key, kind = _file(comparison, user, label)
    # Different for each person, so that two voters cannot use it to match their letters.
    etag = salted_hmac("dubbing.blind", f"{pk}:{user.pk}:{key}", algorithm="sha256").hexdigest()[:32]
    # The address of an object has its key, which is the same on other pages.
    return responses.serve_ourselves(request, key, etag=etag, kind=kind)


@require_safe
def captions(request: HttpRequest, pk: int) -> HttpResponse:
    """The subtitles for all candidates. They are the same for each, so they give none of them away."""
    comparison, user = get_object_or_404(visible_comparisons(request), pk=pk), signed_in(request)
    ballot = comparison.ballots.filter(user=user).first()
    if not pages.may_play(comparison, ballot, user):
        raise Http404
    cues = pages.captions_of(comparison, pages.candidates_of(comparison))
    kind = responses.content_type(".vtt")
    return responses.text(request, subtitles.to_webvtt(cues), kind=kind, download_as="subtitles.vtt")


def _file(comparison: BlindComparison, user: User, label: str) -> tuple[str, str]:
    ballot = comparison.ballots.filter(user=user).first()
    if not pages.may_play(comparison, ballot, user):
        raise Http404
    candidates = pages.candidates_of(comparison)
    if label == pages.SOURCE:
        asset = pages.source_of(comparison, candidates)
        playable = responses.playable(asset.source) if asset and asset.source else None
        if playable is None:
            raise Http404
        return playable
    position = blind_comparisons.position_of(label, pages.order_of(comparison, ballot))
    chosen = next((candidate for candidate in candidates if candidate.position == position), None)
    result = pages.result_of(chosen, comparison) if chosen else None
    if result is None:
        raise Http404
    return result.key, "video/mp4"
