"""The content of the asset page, read once in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db.models import Prefetch
from django.utils.translation import gettext, ngettext

from dubbing import providers
from dubbing.drafts import failed_fields
from dubbing.minutes import costs
from dubbing.models import Asset, Dubbing, Hold, Membership, Result, Review, Submission, Version, status_badges
from dubbing.models.reviews import ReviewStatus
from dubbing.platform import failure_messages, formatting, locales
from dubbing.review import finding_texts
from dubbing.sync import progress
from dubbing.sync.results import MOST_COUNTED
from dubbing.web.asset import attempts, job_steps, timeline
from dubbing.web.shared import next_steps, totals
from dubbing.web.shared.field_anchors import CAUSES, place_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dubbing.models.assets import AssetQuerySet


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that prevents progress: our words, and the provider's."""

    entry: failure_messages.FailureMessage
    code: str
    reported: str = ""
    whose: str = ""  # who reported it
    who: str = ""  # who can fix it: a sentence for this reader


@dataclass(frozen=True, slots=True)
class DubbingSummary:
    """One target locale: its status, and what can be opened."""

    dubbing: Dubbing
    state: status_badges.State
    text: str
    problem: Problem | None
    version: Version | None
    result: Result | None
    step: next_steps.NextStep | None = None  # of its own request, while there is nothing else
    earlier: tuple[Version, ...] = ()  # versions of earlier attempts, newest first
    attempts: tuple[attempts.EarlierAttempt, ...] = ()  # the requests before the current one
    settings: tuple[str, ...] = ()  # what it was sent with, if that differs from the video's settings
    unasked: bool = False  # it appeared at the provider without a request

    @property
    def attempt_count(self) -> int:
        """The number of earlier attempts."""
        return len(self.attempts) or len(self.earlier)

    @property
    def checks(self) -> str:
        """The number of findings of the automatic checks, in a few words; empty if there are none."""
        report = getattr(self.result, "quality", None)
        return finding_texts.summary(report.count) if report and report.count else ""

    @property
    def checks_tone(self) -> str:
        """The severity of the worst finding, as a tone."""
        report = getattr(self.result, "quality", None)
        return {"block": "red", "strong": "amber"}.get(report.worst, "blue") if report else "blue"

    @property
    def review(self) -> Review | None:
        """Its review, if there is one."""
        return getattr(self.dubbing, "review", None)

    @property
    def review_state(self) -> status_badges.State | None:
        """The status of its review; None while there is no final video."""
        if self.review is None or self.review.status == Review.Status.WAITING:
            return None
        return status_badges.of_status(ReviewStatus(self.review.status))


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetPage:
    """What the templates show."""

    asset: Asset
    state: status_badges.State
    provider: str
    role: str
    step: next_steps.NextStep
    problems: list[Problem]
    languages: list[DubbingSummary]
    timeline: timeline.Timeline
    submissions: list[Submission]
    may_edit: bool
    may_add: bool
    may_look: bool
    takes_texts: bool
    taken: float | None
    spent: float | None

    @property
    def is_final(self) -> bool:
        """Whether nothing on this page changes on its own any more."""
        waiting = any(language.dubbing.status in Dubbing.OPEN for language in self.languages)
        asked = any(submission.status in Submission.OPEN for submission in self.submissions)
        going_back = any(language.version and language.version.revise_asked_at for language in self.languages)
        looking = self.asset.dirty_seq > self.asset.done_seq and self.asset.status in Asset.MIRRORED
        return self.asset.status in [*Asset.FINAL, Asset.Status.DRAFT] and not (
            waiting or asked or going_back or looking
        )

    @property
    def is_open(self) -> bool:
        """Whether something is working on it, or will be."""
        return self.asset.status in Asset.OPEN

    @property
    def playable(self) -> list[DubbingSummary]:
        """Languages with a result in our storage."""
        return [language for language in self.languages if language.result]

    @property
    def to_review(self) -> DubbingSummary | None:
        """The first language with a final video that is waiting for review."""
        waiting = (language for language in self.playable if language.review and language.review.status in Review.OPEN)
        return next(waiting, None)

    @property
    def editable(self) -> list[DubbingSummary]:
        """Languages that can and should be opened in the studio."""
        ready = [language for language in self.languages if language.dubbing.status == Dubbing.Status.READY]
        if self.asset.status != Asset.Status.READY:  # others are in progress
            ready = [
                language
                for language in ready
                if progress.outlook(self.asset, language.dubbing) in progress.FOR_A_PERSON
            ]
        return [language for language in ready if language.version and language.version.studio_url]

    @property
    def missing(self) -> int:
        """The number of failed languages."""
        return len(self.lacking)

    @property
    def lacking(self) -> list[DubbingSummary]:
        """The failed languages."""
        return [language for language in self.languages if language.dubbing.status == Dubbing.Status.FAILED]

    @property
    def may_send_missing(self) -> bool:
        """Whether the failed languages can be sent again on this asset."""
        sendable = self.asset.status in (Asset.Status.PARTLY_DONE, Asset.Status.FAILED)
        return self.may_edit and sendable and bool(self.lacking)

    @property
    def is_all_missing(self) -> bool:
        """Whether no language was dubbed."""
        return self.asset.status == Asset.Status.FAILED

    @property
    def wants_editing(self) -> bool:
        """Whether sending the same again would fail again."""
        problems = [*self.problems, *(language.problem for language in self.lacking if language.problem)]
        return any(problem.entry.retry == "edit" for problem in problems)

    @property
    def place_to_change(self) -> str:
        """The anchor of the form field that made the asset fail."""
        return place_to_change(self.asset)

    @property
    def lacking_seconds(self) -> float | None:
        """The seconds that sending the failed languages again would use."""
        each = [self._seconds_of(language.dubbing) for language in self.lacking]
        known = [seconds for seconds in each if seconds is not None]
        return sum(known) if len(known) == len(each) else None

    def _seconds_of(self, dubbing: Dubbing) -> float | None:
        if not dubbing.sent_settings:
            return self.weighted_seconds
        each = costs.cost_of(dubbing.as_sent(self.asset), languages=1).each
        return each / 1000 if each is not None else None

    @property
    def weighted_seconds(self) -> float | None:
        """The seconds that one more language would use."""
        each = costs.cost_of(self.asset, languages=1).each
        return each / 1000 if each is not None else None


def place_to_change(asset: Asset, only: Iterable[str] = ()) -> str:
    """The anchor of the form field that made the asset, or these languages, fail; of the causes if none did."""
    fields = [cause.field for cause in failed_fields.causes(asset, only) if cause.field]
    return place_of(fields[0]) if fields else CAUSES


def with_everything(assets: AssetQuerySet) -> AssetQuerySet:
    """Assets with everything that their page shows."""
    versions = Version.objects.order_by("id").prefetch_related(
        Prefetch("results", Result.objects.order_by("id").select_related("quality"))
    )
    dubbings = (
        Dubbing.objects.order_by("id")
        .select_related("review__reviewer")
        .prefetch_related(Prefetch("versions", versions))
    )
    related = assets.select_related("project", "source", "background", "created_by")
    return related.prefetch_related(Prefetch("dubbings", dubbings), "submissions", "ledger", "tags")


def build(asset: Asset, role: str) -> AssetPage:
    """The page of an asset loaded with ``with_everything``, for a reader with this role."""
    provider = providers.label(asset.provider)
    submissions = list(asset.submissions.all())
    open_ones = job_steps.waiting(submissions)
    waiting = next(iter(open_ones), None)
    hold = Hold.objects.filter(provider=asset.provider).first() if waiting else None
    own = job_steps.by_locale(submissions)
    may_edit = role in Membership.EDITORS
    statuses = _Statuses(asset, provider, may_edit)
    languages = [statuses.language(dubbing, own.get(dubbing.locale), held=bool(hold)) for dubbing in _by_name(asset)]
    asked = {code for submission in submissions for code in submission.locales}
    languages = [
        replace(
            shown,
            unasked=bool(asked) and shown.dubbing.locale not in asked,
            attempts=attempts.earlier(asset, shown.dubbing, submissions),
            settings=attempts.own_settings(asset, shown.dubbing),
        )
        for shown in languages
    ]
    there = asset.status in Asset.MIRRORED
    return AssetPage(
        asset=asset,
        state=status_badges.of_asset(asset.status, doubtful=asset.is_doubtful),
        provider=provider,
        role=role,
        step=job_steps.of_asset(asset, open_ones, provider)
        or next_steps.of_asset(asset, waiting, provider, may_edit=may_edit),
        problems=statuses.problems(open_ones, hold),
        languages=languages,
        timeline=timeline.build(asset, provider),
        submissions=submissions,
        may_edit=may_edit,
        may_add=may_edit and there and _takes_more(asset, waiting),
        may_look=may_edit and there,
        takes_texts=providers.capabilities(asset.provider).target_srt,
        taken=totals.taken(asset),
        spent=totals.spent(asset),
    )


def _takes_more(asset: Asset, waiting: Submission | None) -> bool:
    """Whether the provider accepts more languages of this asset now."""
    can = providers.capabilities(asset.provider)
    if not can.several_locales:
        return True
    failed = asset.status == Asset.Status.FAILED or asset.remote_status == "Failed"
    return can.add_locales and not failed and waiting is None


def leading(dubbing: Dubbing) -> Version | None:
    """The version furthest along, and of those the newest: snapshots can exist beside it."""
    return progress.leading(list(dubbing.versions.all()))


def _by_name(asset: Asset) -> list[Dubbing]:
    return sorted(asset.dubbings.all(), key=lambda dubbing: formatting.sort_key(locales.display_name(dubbing.locale)))


@dataclass(frozen=True, slots=True)
class _Statuses:
    """The statuses of an asset and its languages, as the reader sees them."""

    asset: Asset
    provider: str
    may_edit: bool

    def language(self, dubbing: Dubbing, job: Submission | None, *, held: bool) -> DubbingSummary:
        """One of its languages, with the newest request for it."""
        version = leading(dubbing)
        results = list(version.results.all()) if version else []
        step = job_steps.step(self.asset, dubbing, job, self.provider, held=held)
        step_text = next_steps.of_dubbing(self.asset, dubbing, version, self.provider, may_edit=self.may_edit)
        stuck = _is_stuck(dubbing, version)
        return DubbingSummary(
            dubbing=dubbing,
            state=status_badges.STUCK if stuck else job_steps.job_badge(self.asset, dubbing, job, held=held),
            text=step.text if step else step_text,
            problem=self._problem_of(dubbing, version),
            version=version,
            result=results[-1] if results else None,
            step=step,
            earlier=tuple(version_row for version_row in reversed(dubbing.versions.all()) if version_row.superseded),
        )

    def problems(self, open_ones: list[Submission], hold: Hold | None) -> list[Problem]:
        """The problems of the whole asset, each once."""
        asset, problems = self.asset, dict[str, str]()
        if asset.status in (Asset.Status.FAILED, Asset.Status.REFUSED) and not _is_shown_by_languages(asset):
            problems[asset.error_code or "failed"] = asset.error_message
        for submission in open_ones:
            if submission.needs_person:
                problems["needs_person"] = ""
            elif submission.status == Submission.Status.UNKNOWN:
                problems["unconfirmed"] = ""
            elif hold and submission.status == Submission.Status.READY:
                problems[f"hold_{hold.reason}"] = hold.message
        if asset.is_late and (asset.status in Asset.MIRRORED or not problems):
            late = "stuck" if asset.is_stuck else "late"
            problems[late if asset.status in Asset.MIRRORED else "late_unsent"] = ""
        return [self._problem(code, text, self._reported()) for code, text in problems.items()]

    def _problem_of(self, dubbing: Dubbing, version: Version | None) -> Problem | None:
        asset = self.asset
        if dubbing.status == Dubbing.Status.FAILED:
            if asset.status == Asset.Status.FAILED and dubbing.error_code == asset.error_code:
                return None  # shown once, for the whole asset
            code = dubbing.error_code or "version_failed"
            return self._problem(code, dubbing.error_message, self._reported())
        if dubbing.status == Dubbing.Status.KEEPING and version and version.keep_attempts:
            code = "keep_stuck" if _is_stuck(dubbing, version) else "keep_waiting"
            found = formatting.translated(version.keep_problem)
            problem = self._problem(code, found, gettext("What we found"))
            if code == "keep_stuck":
                return problem
            why = f"{problem.entry.why} {_tries(version.keep_attempts)}"
            return replace(problem, entry=replace(problem.entry, why=why))
        return None

    def _reported(self) -> str:
        return gettext("Message from %(provider)s") % {"provider": self.provider}

    def _problem(self, code: str, text: str, whose: str) -> Problem:
        entry = failure_messages.explain(code, self.provider)
        return Problem(entry, code, text, whose, entry.who.describe(may_edit=self.may_edit))


def _is_stuck(dubbing: Dubbing, version: Version | None) -> bool:
    return dubbing.status == Dubbing.Status.KEEPING and version is not None and version.keep == Version.Keep.STUCK


def _tries(count: int) -> str:
    """How often it was attempted. The portal stops counting before it blames the result for other problems."""
    if count >= MOST_COUNTED:
        return gettext("We tried %(count)s times or more.") % {"count": count}
    return ngettext("We tried once.", "We tried %(count)s times.", count) % {"count": count}


def _is_shown_by_languages(asset: Asset) -> bool:
    """Whether each language already shows why the asset failed."""
    return not asset.error_code and any(dubbing.error_code for dubbing in asset.dubbings.all())
