"""The content of the delivery pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext

from dubbing.delivery import deliverables as choosing
from dubbing.delivery import deliveries
from dubbing.delivery.multitrack import Multitrack, Obstacle
from dubbing.delivery.names import Stem
from dubbing.models import Delivery, DeliveryDownload, DeliveryEntry, DeliveryPolicy, Membership, Project, status_badges
from dubbing.models.deliveries import DeliveryStatus
from dubbing.platform import formatting, locales
from dubbing.web.delivery.forms import DeliveryForm

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PREVIEWED = 12
PAGE = 50
LOGGED = 50


@dataclass(frozen=True, slots=True)
class DeliveryList:
    """A page of a project's deliveries, latest first."""

    listed: Page[Delivery]

    @property
    def shown(self) -> object:
        """Everything that is shown, as plain values."""
        others = self.listed.has_previous(), self.listed.has_next()
        return others, [(kept.pk, kept.status, kept.is_over, kept.size, kept.recipients) for kept in self.listed]


def list_deliveries(project_id: int, number: int) -> DeliveryList:
    """Page ``number`` of a project's deliveries, each with the number of its final videos."""
    results = Count("entries", filter=Q(entries__kind=DeliveryEntry.Kind.RESULT))
    rows = Delivery.objects.filter(project=project_id).select_related("created_by").annotate(results=results)
    return DeliveryList(Paginator(rows.order_by("-pk"), PAGE).get_page(number))


@dataclass(frozen=True, slots=True)
class PreviewedFile:
    """A final video, its file name, and the files delivered with it."""

    deliverable: choosing.Deliverable
    stem: Stem
    endings: list[str]

    @property
    def name(self) -> str:
        """The name of the video."""
        return self.stem.with_ending("mp4")


@dataclass(frozen=True, slots=True)
class PreviewedMultitrack:
    """A video with all languages: its file name, and the languages in it."""

    name: str
    languages: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Languages that cannot be in a video with all languages, all for the same reason."""

    languages: str
    reason: str
    videos: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What the current choice amounts to."""

    files: list[PreviewedFile]
    count: int
    size: int
    numbered: list[str]
    """Names that had to be distinguished by numbers."""
    without_subtitles: int
    unapproved: int
    multitracks: list[PreviewedMultitrack]
    left_out: list[LeftOut]

    @property
    def more(self) -> int:
        """Number of final videos that are not listed."""
        return self.count - len(self.files)


def preview(form: DeliveryForm) -> Preview:
    """The preview of a form, valid or not: errors in its names are shown beside the field."""
    chosen, wanted = form.chosen(), form.wanted()
    data = form.cleaned_data if form.is_bound and hasattr(form, "cleaned_data") else form.initial
    pattern = data.get("pattern") or DeliveryPolicy.DEFAULT_PATTERN
    multitracks = form.multitracks()
    whole = [each for each in multitracks if each.included]
    stems = choosing.stems([*chosen, *whole], pattern)
    return Preview(
        files=[
            PreviewedFile(deliverable, stem, _endings(wanted, deliverable))
            for deliverable, stem in zip(chosen[:PREVIEWED], stems, strict=False)
        ],
        count=len(chosen),
        size=sum(deliverable.result.size for deliverable in chosen),
        numbered=[stem.with_ending("mp4") for stem in stems if stem.is_numbered],
        without_subtitles=sum(not deliverable.has_subtitles for deliverable in chosen) if wanted.texts else 0,
        unapproved=sum(not deliverable.approved for deliverable in chosen),
        multitracks=[
            PreviewedMultitrack(stem.with_ending("mp4"), _languages(each.asset.source_locale, each.languages))
            for each, stem in list(zip(whole, stems[len(chosen) :], strict=True))[:PREVIEWED]
        ],
        left_out=_left_out(multitracks),
    )


def _left_out(multitracks: list[Multitrack]) -> list[LeftOut]:
    """Grouped by reason, sorted by what people can most easily change."""
    found = [(deliverable, obstacle) for each in multitracks for deliverable, obstacle in each.left_out]
    return [
        LeftOut(_named(deliverable.dubbing.locale for deliverable in some), str(obstacle.label), _videos(some))
        for obstacle in Obstacle
        if (some := [deliverable for deliverable, its in found if its == obstacle])
    ]


def _videos(deliverables: list[choosing.Deliverable]) -> int:
    return len({deliverable.dubbing.asset_id for deliverable in deliverables})


def _languages(original: str, languages: dict[str, str]) -> str:
    """The languages in a video with all languages, the original one first."""
    first = gettext("%(language)s (original)") % {"language": locales.display_name(original)} if original else ""
    others = _named(locale for locale, why_not in languages.items() if not why_not)
    return ", ".join(part for part in (first, others) if part)


def _named(codes: Iterable[str]) -> str:
    return ", ".join(locales.display_name(code) for code in locales.by_name(set(codes)))


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file of a delivery."""

    entry: DeliveryEntry

    @property
    def language(self) -> str:
        """Its language, or all of them."""
        entry = self.entry
        if entry.languages:
            return _languages(entry.asset.source_locale if entry.asset else "", entry.languages)
        return locales.display_name(entry.locale) if entry.locale else ""

    @property
    def left_out(self) -> list[str]:
        """Which languages are not in it, and why."""
        left_out = [(locale, why_not) for locale, why_not in self.entry.languages.items() if why_not]
        return [
            gettext("Left out: %(language)s (%(reason)s)") % {"language": _named(codes), "reason": obstacle.label}
            for obstacle in Obstacle
            if (codes := [locale for locale, why_not in left_out if why_not == obstacle])
        ]


def _endings(wanted: deliveries.Wanted, deliverable: choosing.Deliverable) -> list[str]:
    return wanted.endings(has_subtitles=deliverable.has_subtitles, sound=deliverable.sound)


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """One delivery."""

    delivery: Delivery
    files: list[ListedFile]
    log: list[DeliveryDownload]
    may_take: bool
    may_delete: bool
    may_share: bool

    @property
    def state(self) -> status_badges.State:
        """Its status."""
        status = DeliveryStatus.EXPIRED if self.delivery.is_over else DeliveryStatus(self.delivery.status)
        return status_badges.of_status(status)

    @property
    def label(self) -> str:
        """Whether files that the portal put together have the AI label, and else why not."""
        left_out = self.delivery.label_left_out
        if left_out:
            words = gettext("Left out by %(person)s (%(role)s), %(moment)s: %(reason)s")
            at = parse_datetime(str(left_out.get("at", "")))
            role = str(left_out.get("role", ""))
            return words % {
                "person": formatting.isolated(str(left_out.get("by", ""))),
                "role": Membership.Role(role).label if role in Membership.Role.values else role,
                "moment": formatting.moment(timezone.localtime(at), timezone.localtime()) if at else "",
                "reason": formatting.isolated(str(left_out.get("reason", ""))),
            }
        made = (DeliveryEntry.Kind.AUDIO, DeliveryEntry.Kind.MULTITRACK)
        is_made = any(file.entry.kind in made for file in self.files)
        return gettext("In all files that the portal puts together") if is_made else ""

    @property
    def large_files(self) -> int:
        """Number of files that take a while to prepare."""
        return sum(file.entry.kind in deliveries.LARGE for file in self.files)

    @property
    def is_final(self) -> bool:
        """Whether nothing changes any more on its own."""
        return self.delivery.status != Delivery.Status.PREPARING or self.delivery.is_over

    @property
    def can_be_taken(self) -> bool:
        """Whether there is something to download now."""
        return self.may_take and self.delivery.status == Delivery.Status.READY and not self.delivery.is_over

    @property
    def problem(self) -> str:
        """Why it failed."""
        problem = self.delivery.problem
        name = formatting.isolated(str(problem.get("name", "")))
        match problem.get("code"):
            case deliveries.GONE:
                return gettext("“%(name)s” no longer exists. Create a new delivery without it.") % {"name": name}
            case deliveries.DAMAGED:
                message = gettext(
                    "The saved copy of “%(name)s” is damaged, so it was not delivered. Tell an administrator."
                )
                return message % {"name": name}
            case deliveries.NO_SOUND:
                message = gettext(
                    "“%(name)s” could not be created because its video has no readable audio. Leave audio out."
                )
                return message % {"name": name}
            case deliveries.NO_MULTITRACK:
                message = gettext(
                    "“%(name)s” could not be created because a picture or audio track cannot be copied to MP4. "
                    "Create the delivery without it."
                )
                return message % {"name": name}
            case deliveries.NO_IMSC:
                message = gettext("“%(name)s” could not be written. Choose SRT or WebVTT for these subtitles.")
                return message % {"name": name}
            case deliveries.NO_ROOM:
                return gettext(
                    "The disk is full. Ask an administrator to free up space, then create the delivery again."
                )
        return gettext("The delivery could not be prepared. Create it again. If that fails too, tell an administrator.")

    @property
    def shown(self) -> list[object]:
        """Everything visible, as plain values: the page changes if and only if they do."""
        delivery = self.delivery
        return [delivery.status, delivery.done, delivery.size, delivery.is_over, self.may_take, len(self.log)]


def build(pk: int, user: User) -> DeliveryPage:
    """The page of a delivery that this person may see, in a fixed number of queries."""
    delivery = Delivery.objects.select_related("project", "created_by").get(pk=pk)
    log = delivery.downloads.select_related("user", "entry").order_by("-pk")[:LOGGED]
    return DeliveryPage(
        delivery,
        [ListedFile(entry) for entry in delivery.entries.select_related("asset")],
        list(log),
        delivery.may_be_taken_by(user),
        may_delete(delivery, user),
        Project.objects.editable_by(user).filter(pk=delivery.project_id).exists(),
    )


def may_delete(delivery: Delivery, user: User) -> bool:
    """Whether this person may delete it: whoever created it, and the project's owners."""
    return delivery.created_by_id == user.pk or Project.objects.is_owner(user, delivery.project_id)
