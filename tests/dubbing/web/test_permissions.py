"""Who may do what: every address of the portal, asked for by everybody. A new address has to be added here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlsafe_base64_encode
from pytest_django import DjangoDbBlocker, Settings

from dubbing.assets import bulk
from dubbing.batches import batches
from dubbing.models import (
    Asset,
    AuditEvent,
    AuditHead,
    Batch,
    Comment,
    Membership,
    Notice,
    Preset,
    Project,
    SavedView,
    Session,
    Term,
    Upload,
)
from dubbing.notices import mails
from dubbing.platform import storage
from dubbing.uploads import signed_links
from tests.support import hostile, rows
from tests.support.blind import make_closed, make_comparison
from tests.support.people import People, client_of, make_people, make_user
from tests.support.programs import make_token, webhook_ids
from tests.support.shared_rows import copied_files, shared_rows
from tests.support.sharing import everything, share

pytestmark = pytest.mark.django_db

EVERYBODY = ("owner", "editor", "viewer", "outsider")
MEMBERS = ("owner", "editor", "viewer")
EDITORS = ("owner", "editor")
OWNERS = ("owner",)
STRANGERS = ()


@dataclass(frozen=True)
class Rule:
    """``may``: who is let in. ``otherwise``: what the others get. ``post``: it takes posts alone, or gets too."""

    name: str
    may: tuple[str, ...]
    method: str = "get"
    kwargs: dict[str, Any] = field(default_factory=dict)
    open_to_strangers: bool = False
    otherwise: int = 404

    def __str__(self) -> str:
        return f"{self.method} {self.name}"


PK = {"pk": "project"}
RULES = [
    Rule("work", EVERYBODY),
    Rule("sign-in", EVERYBODY, open_to_strangers=True),
    # 404 where no identity provider is configured; with one: tests/dubbing/sign_in.
    Rule("sso", STRANGERS, "post", open_to_strangers=True),
    Rule("sso-callback", STRANGERS, open_to_strangers=True),
    Rule("account_login", EVERYBODY, open_to_strangers=True),
    Rule("mfa_authenticate", EVERYBODY, open_to_strangers=True),
    Rule("mfa_authenticate", EVERYBODY, "post", open_to_strangers=True),
    Rule("second-step", EVERYBODY),
    Rule("second-step", EVERYBODY, "post"),
    Rule("sign-out", EVERYBODY, "post"),
    Rule("account", EVERYBODY),
    Rule("account", EVERYBODY, "post"),
    Rule("account-sessions", EVERYBODY, "post"),
    Rule("tokens", EVERYBODY),
    Rule("tokens", EVERYBODY, "post"),
    Rule("project-access", OWNERS, kwargs=PK),
    Rule("project-access", OWNERS, "post", PK),
    Rule("webhooks", OWNERS, kwargs=PK),
    Rule("webhooks", OWNERS, "post", PK),
    Rule("webhook", OWNERS, kwargs={"pk": "webhook"}),
    Rule("webhook", OWNERS, "post", {"pk": "webhook"}),
    Rule("webhook-again", OWNERS, "post", {"pk": "webhook", "message_pk": "message"}),
    Rule("token-revoke", OWNERS, "post", {"pk": "api-token"}),
    Rule("api-docs", EVERYBODY),
    # It takes tokens, not sessions: tests/dubbing/api/mcp.
    Rule("mcp", STRANGERS, "post", otherwise=401),
    Rule("password-reset", EVERYBODY, open_to_strangers=True),
    Rule("password-reset", EVERYBODY, "post", open_to_strangers=True),
    Rule("password-new", EVERYBODY, kwargs={"uidb64": "uid", "token": "reset"}, open_to_strangers=True),
    Rule("password-new", EVERYBODY, "post", {"uidb64": "uid", "token": "reset"}, open_to_strangers=True),
    Rule("shared-file", EVERYBODY, kwargs={"signed": "signed"}, open_to_strangers=True),
    Rule("language", EVERYBODY, "post", open_to_strangers=True),
    Rule("script-texts", EVERYBODY, kwargs={"language": "german", "fingerprint": "older"}, open_to_strangers=True),
    Rule("notices", EVERYBODY),
    # Without that project's counts for whoever may not see it: tests/dubbing/web/test_navigation.py.
    Rule("navigation-counts", EVERYBODY),
    Rule("notices-new", EVERYBODY),
    Rule("notices-read", EVERYBODY, "post"),
    Rule("notice", OWNERS, kwargs={"pk": "notice"}),
    Rule("notice-choices", EVERYBODY),
    Rule("notice-choices", EVERYBODY, "post"),
    Rule("notices-stop", EVERYBODY, kwargs={"token": "stop"}, open_to_strangers=True),
    Rule("notices-stop", EVERYBODY, "post", {"token": "stop"}, open_to_strangers=True),
    Rule("mailbox", STRANGERS),
    Rule("mailbox-mail", STRANGERS, kwargs={"name": "mail", "number": "number"}),
    Rule("reviews", EVERYBODY),
    Rule("reviews-assign", EVERYBODY),
    Rule("reviews-assign", EVERYBODY, "post"),
    Rule("project-reviews", MEMBERS, kwargs=PK),
    Rule("review-policy", OWNERS, "post", PK),
    Rule("ai-label", OWNERS, "post", PK),
    Rule("review-assign", EDITORS, kwargs=PK),
    Rule("review-assign", EDITORS, "post", PK),
    Rule("usual-reviewer", OWNERS, kwargs=PK),
    Rule("usual-reviewer", OWNERS, "post", PK),
    Rule("projects", EVERYBODY),
    Rule("project-new", OWNERS, otherwise=403),
    Rule("project-new", OWNERS, "post", otherwise=403),
    Rule("project", MEMBERS, kwargs=PK),
    Rule("project-grid", MEMBERS, kwargs=PK),
    Rule("grid-send", EDITORS, kwargs=PK),
    Rule("grid-send", EDITORS, "post", PK),
    Rule("grid-csv", MEMBERS, kwargs=PK),
    Rule("grid-xlsx", MEMBERS, kwargs=PK),
    Rule("videos-bulk", MEMBERS, kwargs=PK),
    Rule("work-bulk", EVERYBODY),
    Rule("bulk-start", EVERYBODY, "post"),
    Rule("bulk", OWNERS, kwargs={"pk": "bulk"}),
    Rule("bulk-undo", OWNERS, "post", {"pk": "bulk"}),
    Rule("saved-views", MEMBERS, "post", PK),
    Rule("saved-view", OWNERS, kwargs=PK | {"view_pk": "saved-view"}),
    Rule("saved-view", OWNERS, "post", PK | {"view_pk": "saved-view"}),
    Rule("list-rows", MEMBERS, "post", PK),
    Rule("videos-check", EDITORS, "post", PK),
    Rule("project-trash", MEMBERS, kwargs=PK),
    Rule("members", MEMBERS, kwargs=PK),
    Rule("members", OWNERS, "post", PK),
    Rule("member", OWNERS, "post", PK | {"user_pk": "viewer"}),
    Rule("project-provider", OWNERS, "post", PK),
    Rule("project-settings", MEMBERS, kwargs=PK),
    Rule("project-settings", OWNERS, "post", PK),
    Rule("project-thresholds", OWNERS, "post", PK),
    Rule("retention", MEMBERS, kwargs=PK),
    Rule("retention", OWNERS, "post", PK),
    Rule("preset", OWNERS, "post", PK | {"preset_pk": "preset"}),
    Rule("terms", MEMBERS, kwargs=PK),
    Rule("terms", OWNERS, "post", PK),
    Rule("terms-export", MEMBERS, kwargs=PK),
    Rule("term", OWNERS, kwargs=PK | {"term_pk": "term"}),
    Rule("term", OWNERS, "post", PK | {"term_pk": "term"}),
    Rule("asset-preset", EDITORS, "post", {"pk": "refused"}),
    Rule("usage", MEMBERS, kwargs=PK),
    Rule("quality", MEMBERS, kwargs=PK),
    Rule("quality-csv", MEMBERS, kwargs=PK),
    Rule("quality-xlsx", MEMBERS, kwargs=PK),
    Rule("blind-comparisons", MEMBERS, kwargs=PK),
    Rule("blind-new", EDITORS, kwargs=PK),
    Rule("blind-new", EDITORS, "post", PK),
    Rule("blind", MEMBERS, kwargs={"pk": "blind"}),
    # The voters: the organizer, who did not ask to vote, and the viewer.
    Rule("blind-captions", ("owner", "viewer"), kwargs={"pk": "blind"}),
    Rule("blind-media", ("owner", "viewer"), kwargs={"pk": "blind", "label": "label"}),
    Rule("blind-vote", ("viewer",), "post", {"pk": "blind"}),
    Rule("blind-close", OWNERS, "post", {"pk": "blind"}),
    Rule("blind-winner", OWNERS, "post", {"pk": "closed-blind"}),
    Rule("blind-preset", EDITORS, "post", {"pk": "closed-blind"}),
    Rule("blind-csv", MEMBERS, kwargs={"pk": "closed-blind"}),
    Rule("usage-file", MEMBERS, kwargs=PK),
    Rule("deliveries", MEMBERS, kwargs=PK),
    Rule("delivery-new", MEMBERS, kwargs=PK),
    Rule("delivery-new", MEMBERS, "post", PK),
    Rule("delivery", MEMBERS, kwargs={"pk": "delivery"}),
    Rule("delivery-zip", MEMBERS, kwargs={"pk": "delivery"}),
    Rule("delivery-file", MEMBERS, kwargs={"pk": "delivery", "entry_pk": "entry"}),
    Rule("passport", MEMBERS, kwargs={"pk": "delivery", "entry_pk": "passport"}),
    # Who of the members may: tests/dubbing/web/delivery.
    Rule("delivery-delete", MEMBERS, "post", {"pk": "delivery-to-delete"}),
    Rule("sharing-switch", OWNERS, "post", PK),
    Rule("share-links", EDITORS, kwargs=PK),
    Rule("version-share", EDITORS, kwargs={"pk": "version"}),
    Rule("version-share", EDITORS, "post", {"pk": "version"}),
    Rule("delivery-share", EDITORS, kwargs={"pk": "delivery"}),
    Rule("delivery-share", EDITORS, "post", {"pk": "delivery"}),
    Rule("share-link", EDITORS, kwargs={"pk": "share-link"}),
    # An owner's; editors end their own: tests/dubbing/sharing.
    Rule("share-link-revoke", OWNERS, "post", {"pk": "share-link"}),
    Rule("guest", EVERYBODY, kwargs={"key": "key"}, open_to_strangers=True),
    Rule("guest-password", EVERYBODY, "post", {"key": "key"}, open_to_strangers=True),
    Rule("guest-comment", EVERYBODY, "post", {"key": "key"}, open_to_strangers=True),
    Rule("guest-video", EVERYBODY, kwargs={"key": "key"}, open_to_strangers=True),
    Rule("guest-source", EVERYBODY, kwargs={"key": "key"}, open_to_strangers=True),
    Rule("guest-poster", EVERYBODY, kwargs={"key": "key"}, open_to_strangers=True),
    Rule("guest-subtitles", EVERYBODY, kwargs={"key": "key"}, open_to_strangers=True),
    Rule("guest-download", EVERYBODY, kwargs={"key": "key"}, open_to_strangers=True),
    Rule("guest-srt", EVERYBODY, kwargs={"key": "key"}, open_to_strangers=True),
    Rule("guest-zip", EVERYBODY, kwargs={"key": "delivery-key"}, open_to_strangers=True),
    Rule("guest-file", EVERYBODY, kwargs={"key": "delivery-key", "entry_pk": "entry"}, open_to_strangers=True),
    Rule("asset-length-is-right", EDITORS, "post", {"pk": "asset"}),
    Rule("asset-approve", OWNERS, "post", {"pk": "asset"}),
    Rule("asset-give-back", OWNERS, "post", {"pk": "asset"}),
    Rule("asset-take-back", EDITORS, "post", {"pk": "asset"}),
    Rule("asset-new", EDITORS, kwargs=PK),
    Rule("asset-new", EDITORS, "post", PK),
    Rule("batch-new", EDITORS, kwargs=PK),
    Rule("batch-new", EDITORS, "post", PK),
    Rule("manifest", EDITORS, kwargs=PK),
    Rule("manifest", EDITORS, "post", PK),
    Rule("manifest-template", EDITORS, kwargs=PK),
    Rule("manifest-template-xlsx", EDITORS, kwargs=PK),
    Rule("batch", OWNERS, kwargs={"pk": "batch"}),
    Rule("batch-status", OWNERS, kwargs={"pk": "batch"}),
    Rule("batch-files", OWNERS, "post", {"pk": "batch"}),
    Rule("batch-settings", OWNERS, "post", {"pk": "batch"}),
    Rule("batch-send", OWNERS, "post", {"pk": "batch"}),
    Rule("batch-row-remove", OWNERS, "post", {"pk": "batch", "row_pk": "row"}),
    Rule("batch-outcome", OWNERS, kwargs={"pk": "batch"}),
    Rule("batch-outcome-xlsx", OWNERS, kwargs={"pk": "batch"}),
    Rule("batch-subtitles", OWNERS, "post", {"pk": "batch"}),
    Rule("asset-pilot", EDITORS, "post", {"pk": "refused"}),
    Rule("asset-pilots", EDITORS, kwargs={"pk": "refused"}),
    Rule("pilot-settings", EDITORS, kwargs={"pk": "refused"}),
    Rule("pilot-settings", EDITORS, "post", {"pk": "refused"}),
    Rule("asset-promote", EDITORS, kwargs={"pk": "refused"}),
    Rule("asset-promote", EDITORS, "post", {"pk": "refused"}),
    Rule("asset-edit", EDITORS, kwargs={"pk": "refused"}),
    Rule("asset-edit", EDITORS, "post", {"pk": "refused"}),
    Rule("asset-autosave", EDITORS, "post", {"pk": "refused"}),
    Rule("asset-discard", OWNERS, kwargs={"pk": "draft"}),
    Rule("asset-discard", OWNERS, "post", {"pk": "draft"}),
    Rule("asset", MEMBERS, kwargs={"pk": "asset"}),
    Rule("asset-status", MEMBERS, kwargs={"pk": "asset"}),
    Rule("asset-name", EDITORS, "post", {"pk": "asset"}),
    Rule("asset-due-date", EDITORS, "post", {"pk": "asset"}),
    Rule("asset-tags", EDITORS, "post", {"pk": "asset"}),
    Rule("asset-archive", EDITORS, "post", {"pk": "asset"}),
    Rule("asset-unarchive", EDITORS, "post", {"pk": "asset"}),
    Rule("asset-move", EDITORS, "post", {"pk": "asset"}),
    Rule("asset-trash", EDITORS, "post", {"pk": "asset"}),
    Rule("asset-restore", EDITORS, "post", {"pk": "trashed"}),
    Rule("callback-replay", STRANGERS, "post", {"pk": "asset", "callback_pk": "project"}),
    Rule("asset-sync", EDITORS, "post", {"pk": "asset"}),
    Rule("asset-languages", EDITORS, "post", {"pk": "asset"}),
    Rule("asset-retry", EDITORS, "post", {"pk": "asset"}),
    Rule("asset-missing", EDITORS, kwargs={"pk": "asset"}),
    Rule("asset-send-missing", EDITORS, "post", {"pk": "asset"}),
    Rule("asset-try-with", EDITORS, "post", {"pk": "asset"}),
    Rule("asset-compare", MEMBERS, kwargs={"pk": "asset"}),
    Rule("asset-compare-others", MEMBERS, kwargs={"pk": "asset"}),
    Rule("subtitles-fix", EDITORS, "post", {"pk": "refused", "slot": "target"}),
    Rule("subtitles-generate", EDITORS, "post", {"pk": "refused", "slot": "target"}),
    Rule("subtitles-timeline", EDITORS, "post", {"pk": "refused", "slot": "target"}),
    Rule("subtitles-undo", EDITORS, "post", {"pk": "refused", "slot": "target"}),
    Rule("subtitle-files-undo", EDITORS, "post", {"pk": "refused"}),
    Rule("subtitles-edit", MEMBERS, kwargs={"pk": "asset", "slot": "slot"}),
    Rule("subtitles-edit", EDITORS, "post", {"pk": "refused", "slot": "slot"}),
    Rule("subtitles-cues", MEMBERS, kwargs={"pk": "asset", "slot": "slot"}),
    Rule("subtitles-cues", EDITORS, "post", {"pk": "refused", "slot": "slot"}),
    Rule("subtitles-export", MEMBERS, kwargs={"pk": "asset", "slot": "slot", "kind": "kind"}),
    Rule("version", MEMBERS, kwargs={"pk": "version"}),
    Rule("version-status", MEMBERS, kwargs={"pk": "version"}),
    Rule("version-revise", EDITORS, "post", {"pk": "version"}),
    # Who of the members may decide or change what is said to them in words: tests/dubbing/review.
    Rule("version-approve", MEMBERS, "post", {"pk": "version"}),
    Rule("version-request-changes", MEMBERS, "post", {"pk": "version"}),
    Rule("version-reopen", MEMBERS, "post", {"pk": "version"}),
    Rule("version-checks", MEMBERS, kwargs={"pk": "version"}),
    Rule("version-check-again", EDITORS, "post", {"pk": "version"}),
    Rule("version-marks", MEMBERS, kwargs={"pk": "version"}),
    Rule("version-comments", MEMBERS, kwargs={"pk": "version"}),
    Rule("comments-print", MEMBERS, kwargs={"pk": "version"}),
    Rule("comments-file", MEMBERS, kwargs={"pk": "version", "kind": "comments-kind"}),
    Rule("comment-add", MEMBERS, "post", {"pk": "version"}),
    Rule("comment-reply", MEMBERS, "post", {"pk": "comment"}),
    Rule("comment-edit", MEMBERS, "post", {"pk": "comment"}),
    Rule("comment-delete", MEMBERS, "post", {"pk": "comment"}),
    Rule("comment-restore", MEMBERS, "post", {"pk": "comment"}),
    Rule("comment-resolve", MEMBERS, "post", {"pk": "comment"}),
    Rule("comment-answer", MEMBERS, "post", {"pk": "comment"}),
    Rule("comment-suggestion", MEMBERS, "post", {"pk": "comment"}),
    Rule("uploads", EVERYBODY, "post"),
    Rule("upload", OWNERS, kwargs={"pk": "upload"}),
    Rule("upload", OWNERS, "patch", {"pk": "upload"}),
    Rule("upload-parts", OWNERS, "post", {"pk": "upload"}),
    Rule("upload-sha256", OWNERS, "post", {"pk": "upload"}),
    Rule("link-check", EDITORS, "post"),
    Rule("result-file", MEMBERS, kwargs={"pk": "result"}),
    Rule("result-peaks", MEMBERS, kwargs={"pk": "result"}),
    Rule("result-download", MEMBERS, kwargs={"pk": "result"}),
    Rule("source-file", MEMBERS, kwargs={"pk": "asset"}),
    Rule("poster-file", MEMBERS, kwargs={"pk": "asset"}),
    Rule("preview-file", MEMBERS, kwargs={"pk": "previewed"}),
    Rule("peaks-file", MEMBERS, kwargs={"pk": "previewed"}),
    Rule("asset-preview", MEMBERS, kwargs={"pk": "previewed"}),
    Rule("background-file", MEMBERS, kwargs={"pk": "with-background"}),
    Rule("source-subtitles", MEMBERS, kwargs={"pk": "asset"}),
    Rule("subtitles-vtt", MEMBERS, kwargs={"pk": "dubbing"}),
    Rule("subtitles-srt", MEMBERS, kwargs={"pk": "dubbing"}),
    Rule("sample", EVERYBODY, kwargs={"name": "sample-name"}),
    Rule("callback", STRANGERS, "post", {"provider": "provider", "token": "token"}, open_to_strangers=True),
    Rule("healthz", EVERYBODY, open_to_strangers=True),
    Rule("healthz-live", EVERYBODY, open_to_strangers=True),
    Rule("healthz-ready", EVERYBODY, open_to_strangers=True),
    # For whoever has the token: tests/dubbing/operation/test_metrics.py.
    Rule("metrics", STRANGERS, open_to_strangers=True),
    # Staff with a permission: tests/dubbing/web/health_page.
    Rule("health", STRANGERS),
    Rule("health-check", STRANGERS, "post"),
]


@dataclass(frozen=True)
class World:
    """A portal with a row for every address. ``folder``: where its files are."""

    people: People
    ids: dict[str, Any]
    folder: Path


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """One for all tests here."""
    folder = tmp_path_factory.mktemp("media")

    def make() -> World:
        people = make_people()
        return World(people, make_ids(people), folder)

    with shared_rows(django_db_blocker, folder, make) as made:
        yield made


@pytest.fixture
def people(world: World, db: None, settings: Settings, tmp_path: Path) -> People:
    """The people of the portal that all tests here share."""
    settings.MEDIA_ROOT = copied_files(world.folder, tmp_path)
    Path(settings.SAMPLES_DIR).mkdir()
    (Path(settings.SAMPLES_DIR) / "sample.mp4").write_bytes(b"film")
    return world.people


@pytest.fixture
def ids(world: World) -> dict[str, Any]:
    """Rows for every address, by the words that RULES use."""
    return world.ids


def make_ids(people: People) -> dict[str, Any]:
    people.owner.user_permissions.add(Permission.objects.get(codename="add_project"))
    result = rows.make_done(people.project, people.owner, source_srt=rows.SRT)
    version = result.version
    Upload.objects.update(media={"playable": True})
    upload = rows.make_upload(people.owner)
    forgetful = make_user("forgetful")  # signing in ends the link
    sent = rows.make_submission(rows.make_asset(people.project, people.owner, source=upload))
    batch = Batch.objects.create(project=people.project, created_by=people.owner)
    row = batches.add_rows(batch, people.owner, [({"file": "a.mp4"}, {"name": "A"})])[0]
    delivery = rows.make_delivery(people.owner, result, passport=True)
    return {
        "project": people.project.pk,
        "viewer": people.viewer.pk,
        "asset": version.dubbing.asset_id,
        "draft": rows.make_asset(people.project, people.owner, status="draft", locales=[]).pk,
        "refused": rows.make_asset(people.project, people.owner, status="refused").pk,
        "previewed": previewed(people),
        "trashed": rows.make_asset(people.project, people.owner, status="failed", trashed_at=timezone.now()).pk,
        "elsewhere": other_project(people).pk,
        "version": version.pk,
        "batch": row.batch_id,
        "row": row.pk,
        "dubbing": version.dubbing_id,
        "result": result.pk,
        "delivery": delivery.pk,
        # Its files are really gone afterwards, whatever becomes of its row.
        "delivery-to-delete": rows.make_delivery(people.owner, result, passport=True).pk,
        "entry": delivery.entries.all()[0].pk,
        "passport": delivery.entries.get(kind="passport").pk,
        "share-link": share(people.owner, result)[0].pk,
        "key": everything(people.owner, result),
        "delivery-key": everything(people.owner, delivery),
        "comment": Comment.objects.create(dubbing=version.dubbing, author=people.owner, text="Too quiet.").pk,
        "upload": upload.pk,
        **webhook_ids(people),
        "api-token": make_token(people.owner, project=people.project).pk,
        "saved-view": SavedView.objects.create(project=people.project, owner=people.owner, name="Late").pk,
        "bulk": bulk.start("archive", [version.dubbing.asset_id], people.owner, project=people.project).pk,
        "blind": make_comparison(people.project, people.owner, [people.viewer]).pk,
        "closed-blind": make_closed(people.project, people.owner, [people.viewer]).pk,
        "label": "A",
        "preset": Preset.objects.create(project=people.project, name="Usual", created_by=people.owner).pk,
        "term": Term.objects.create(project=people.project, source="Harbour", target="Puerto").pk,
        "with-background": rows.make_asset(people.project, people.owner, background=rows.make_upload(people.owner)).pk,
        "sample-name": "sample.mp4",
        "notice": Notice.objects.create(recipient=people.owner, kind="failed", key="1", asset=sent.asset).pk,
        "stop": mails.stop_link(forgetful).rstrip("/").rpartition("/")[2],
        "mail": "20260101-120000-1.log",
        "number": 0,
        "german": "de",
        "older": "0123456789abcdef",
        "provider": "panjaya",
        "slot": "source",
        "kind": "srt",
        "comments-kind": "edl",
        "target": "es-ES",
        "token": "nobody-knows",
        "uid": urlsafe_base64_encode(str(forgetful.pk).encode()),
        "reset": default_token_generator.make_token(forgetful),
        "signed": signed_links.source_link(sent, upload).split("/")[-2],
    }


def previewed(people: People) -> int:
    """An asset whose source browsers play, with its waveform."""
    source = rows.make_upload(people.owner)
    peaks = rows.make_file(storage.Kind.PEAKS, b'{"duration":1,"peaks":[0.5]}', ".json").key
    Upload.objects.filter(pk=source.pk).update(media={"playable": True}, peaks_key=peaks)
    return rows.make_asset(people.project, people.owner, source=source).pk


def other_project(people: People) -> Project:
    """Where the editor is one too."""
    project = rows.make_project("Lighthouse", owner=people.owner)
    Membership.objects.create(project=project, user=people.editor, role=Membership.Role.EDITOR)
    return project


def put_back(rule: Rule, people: People, ids: dict[str, Any]) -> None:
    """For the next person: what somebody moved away is where it was."""
    if rule.name in {"asset-trash", "asset-move"}:
        Asset.objects.filter(pk=ids["asset"]).update(trashed_at=None, project=people.project)
    if rule.name == "asset-restore":
        Asset.objects.filter(pk=ids["trashed"]).update(trashed_at=timezone.now())


def address(rule: Rule, ids: dict[str, Any]) -> str:
    return reverse(rule.name, kwargs={name: ids[word] for name, word in rule.kwargs.items()})


def ask(who: Any, rule: Rule, ids: dict[str, Any]) -> Any:
    body: dict[str, Any] = {}
    if rule.method in {"post", "put"} and rule.name in {"uploads", "upload"}:
        body = {"data": json.dumps({}), "content_type": "application/json"}
    if rule.name == "upload" and rule.method == "patch":
        body = {"content_type": "application/offset+octet-stream", "headers": {"Tus-Resumable": "1.0.0"}}
    if rule.name == "asset-move":
        body = {"data": {"project": ids["elsewhere"]}}
    if rule.name == "link-check":
        body = {"data": {"asset": ids["refused"]}}
    answer = getattr(client_of(who), rule.method)(address(rule, ids), **body)
    if answer.streaming:
        list(answer)  # to its end: a file that is only closed takes the test's connection with it
    return answer


def test_every_address_has_a_rule() -> None:
    assert {pattern.name for pattern in hostile.patterns()} == {rule.name for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_members_get_what_their_role_allows_and_others_get_404(rule: Rule, people: People, ids: dict[str, Any]) -> None:
    everybody = people.everybody()
    # Those who may come last: what they do may change what is there.
    for role in sorted(EVERYBODY, key=lambda role: role in rule.may):
        status = ask(everybody[role], rule, ids).status_code
        assert status < 500, (role, status)
        if rule.name != "callback":
            assert (status != rule.otherwise) == (role in rule.may), (role, status)
        if role in rule.may and rule.name == "asset-discard":
            break
        put_back(rule, people, ids)


@pytest.mark.parametrize("rule", [rule for rule in RULES if not rule.open_to_strangers], ids=str)
def test_somebody_who_is_not_signed_in_is_sent_to_sign_in(rule: Rule, people: People, ids: dict[str, Any]) -> None:
    answer = ask(people.anonymous, rule, ids)
    assert answer.status_code in {302, 401}
    if answer.status_code == 302:
        assert answer.url.startswith("/sign-in/")


WRITTEN_DOWN = {"delivery-zip", "delivery-file"}
"""Who downloaded a delivery is part of it."""
WRITTEN_DOWN |= {"guest", "guest-video", "guest-source", "guest-download", "guest-srt", "guest-zip", "guest-file"}
"""And so is who used a share link."""


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.method == "get" and rule.name not in WRITTEN_DOWN], ids=str
)
def test_looking_changes_nothing(rule: Rule, people: People, ids: dict[str, Any]) -> None:
    before, recorded = counted(), AuditEvent.objects.count()
    answer = ask(people.owner, rule, ids)
    assert counted() == before
    is_download = answer.headers.get("Content-Disposition", "").startswith("attachment")
    assert AuditEvent.objects.count() - recorded == is_download


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.method != "get"], ids=str)
def test_what_changes_something_leaves_exactly_one_audit_event(rule: Rule, people: People, ids: dict[str, Any]) -> None:
    before = AuditEvent.objects.count()
    role = next(iter(rule.may), "owner")
    answer = ask(people.everybody()[role], rule, ids)
    events = list(AuditEvent.objects.order_by("position")[before:])
    # What was refused changed nothing. Each callback of a provider is a row by itself.
    assert len(events) == (answer.status_code < 400 and rule.name != "callback")
    if events and not rule.open_to_strangers:
        assert events[0].actor_name == people.everybody()[role].username


LOOKED_AT = {rule.name for rule in RULES if rule.method == "get"}


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.method == "post"], ids=str)
def test_views_that_change_something_refuse_get(rule: Rule, people: People, ids: dict[str, Any]) -> None:
    before = counted()
    status = client_of(people.owner).get(address(rule, ids)).status_code
    assert status in ({200, 302} if rule.name in LOOKED_AT else {401 if rule.otherwise == 401 else 405})
    assert counted() == before


def test_a_draft_of_somebody_else_does_not_exist(people: People, ids: dict[str, Any]) -> None:
    for name in ("asset", "asset-edit", "asset-status"):
        assert client_of(people.editor).get(reverse(name, args=[ids["draft"]])).status_code == 404


def counted() -> list[int]:
    """How many rows each table has, except for the audit log, and for the session of whoever asks."""
    others = {AuditEvent, AuditHead, Session}
    tables = [table for table in apps.get_app_config("dubbing").get_models() if table not in others]
    return [table._default_manager.count() for table in tables]
