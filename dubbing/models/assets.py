"""Assets: a source video with its target locales, options and status."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce, Least
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.models.events import Event
from dubbing.models.json_fields import ObjectField
from dubbing.models.leases import Leased, LeasedQuerySet
from dubbing.models.links import Link
from dubbing.models.prepared import PreparedQuery
from dubbing.models.projects import Membership, Project
from dubbing.models.statuses import SPINNER, StatusChoices, known
from dubbing.models.tags import Tag
from dubbing.models.uploads import Upload
from dubbing.platform import lengths
from dubbing.providers import default_name

if TYPE_CHECKING:
    from typing import Any

    from django.contrib.auth.models import AnonymousUser, User


class AssetStatus(StatusChoices):
    """Status of an asset; the transitions are drawn in ``Asset``."""

    DRAFT = "draft", "pencil", "grey", _("Draft")
    AWAITING = "awaiting", "user-check", "amber", _("Awaiting approval")
    SUBMITTING = "submitting", SPINNER, "blue", _("Sending")
    HELD = "held", "player-pause", "grey", _("On hold")
    UNCONFIRMED = "unconfirmed", "help-circle", "amber", _("Unconfirmed")
    REFUSED = "refused", "ban", "red", _("Refused")
    DUBBING = "dubbing", SPINNER, "blue", _("Dubbing")
    READY = "ready", "edit", "violet", _("Ready to edit")
    COMPLETED = "completed", "circle-check", "green", _("Done")
    PARTLY_DONE = "partly_done", "alert-triangle", "amber", _("Partly done")
    FAILED = "failed", "circle-x", "red", _("Failed")


class AutoGenerateMode(models.TextChoices):
    """Whether the final video is generated automatically, and how."""

    OFF = "off", _("Edit in the studio first")
    WITH_LIPS = "with_lips", _("Finished video with lip sync")
    NO_LIPS = "no_lips", _("Finished video, lip sync off")


class LipsModelName(models.TextChoices):
    """Which model matches lip movements to the speech."""

    REAL_FACE = "real_face", _("Real face: best quality")
    REAL_FACE_TURBO = "real_face_turbo", _("Real face turbo: up to 4 times faster")


class AssetQuerySet(LeasedQuerySet["Asset"]):
    """Assets by who may see them and what they are waiting for."""

    def visible_to(self, user: User | AnonymousUser) -> AssetQuerySet:
        """Assets in this person's projects, without other people's drafts and without assets in the trash."""
        if not user.is_authenticated:
            return self.none()
        projects = Project.objects.visible_to(user).values("pk")
        return self.filter(project__in=projects)._shown_to(user)

    def in_project(self, project_id: int, user: User | AnonymousUser) -> AssetQuerySet:
        """``visible_to`` for a project already known to be the person's: does not check membership again."""
        return self.filter(project_id=project_id)._shown_to(user)

    def listed(self) -> AssetQuerySet:
        """What lists show by default: neither archived nor in the trash."""
        return self.filter(archived_at=None, trashed_at=None)

    def in_trash(self, project_id: int) -> AssetQuerySet:
        """Assets of a project that are in the trash and can be restored, latest first."""
        trashed = self.filter(project_id=project_id, trashed_at__isnull=False, purged_at=None)
        return trashed.order_by("-trashed_at", "-pk")

    def trashed_for(self, user: User | AnonymousUser) -> AssetQuerySet:
        """Assets in the trash of this person's projects; every member sees them."""
        mine = Project.objects.visible_to(user).values("pk")
        return self.filter(project__in=mine, trashed_at__isnull=False, purged_at=None)

    def restorable_by(self, user: User | AnonymousUser) -> AssetQuerySet:
        """Assets in the trash of projects that this person may edit."""
        mine = Project.objects.editable_by(user).values("pk")
        return self.filter(project__in=mine, trashed_at__isnull=False, purged_at=None)

    def role_in(self, pk: int, user: User | AnonymousUser) -> str:
        """The person's role for an asset they may see; an empty string if it does not exist for them."""
        if not user.is_authenticated:
            return ""
        mine = self.visible_to(user).filter(pk=pk, project__memberships__user=user).order_by()
        return next(iter(mine.values_list("project__memberships__role", flat=True)), "")

    def editable_by(self, user: User | AnonymousUser) -> AssetQuerySet:
        """Assets this person may change and pay for."""
        return self.visible_to(user).filter(project__in=Project.objects.editable_by(user).values("pk"))

    def reached_by(self, path: str) -> Exists:
        """As a condition on other rows: that ``path`` leads from the row to one of these assets.

        It is checked row by row. For ``path__in``, SQLite would first list every asset that the person may see.
        """
        return Exists(self.filter(pk=OuterRef(path)).order_by())

    def due_for_sync(self) -> AssetQuerySet:
        """Assets that the provider knows and whose next sync is due; ``mark`` makes it due now."""
        return self.free().filter(next_poll_at__lte=timezone.now(), status__in=Asset.MIRRORED, purged_at=None)

    def late(self) -> AssetQuerySet:
        """Assets still open past their deadline. They are shown and synced, never dropped."""
        return self.filter(status__in=Asset.OPEN, late_at__lt=timezone.now())

    def locked(self, pk: int) -> Asset:
        """The asset, with its row locked until the transaction ends. SQLite transactions are themselves such a lock.

        To avoid deadlocks, lock a submission first, then the asset, then everything else. The lock does not block
        foreign keys (``no_key``): an event written a moment ago already holds one.
        """
        return self.select_for_update(no_key=True).get(pk=pk)

    def mark(self, pk: int, *, is_repeat: bool = False) -> bool:
        """Make the asset due for sync now, because something may have changed at the provider.

        ``is_repeat``: the same mark came before; many repeats together cause one sync every few seconds.
        Returns True if no sync was due already, so that one wake-up serves many marks.
        """
        now = timezone.now()
        later = now + Asset.BETWEEN_REPEATS
        just_now = Q(last_ok_at__gt=now - Asset.BETWEEN_REPEATS) | Q(lease_until__gt=now)
        is_repeat = is_repeat and self.filter(just_now, pk=pk).exists()
        # Never later than it was: a worker that is about to claim the asset has read the clock before this.
        latest = later if is_repeat else now
        when = Least(Coalesce(F("next_poll_at"), latest), latest)
        marked = {"dirty_seq": F("dirty_seq") + 1, "next_poll_at": when}
        first = self.filter(pk=pk, dirty_seq=F("done_seq")).update(**marked)
        if not first:
            self.filter(pk=pk).update(**marked)
        return bool(first) and not is_repeat

    def ask(self, pk: int) -> None:
        """Make everything about the asset due now because a person is waiting, no matter when it was last synced."""
        self.filter(pk=pk).update(asked_at=timezone.now())
        self.mark(pk)

    def _shown_to(self, user: User | AnonymousUser) -> AssetQuerySet:
        drafts_of_others = Q(status=Asset.Status.DRAFT) & ~Q(created_by_id=user.pk)
        return self.filter(~drafts_of_others, trashed_at=None)

    def move(
        self, asset: Asset, to: str, *, cause: str, actor: User | AnonymousUser | None = None, **changes: Any
    ) -> bool:
        """Change the status if it is still what ``asset`` says, and record the event.

        Return False if somebody was faster.

        Raises ValueError for a transition that is not in ``Asset.MOVES``.
        """
        before = asset.status
        if to != before and to not in Asset.MOVES[before]:
            raise ValueError(f"an asset does not go from {before} to {to}")
        if not self.filter(pk=asset.pk, status=before).update(status=to, **changes):
            return False
        asset.status = to
        for name, value in changes.items():
            setattr(asset, name, value)
        if before != to:
            data = {"from": before, "to": to}
            Event.objects.record(asset, Event.Kind.STATUS, actor=actor, cause=cause, **data)
        return True


class Asset(Leased):
    """One source video handed to a provider, with its locales, trim and options.

    Our own steps, moved by ``services``::

        DRAFT ──▶ AWAITING ──▶ SUBMITTING         above the project's limit: an owner approves or returns it
        DRAFT ──▶ SUBMITTING ──▶ DUBBING          the provider has it: remote_id is known
          ▲         │ ▲  │
          │         │ │  └─────▶ UNCONFIRMED      asked, but the answer was lost ──▶ DUBBING | SUBMITTING again
          │         │ └───────▶ HELD              the provider takes no requests ──▶ SUBMITTING automatically
          └─────────┴─────────▶ REFUSED           a person changes it and sends it again

    Mirrored steps, moved only by ``sync`` and always to what the provider says, backwards included::

        DUBBING ◀──▶ READY ◀──▶ COMPLETED | PARTLY_DONE | FAILED

    The lease is the one for ``sync``.
    """

    Status: TypeAlias = AssetStatus

    OPEN = [Status.SUBMITTING, Status.HELD, Status.UNCONFIRMED, Status.DUBBING, Status.READY]
    EDITABLE = [Status.DRAFT, Status.REFUSED]
    FINAL = [Status.COMPLETED, Status.PARTLY_DONE, Status.FAILED, Status.REFUSED]
    MIRRORED = [Status.DUBBING, Status.READY, Status.COMPLETED, Status.PARTLY_DONE, Status.FAILED]
    # A request may turn out to have been carried out long after its asset moved on; the asset is DUBBING then.
    _ASKED = [Status.SUBMITTING, Status.HELD, Status.UNCONFIRMED, Status.REFUSED, Status.DUBBING]
    MOVES: dict[str, list[AssetStatus]] = {
        Status.DRAFT: [Status.AWAITING, Status.SUBMITTING, Status.DUBBING],
        Status.AWAITING: [Status.DRAFT, *_ASKED],
        Status.SUBMITTING: _ASKED,
        Status.HELD: _ASKED,
        Status.UNCONFIRMED: _ASKED,
        Status.REFUSED: [Status.AWAITING, *_ASKED],
        **dict.fromkeys(MIRRORED, MIRRORED),
    }
    """The allowed transitions from each status. ``AssetQuerySet.move`` refuses all others."""

    # A callback that keeps repeating causes at most one sync in this time.
    BETWEEN_REPEATS = timedelta(seconds=5)

    AutoGenerate: TypeAlias = AutoGenerateMode

    LipsModel: TypeAlias = LipsModelName

    LIMITS = {
        "voice_anonymization": (0, 1, False),
        "speakers": (1, 99, True),
        "speed": (0.5, 2, False),
        "seed": (0, 2**31 - 1, True),
    }
    """Minimum and maximum of the numbers that people enter, and whether they must be whole."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="assets")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    provider = models.CharField(max_length=20, default=default_name)
    name = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.DRAFT)
    typed = ObjectField(help_text=_("The draft’s form values, until it is submitted."))
    typed_bytes = models.PositiveIntegerField(
        default=0, db_default=0, help_text=_("The size of the form values, or of the texts of an unchanged copy.")
    )

    source = models.ForeignKey(Upload, on_delete=models.PROTECT, null=True, related_name="source_of")
    media_url = models.CharField(max_length=2000, blank=True)
    source_locale = models.CharField(max_length=20, blank=True)
    source_srt = models.TextField(blank=True)
    background = models.ForeignKey(Upload, on_delete=models.PROTECT, null=True, related_name="background_of")
    background_url = models.CharField(max_length=2000, blank=True)
    start = models.FloatField(null=True, help_text=_("Seconds into the source."))
    end = models.FloatField(null=True, help_text=_("Seconds into the source."))
    speakers = models.PositiveSmallIntegerField(null=True)
    auto_generate = models.CharField(max_length=10, choices=AutoGenerate.choices, default=AutoGenerate.WITH_LIPS)
    lips_model = models.CharField(max_length=20, choices=LipsModel.choices, default=LipsModel.REAL_FACE)
    voice_anonymization = models.FloatField(default=0.0)
    options = ObjectField(help_text=_("Options that only some providers support, by name."))
    consent = models.CharField(max_length=200, blank=True, help_text=_("Where the speakers’ consent is recorded."))
    override_reason = models.TextField(
        blank=True, help_text=_("Why the project’s policy was overridden for this video.")
    )
    overridden_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    pilot_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="pilots", db_index=False)

    remote_id = models.CharField(max_length=128, blank=True)
    remote_status = models.CharField(max_length=40, blank=True)
    duration = models.FloatField(
        null=True,
        help_text=_(
            "Seconds, as reported by the provider. For information: minutes are counted from our own measurement."
        ),
    )
    waits_for_person = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("One language is waiting for a person while others are in progress."),
    )
    check_length = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("The length of a result is in doubt, and nobody has confirmed it."),
    )
    returned = models.BooleanField(
        default=False, db_default=False, help_text=_("An owner requested changes, and it has not been sent since.")
    )
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True)

    dirty_seq = models.PositiveIntegerField(default=0)
    done_seq = models.PositiveIntegerField(default=0)
    next_poll_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True, help_text=_("When someone last asked to check with the provider."))
    poll_count = models.PositiveIntegerField(default=0)
    last_ok_at = models.DateTimeField(null=True)
    late_at = models.DateTimeField(null=True)
    stuck_at = models.DateTimeField(null=True)
    lateness = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text=_("The last recorded delay: 1 late, 2 stuck.")
    )

    tags = models.ManyToManyField(Tag, related_name="assets")
    due_on = models.DateField(null=True, help_text=_("The day it has to be done."))
    archived_at = models.DateTimeField(null=True, help_text=_("When it was archived."))
    trashed_at = models.DateTimeField(null=True, help_text=_("When it was moved to trash."))
    purged_at = models.DateTimeField(null=True, help_text=_("When its files and texts were deleted."))

    copied_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="copies", db_index=False)
    in_place = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("A draft: once sent, it becomes the next attempt for the video that it was copied from."),
    )
    created_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = AssetQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["project", "-id"], name="asset_by_project"),
            models.Index(fields=["project", "status", "-id"], name="asset_by_status"),
            # For the newest of a status in each project: PostgreSQL reads them from this alone, and would otherwise
            # walk all videos, the newest first.
            models.Index(
                fields=["project", "status", "-id"],
                condition=Q(archived_at=None, trashed_at=None),
                name="listed_asset_by_status",
            ),
            models.Index(fields=["next_poll_at"], name="asset_by_next_poll"),
            models.Index(fields=["remote_id"], name="asset_by_remote_id"),
            models.Index(
                fields=["late_at"],
                condition=Q(status__in=["submitting", "held", "unconfirmed", "dubbing", "ready"]),
                name="open_asset_by_deadline",
            ),
            models.Index(
                fields=["provider", "auto_generate", "lips_model", "-id"],
                condition=Q(status="completed"),
                name="asset_for_turnaround",
            ),
            # Few assets are copies or pilots. Of an index that is nearly all NULL, SQLite knows after ANALYZE only that
            # a value stands in it very often, and reads the whole table instead.
            models.Index(fields=["copied_from"], condition=Q(copied_from__isnull=False), name="asset_by_original"),
            models.Index(fields=["pilot_of"], condition=Q(pilot_of__isnull=False), name="pilot_by_asset"),
            models.Index(fields=["created_by", "status", "-submitted_at"], name="asset_by_maker"),
            # Holds every column that coverage reads from assets.
            models.Index(
                fields=[
                    "project",
                    "status",
                    "source_locale",
                    "late_at",
                    "stuck_at",
                    "waits_for_person",
                    "archived_at",
                    "trashed_at",
                ],
                name="asset_coverage",
            ),
            models.Index(fields=["created_by", "-id"], condition=Q(status="draft"), name="draft_by_maker"),
            models.Index(
                fields=["project", "created_by"], condition=Q(status="draft"), name="draft_by_project_and_maker"
            ),
            models.Index(fields=["created_by", "-id"], name="asset_by_maker_newest"),
            # For the newest of a person's drafts, and for their total size.
            models.Index(fields=["created_by", "status", "-id", "typed_bytes"], name="asset_by_maker_status_newest"),
            models.Index(
                fields=["created_by", "submitted_at"], condition=Q(waits_for_person=True), name="asset_waits_by_maker"
            ),
            models.Index(
                fields=["created_by", "submitted_at"], condition=Q(check_length=True), name="asset_to_check_by_maker"
            ),
            models.Index(fields=["created_by", "id"], condition=Q(returned=True), name="asset_returned_by_maker"),
            models.Index(fields=["project", "created_by", "-id"], name="asset_by_project_and_maker"),
            models.Index(fields=["project", "name", "id"], name="asset_by_project_and_name"),
            models.Index(
                fields=["project", "late_at"],
                condition=Q(status__in=["submitting", "held", "unconfirmed", "dubbing", "ready"]),
                name="open_asset_of_project_by_dl",
            ),
            models.Index(
                fields=["project", "due_on", "id"], condition=Q(due_on__isnull=False), name="asset_by_due_date"
            ),
            models.Index(
                fields=["project", "-id"], condition=Q(archived_at__isnull=False), name="archived_asset_by_project"
            ),
            models.Index(
                fields=["project", "-trashed_at"],
                condition=Q(trashed_at__isnull=False, purged_at=None),
                name="trashed_asset_by_project",
            ),
            models.Index(
                fields=["trashed_at"],
                condition=Q(trashed_at__isnull=False, purged_at=None),
                name="asset_to_be_purged",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "remote_id"], condition=~Q(remote_id=""), name="one_asset_per_remote_asset"
            ),
            known(AssetStatus, "known_asset_status"),
            models.CheckConstraint(condition=Q(start=None) | Q(start__gte=0), name="trim_starts_in_the_film"),
            models.CheckConstraint(
                # A comparison with NULL is neither true nor false, and a check constraint accepts that.
                condition=Q(end=None) | Q(start=None, end__gt=0) | Q(start__isnull=False, end__gt=F("start")),
                name="trim_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(voice_anonymization__gte=0, voice_anonymization__lte=1), name="anonymization_within_0_and_1"
            ),
            known(AutoGenerateMode, "known_auto_generate", "auto_generate"),
            known(LipsModelName, "known_lips_model", "lips_model"),
        ]

    def __str__(self) -> str:
        return self.name or gettext("Untitled")

    @property
    def is_late(self) -> bool:
        """Whether it is open past its deadline."""
        return self.status in self.OPEN and self.late_at is not None and self.late_at < timezone.now()

    @property
    def is_stuck(self) -> bool:
        """Whether it is open far past its deadline."""
        return self.status in self.OPEN and self.stuck_at is not None and self.stuck_at < timezone.now()

    @property
    def is_doubtful(self) -> bool:
        """Whether the length of a result is implausible. For assets loaded with their dubbings."""
        return any(dubbing.warning for dubbing in self.dubbings.all())

    @property
    def source_duration(self) -> float | None:
        """Seconds of the whole source: from our own probe if we hold the file, else as the provider measured."""
        return self.source.duration if self.source and self.source.duration else self.duration

    @property
    def measured_duration(self) -> float | None:
        """Seconds of the whole source from our own probe, either of the file or of the video behind the link."""
        if self.source_id or not self.media_url:
            return self.source.duration if self.source else None
        return Link.objects.length_of(self.media_url, [self.created_by_id])

    @property
    def trimmed_duration(self) -> float | None:
        """Seconds that will be dubbed; None while the end is unknown."""
        return lengths.trimmed(self.source_duration, self.start, self.end)

    def role_of(self, user: User | AnonymousUser) -> str:
        """The person's role in this asset's project, or an empty string."""
        return Membership.role_of(user, self.project_id)

    def is_visible_to(self, user: User | AnonymousUser) -> bool:
        """``visible_to`` for this asset alone, by a query that is planned once."""
        return user.is_authenticated and bool(_VISIBLE.rows(asset=self.pk, user=user.pk))


def _visible(asset: int, user: int) -> models.QuerySet[Asset, tuple[int]]:
    reader = get_user_model()(pk=user)
    return Asset.objects.visible_to(reader).filter(pk=asset).order_by().values_list("pk")


_VISIBLE = PreparedQuery(_visible, "asset", "user")
