"""Languages that are separate jobs: the status of the request for each."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dubbing.models import Asset, Dubbing, Submission, status_badges
from dubbing.web.shared import next_steps

PLACEHOLDER = status_badges.State(_("Placeholder"), "alert-triangle", "amber")
_MOST_TELLING = [Submission.Status.SENDING, Submission.Status.UNKNOWN, Submission.Status.READY]


def by_locale(submissions: Iterable[Submission]) -> dict[str, Submission]:
    """The newest request for each language, whether for it alone or for several."""
    return {
        code: submission
        for submission in submissions
        for code in ([submission.locale] if submission.locale else submission.locales)
    }


def waiting(submissions: Iterable[Submission]) -> list[Submission]:
    """The unsettled requests, the most informative first."""
    open_ones = [submission for submission in submissions if submission.status in Submission.OPEN]
    return sorted(
        open_ones,
        key=lambda submission: (not submission.needs_person, _MOST_TELLING.index(Submission.Status(submission.status))),
    )


def job_badge(asset: Asset, dubbing: Dubbing, job: Submission | None, *, held: bool) -> status_badges.State:
    """The look of a language, based on its request as long as there is nothing else."""
    if dubbing.status == Dubbing.Status.FAILED and dubbing.error_code == "placeholder":
        return PLACEHOLDER
    if dubbing.status == Dubbing.Status.FAILED and dubbing.error_code == "refused":
        return status_badges.of_asset("refused")
    if job is None or not _is_all_there_is(dubbing, job):
        return status_badges.of_language(asset.status, dubbing.status, doubtful=bool(dubbing.warning))
    if job.status == Submission.Status.UNKNOWN:
        return status_badges.of_asset("unconfirmed")
    if job.status == Submission.Status.SENDING:
        return status_badges.of_asset("submitting")
    if held:
        return status_badges.of_asset("held")
    return (
        status_badges.of_dubbing(dubbing.status)
        if job.locale
        else status_badges.of_language(asset.status, dubbing.status)
    )


def step(
    asset: Asset, dubbing: Dubbing, job: Submission | None, provider: str, *, held: bool
) -> next_steps.NextStep | None:
    """What happens next with the language's request; None if it is settled."""
    if dubbing.status == Dubbing.Status.FAILED and dubbing.error_code == "placeholder":
        return next_steps.NextStep(gettext("Completed, but the provider returned the source video."))
    if job is None or not _is_all_there_is(dubbing, job):
        return None
    if job.needs_person:
        return next_steps.NextStep(str(next_steps.WAITS_FOR_OPS))
    if job.status == Submission.Status.UNKNOWN:
        return next_steps.NextStep(str(next_steps.ANSWER_LOST))
    if held and job.status == Submission.Status.READY:
        return next_steps.of_held(provider)
    sending = next_steps.sending(asset, job, provider)
    # The bytes of a request for several languages are shown once, for all of them.
    return (
        sending
        if job.locale or not sending.total
        else next_steps.NextStep(gettext("Being sent to %(provider)s.") % {"provider": provider})
    )


def of_asset(asset: Asset, open_ones: list[Submission], provider: str) -> next_steps.NextStep | None:
    """What happens next with an asset whose languages are sent one by one; None if one sentence for all will do."""
    dubbings = list(asset.dubbings.all())
    moving = asset.status in (Asset.Status.SUBMITTING, Asset.Status.DUBBING)
    if len(dubbings) < 2 or not moving or not any(submission.locale for submission in open_ones):
        return None
    left = sum(dubbing.status == Dubbing.Status.PENDING for dubbing in dubbings)
    if left == len(dubbings):
        text = gettext("%(count)s languages are being sent to %(provider)s, each as a separate job.")
        return next_steps.NextStep(text % {"count": left, "provider": provider})
    there = len(dubbings) - left
    accepted = ngettext(
        "%(provider)s has accepted %(count)s language.", "%(provider)s has accepted %(count)s languages.", there
    )
    rest = ngettext(
        "%(count)s more is not confirmed yet; see below.", "%(count)s more are not confirmed yet; see below.", left
    )
    text = f"{accepted % {'provider': provider, 'count': there}} {rest % {'count': left}}"
    return next_steps.NextStep(text)


def _is_all_there_is(dubbing: Dubbing, job: Submission) -> bool:
    return dubbing.status == Dubbing.Status.PENDING and job.status in Submission.OPEN
