"""Ops look at everything, change nothing by typing, and every action of theirs is written down."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from dubbing.accounts.attempt_limits import Limit
from dubbing.admin.base import LookOnly, NewestPaginator
from dubbing.minutes import ledger
from dubbing.minutes.costs import Cost
from dubbing.models import (
    Asset,
    Attempt,
    AuditEvent,
    Batch,
    BatchRow,
    BulkAction,
    Callback,
    Comment,
    ConsistencyCheck,
    DefaultReviewer,
    DeliveryDownload,
    Event,
    GroupRule,
    Hold,
    Link,
    ListChoice,
    Mail,
    Membership,
    MonthlyTotal,
    Notice,
    NoticeChoice,
    NoticeCursor,
    Policy,
    Preset,
    Project,
    ProjectThresholds,
    QualityReport,
    Result,
    ReviewPolicy,
    SavedView,
    ShareVisit,
    SignInAttempt,
    Submission,
    Term,
    Upload,
    Version,
    WebhookAttempt,
    WebhookMessage,
)
from dubbing.platform.request_scope import scope_of
from dubbing.review import blind_comparisons
from dubbing.sharing import visits
from dubbing.sign_in import attempts
from dubbing.submissions.sender import hash_token
from dubbing.templatetags import operation
from dubbing.webhooks import endpoints
from tests.conftest import WakeUps
from tests.support.blind import make_comparison, vote_for
from tests.support.journey import fresh, touch
from tests.support.operators import make_alert, make_check, make_operator, make_process
from tests.support.people import People, client_of, make_user
from tests.support.programs import make_token
from tests.support.rows import (
    make_asset,
    make_delivery,
    make_done,
    make_event,
    make_project,
    make_review,
    make_submission,
    make_upload,
    make_version,
)
from tests.support.sharing import share

pytestmark = pytest.mark.django_db
MODELS = ["asset", "dubbing", "version", "result", "submission", "callback", "event", "upload", "hold", "project"]
MODELS += ["attempt", "ledgerentry", "monthlyuse", "monthlytotal", "policy", "preset", "term", "batch", "link", "mail"]
MODELS += ["savedview", "listchoice", "qualityreport", "review", "comment", "reviewpolicy", "defaultreviewer"]
MODELS += ["projectthresholds", "bulkaction", "notice", "noticechoice", "noticecursor"]
MODELS += ["apitoken", "auditevent", "grouprule", "signinattempt"]
MODELS += ["sharelink", "sharevisit", "process", "accesscheck", "consistencycheck", "alert"]
MODELS += ["delivery", "deliverydownload", "webhook", "webhookmessage", "blindcomparison"]
SECRET_ADDRESS = "https://hooks.example.com/T0ken/in-the-path?key=and-query"


@pytest.fixture
def ops() -> Client:
    return client_of(make_user("ops", is_staff=True, is_superuser=True))


@pytest.fixture
def looker() -> Client:
    """Staff who may look at everything and change nothing."""
    user = make_user("looker", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    return client_of(user)


@pytest.fixture
def rows(project: Project, user: User) -> dict[str, Any]:
    """One of everything."""
    result = make_done(project, user)
    asset = result.version.dubbing.asset
    submission = make_submission(asset, status="unknown", token_hash=hash_token("t0ken"), error_message="reset")
    callback = Callback.objects.create(
        submission=submission, body=b'{"event": "version_ready"}', sha256="a" * 64, last_received_at=timezone.now()
    )
    Hold.objects.put("panjaya", Hold.Reason.KEY, "bad key")
    found = {"asset": asset, "version": result.version, "result": result, "submission": submission}
    found |= {"callback": callback, "event": make_event(asset, "kept"), "hold": Hold.objects.get()}
    ledger.reserve(asset, Cost(60.0, 1.0, 1), [submission], user)
    found |= {"ledgerentry": asset.ledger.get(), "monthlyuse": project.monthly_use.get()}
    Limit("wrong passwords", 5, 60).count("203.0.113.9")
    found |= {"monthlytotal": MonthlyTotal.objects.get(), "attempt": Attempt.objects.get()}
    batch = Batch.objects.create(project=project, created_by=user, name="Spring")
    BatchRow.objects.create(batch=batch, number=1, asset=asset, problems=[["start", "It is not a time."]])
    found |= {"batch": batch, "policy": Policy.objects.create(project=project)}
    found |= {"preset": Preset.objects.create(project=project, name="Europe", created_by=user)}
    found |= {"term": Term.objects.create(project=project, source="Hafen", target="port")}
    found |= {"link": Link.objects.create(owner=user, kind="video", url="https://example.com/a.mp4", status="good")}
    found |= {"savedview": SavedView.objects.create(project=project, owner=user, name="Late ones")}
    found |= {"listchoice": ListChoice.objects.create(user=user)}
    found |= {"apitoken": make_token(user, project=project)}
    link, _token = share(user, result)
    visits.note(link, ShareVisit.Kind.OPENED, address="203.0.113.7")
    found |= {"sharelink": link, "sharevisit": ShareVisit.objects.get()}
    found |= {"mail": Mail.objects.create(recipient=user, rhythm="soon", next_at=timezone.now(), problem="451 later")}
    found |= {"grouprule": GroupRule.objects.create(group="dubbing"), "signinattempt": make_attempt(user)}
    found |= review_rows(project, user, result)
    found |= handed_over(project, user, result)
    found |= {"auditevent": AuditEvent.objects.latest("pk")}
    found |= {"process": make_process("worker"), "accesscheck": make_check("panjaya"), "alert": make_alert("worker")}
    found |= {"consistencycheck": ConsistencyCheck.objects.create(violations=1, doubts=0, findings="DUB-1 is lost.")}
    return found | {"dubbing": result.version.dubbing, "upload": asset.source, "project": project}


def make_attempt(user: User) -> SignInAttempt:
    claims = {"sub": "7f3a", "groups": ["dubbing"]}
    return attempts.record("signed_in", "203.0.113.9", claims=claims, user=user, rules=["dubbing"])


def review_rows(project: Project, user: User, result: Result) -> dict[str, Any]:
    """What belongs to a review of this result, and what people were told of it."""
    dubbing = result.version.dubbing
    told: dict[str, Any] = {"recipient": user, "kind": "finished", "key": str(result.pk), "asset": dubbing.asset}
    mail = Mail.objects.create(recipient=user, rhythm="daily", next_at=timezone.now())
    return {
        "qualityreport": QualityReport.objects.create(result=result, status="failed", tries=3),
        "review": make_review(dubbing, reviewer=user, decided_by=user),
        "comment": Comment.objects.create(dubbing=dubbing, author=user, text="Too loud", kind="mix", severity="minor"),
        "reviewpolicy": ReviewPolicy.objects.create(project=project),
        "defaultreviewer": DefaultReviewer.objects.create(project=project, reviewer=user),
        "projectthresholds": ProjectThresholds.objects.create(project=project),
        "bulkaction": BulkAction.objects.create(user=user, project=project, kind="move", target=project),
        "notice": Notice.objects.create(mail=mail, **told),
        "noticechoice": NoticeChoice.objects.create(user=user, kind="failed", project=project, rhythm="off"),
        "noticecursor": NoticeCursor.objects.update_or_create(pk=1, defaults={"last_id": 7})[0],
    }


def handed_over(project: Project, user: User, result: Result) -> dict[str, Any]:
    """What left the portal, to people and to programs, and what people voted on."""
    delivery = make_delivery(user, result)
    webhook = endpoints.create(project, SECRET_ADDRESS, ["video.status"], user)
    message = endpoints.send_test(webhook)
    WebhookAttempt.objects.create(message=message, status=503, milliseconds=120, answer="not now")
    return {
        "delivery": delivery,
        "deliverydownload": DeliveryDownload.objects.create(delivery=delivery, user=user),
        "webhook": webhook,
        "webhookmessage": message,
        "blindcomparison": make_comparison(project, user, [user]),
    }


def one_more_of_everything(project: Project, user: User, number: int) -> None:
    """A row more in every list, each with relatives of its own where it can have them."""
    other = make_project(f"Project {number}", owner=user)
    result = make_done(other, user)
    asset = result.version.dubbing.asset
    submission = make_submission(asset)
    make_event(asset, "kept", actor=user)
    sha256 = f"{number:064}"
    Callback.objects.create(submission=submission, body=b"{}", sha256=sha256, last_received_at=timezone.now())
    ledger.reserve(asset, Cost(60.0, 1.0, 1), [submission], user)
    make_token(user, project=other)
    make_attempt(user)
    GroupRule.objects.create(group=f"group {number}", grant="project", project=other, role="viewer")
    Limit("wrong passwords", 5, 60).count(f"203.0.113.{number + 100}")
    month = ledger.month_of().replace(year=2000 + number)
    MonthlyTotal.objects.create(month=month)
    Hold.objects.put(f"provider {number}", Hold.Reason.KEY, "bad key")
    batch = Batch.objects.create(project=other, created_by=user, name="Spring")
    BatchRow.objects.create(batch=batch, number=1, asset=asset)
    Policy.objects.create(project=other)
    Preset.objects.create(project=other, name="Europe", created_by=user)
    SavedView.objects.create(project=other, owner=user, name="Late ones")
    ListChoice.objects.create(user=user)
    Term.objects.create(project=other, source="Hafen", target="port")
    Link.objects.create(owner=user, kind="video", url=f"https://example.com/{number}.mp4", status="good")
    make_process("worker", pid=100 + number)
    make_check(f"provider {number}")
    make_alert(f"provider:{number}")
    review_rows(other, user, result)
    handed_over(other, user, result)


def act(client: Client, model: str, action: str, *pks: int | UUID, **more: Any) -> Any:
    data = {"action": action, "_selected_action": list(pks), **more}
    return client.post(reverse(f"admin:dubbing_{model}_changelist"), data, follow=True)


def rows_of(asset: Asset) -> list[dict[str, Any]]:
    return list(Event.objects.filter(asset=asset, kind="ops").values_list("data", flat=True))


# Each of these looks at every model: making a row of everything takes longer than looking at all of them.
def test_everything_can_be_listed_searched_filtered_and_opened(ops: Client, rows: dict[str, Any]) -> None:
    for model in MODELS:
        address = reverse(f"admin:dubbing_{model}_changelist")
        assert ops.get(address).status_code == 200, model
        assert ops.get(address, {"q": "harbour"}).status_code == 200, model
        assert ops.get(reverse(f"admin:dubbing_{model}_change", args=[rows[model].pk])).status_code == 200, model


def test_a_list_takes_no_more_queries_for_more_rows(
    ops: Client, rows: dict[str, Any], project: Project, user: User
) -> None:
    few = {model: asked(ops, model) for model in MODELS}
    for number in range(2):
        one_more_of_everything(project, make_user(f"user {number}"), number)
    assert {model: asked(ops, model) for model in MODELS} == few


def asked(client: Client, model: str) -> int:
    """How many questions the list of this model asks; it shows more rows than one."""
    address = reverse(f"admin:dubbing_{model}_changelist")
    client.get(address)  # what is remembered for the process
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return len(queries)


TYPED = ("project", "hold", "attempt", "grouprule")


def test_nothing_is_typed_added_or_deleted(ops: Client, rows: dict[str, Any]) -> None:
    for model in (model for model in MODELS if model not in TYPED):
        row, kind = rows[model], f"admin:dubbing_{model}"
        before = type(row).objects.values().get(pk=row.pk)
        assert ops.get(reverse(f"{kind}_add")).status_code == 403, model
        assert ops.post(reverse(f"{kind}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403, model
        assert ops.post(reverse(f"{kind}_change", args=[row.pk]), {"status": "draft"}).status_code == 403, model
        assert type(row).objects.values().get(pk=row.pk) == before, model


def test_no_page_shows_a_token(ops: Client, rows: dict[str, Any]) -> None:
    webhook = rows["webhook"]
    secrets = [webhook.salt, *endpoints.secrets_of(webhook), "T0ken", "and-query", rows["apitoken"].hash]
    for model in MODELS:
        page = ops.get(reverse(f"admin:dubbing_{model}_change", args=[rows[model].pk])).content.decode()
        assert hash_token("t0ken") not in page, model
        assert "lease_token" not in page, model
        listed = ops.get(reverse(f"admin:dubbing_{model}_changelist")).content.decode()
        assert not [secret for secret in secrets if secret in page + listed], model


@pytest.mark.parametrize("who", ["owner", "editor", "anonymous"])
def test_it_is_for_staff_only(people: Any, rows: dict[str, Any], who: str) -> None:
    client = client_of(people.everybody()[who])
    for model in MODELS:
        assert client.get(reverse(f"admin:dubbing_{model}_changelist")).status_code == 302, model
        assert client.get(reverse(f"admin:dubbing_{model}_change", args=[rows[model].pk])).status_code == 302, model


def test_an_open_blind_comparison_tells_an_administrator_neither_candidates_nor_votes(
    project: Project, user: User
) -> None:
    voter = make_user("ops", is_staff=True, is_superuser=True)
    Membership.objects.create(project=project, user=voter, role="viewer")
    comparison = make_comparison(project, user, [voter, user])
    vote_for(comparison, user, 1, "The calm one")
    address = reverse("admin:dubbing_blindcomparison_change", args=[comparison.pk])
    page = client_of(voter).get(address).content.decode()
    assert "1 of 2" in page
    assert "Shown when voting is closed" in page
    assert not [told for told in ("voice_anonymization", "Strong", "Slight", "The calm one") if told in page]
    blind_comparisons.close(comparison, user)
    page = client_of(voter).get(address).content.decode()
    assert "2. 1 vote · Winner" in page
    assert "voice_anonymization: 0.3" in page


def test_no_page_of_the_admin_lists_ballots_or_candidates(ops: Client) -> None:
    assert not {"Ballot", "BlindCandidate"} & {model.__name__ for model in admin.site._registry}


def test_a_message_is_sent_again_unless_its_webhook_is_turned_off(
    ops: Client, rows: dict[str, Any], wake_ups: WakeUps, committed: Any
) -> None:
    message, other = rows["webhookmessage"], endpoints.send_test(rows["webhook"])
    WebhookMessage.objects.update(status="given_up", tries=9)
    with committed():
        page = act(ops, "webhookmessage", "send_again", message.pk).content.decode()
    assert "Sending 1 message again." in page
    assert (fresh(message).status, fresh(message).tries, fresh(other).status) == ("waiting", 0, "given_up")
    assert wake_ups == [("send_webhook", message.pk)]
    endpoints.disable(rows["webhook"], "404")
    act(ops, "webhookmessage", "send_again", other.pk)
    assert fresh(other).status == "given_up"


def test_late_assets_are_found(ops: Client, rows: dict[str, Any], project: Project, user: User) -> None:
    late = make_asset(project, user, name="The late one", late_at="2020-01-01T00:00Z")
    page = ops.get(reverse("admin:dubbing_asset_changelist"), {"late": "yes"})
    assert [row.pk for row in page.context["cl"].queryset] == [late.pk]


def test_sync_now_makes_the_asset_due(
    ops: Client, project: Project, user: User, wake_ups: WakeUps, committed: Any
) -> None:
    known, draft = make_asset(project, user), make_asset(project, user, status="draft")
    with committed():
        act(ops, "asset", "sync_now", known.pk, draft.pk)
    assert wake_ups == [("sync", known.pk)]
    assert Asset.objects.due_for_sync().get() == known
    assert rows_of(known) == [{"action": "sync now"}]


def test_a_preview_that_failed_is_made_again_and_one_that_is_being_made_is_left_alone(
    ops: Client, project: Project, user: User, wake_ups: WakeUps, committed: Any
) -> None:
    failed, busy = make_upload(user), make_upload(user)
    Upload.objects.filter(pk=failed.pk).update(preview="failed", peaks_key="peaks/1.json", tries=3)
    Upload.objects.filter(pk=busy.pk).update(preview="waiting")
    asset, other = make_asset(project, user, source=failed), make_asset(project, user, source=busy)
    with committed():
        act(ops, "upload", "make_preview_again", failed.pk, busy.pk)
    assert wake_ups == [("preview", failed.pk)]
    again = fresh(failed)
    assert (again.preview, again.peaks_key, again.tries) == ("waiting", "", 0)
    assert rows_of(asset) == [{"action": "make the preview again", "upload": str(failed.pk)}]
    assert not rows_of(other)


def test_an_unknown_outcome_is_bound_to_what_ops_found(
    ops: Client, project: Project, user: User, wake_ups: WakeUps, committed: Any
) -> None:
    submission = make_submission(make_asset(project, user, status="unconfirmed"), status="unknown", needs_person=True)
    assert b"Video ID at the provider" in act(ops, "submission", "bind", submission.pk).content
    with committed():
        act(ops, "submission", "bind", submission.pk, bind="Bind", remote_id="abc123")
    assert (fresh(submission).candidate_id, fresh(submission).needs_person) == ("abc123", False)
    assert wake_ups == [("submit", submission.pk)]
    assert submission.asset.events.get(kind="settled").actor.username == "ops"  # type: ignore[union-attr]


@pytest.mark.parametrize("hostile", ["", "../x", "a b", "x" * 200, "é"])
def test_what_cannot_be_an_id_is_not_bound(ops: Client, project: Project, user: User, hostile: str) -> None:
    submission = make_submission(make_asset(project, user, status="unconfirmed"), status="unknown")
    act(ops, "submission", "bind", submission.pk, bind="Bind", remote_id=hostile)
    assert fresh(submission).candidate_id == ""


def test_only_one_is_bound_at_a_time(ops: Client, project: Project, user: User) -> None:
    both = [make_submission(make_asset(project, user, status="unconfirmed"), status="unknown") for _ in range(2)]
    page = act(ops, "submission", "bind", *(one.pk for one in both))
    assert b"exactly one" in page.content


def test_what_was_never_created_is_sent_again(
    ops: Client, project: Project, user: User, wake_ups: WakeUps, committed: Any
) -> None:
    submission = make_submission(make_asset(project, user, status="unconfirmed"), status="unknown")
    with committed():
        act(ops, "submission", "never_created", submission.pk, confirmed="Send again")
    again = Submission.objects.get(status="ready")
    assert (fresh(submission).status, wake_ups) == ("abandoned", [("submit", again.pk)])


@pytest.mark.parametrize(
    ("action", "before", "button"), [("never_created", "unknown", "Send again"), ("requeue", "ready", "Send now")]
)
def test_paid_actions_state_the_cost_first(
    ops: Client, project: Project, user: User, wake_ups: WakeUps, committed: Any, action: str, before: str, button: str
) -> None:
    short = make_asset(project, user, status="held", locales=["es-ES", "fr-FR"], name="Short", end=90)
    unknown = make_asset(project, user, status="held", name="Of unknown length")
    chosen = [make_submission(one, status=before, next_at="2099-01-01T00:00Z") for one in (short, unknown)]
    chosen.append(make_submission(make_asset(project, user), status="accepted"))
    with committed():
        page = act(ops, "submission", action, *(one.pk for one in chosen)).content.decode()
    text = " ".join(page.split())
    assert f"<strong>{chosen[0].reference}</strong> · <bdi>Short</bdi> · es-ES, fr-FR · 3 min" in text
    assert "Together: <strong>3 min</strong>, and 1 whose length is not known yet" in text
    assert chosen[2].reference not in text
    assert (wake_ups, Submission.objects.filter(status=before).count(), Submission.objects.count()) == ([], 2, 3)
    with committed():
        act(ops, "submission", action, *(one.pk for one in chosen), confirmed=button)
    assert len(wake_ups) == 2


def test_actions_that_only_read_need_no_confirmation(
    ops: Client, project: Project, user: User, wake_ups: WakeUps, committed: Any
) -> None:
    lost = make_submission(
        make_asset(project, user, status="unconfirmed"), status="unknown", next_at="2099-01-01T00:00Z"
    )
    with committed():
        act(ops, "submission", "requeue", lost.pk)
    assert wake_ups == [("submit", lost.pk)]


def test_what_is_settled_cannot_be_sent_again(ops: Client, project: Project, user: User) -> None:
    submission = make_submission(make_asset(project, user), status="accepted")
    page = act(ops, "submission", "never_created", submission.pk)
    assert b"You can only do this when the outcome is unknown" in page.content
    assert Submission.objects.count() == 1


def test_a_callback_is_processed_again(ops: Client, rows: dict[str, Any], wake_ups: WakeUps, committed: Any) -> None:
    callback = rows["callback"]
    touch(callback, processed_at=timezone.now())
    with committed():
        act(ops, "callback", "process_again", callback.pk)
    assert fresh(callback).processed_at is None
    assert (wake_ups, len(rows_of(rows["asset"]))) == ([("sync", rows["asset"].pk)], 1)


def test_what_waits_is_queued_again(
    ops: Client, project: Project, user: User, wake_ups: WakeUps, committed: Any
) -> None:
    waiting = make_submission(make_asset(project, user, status="held"), status="ready", next_at="2099-01-01T00:00Z")
    with committed():
        act(ops, "submission", "requeue", waiting.pk, confirmed="Send now")
    assert Submission.objects.due().get() == waiting
    assert (wake_ups, rows_of(waiting.asset)) == (
        [("submit", waiting.pk)],
        [{"action": "re-queue", "reference": waiting.reference}],
    )


def test_a_stuck_result_is_kept_again(
    ops: Client, project: Project, user: User, wake_ups: WakeUps, committed: Any
) -> None:
    version = make_version(make_asset(project, user).dubbings.get(), keep="stuck", keep_attempts=6)
    with committed():
        act(ops, "version", "keep_again", version.pk)
    assert Version.objects.due_for_keep().get() == version
    assert (wake_ups, fresh(version).keep_attempts) == ([("keep", version.pk)], 0)


@pytest.mark.parametrize(
    ("model", "action"),
    [
        ("asset", "sync_now"),
        ("submission", "bind"),
        ("submission", "never_created"),
        ("submission", "requeue"),
        ("callback", "process_again"),
        ("version", "keep_again"),
    ],
)
def test_people_who_may_only_view_may_not_act(
    looker: Client, rows: dict[str, Any], model: str, action: str, wake_ups: WakeUps, committed: Any
) -> None:
    before = Event.objects.count()
    assert looker.get(reverse(f"admin:dubbing_{model}_changelist")).status_code == 200
    with committed():
        act(looker, model, action, rows[model].pk, bind="Bind", remote_id="abc", confirmed="Send again")
    assert (wake_ups, Event.objects.count()) == ([], before)
    assert fresh(rows["submission"]).status == "unknown"


def test_a_result_is_checked_again_and_one_that_waits_for_it_is_left_alone(
    ops: Client, rows: dict[str, Any], project: Project, user: User, wake_ups: WakeUps, committed: Any
) -> None:
    waits = QualityReport.objects.create(result=make_done(project, user))
    with committed():
        answer = act(ops, "qualityreport", "check_again", rows["qualityreport"].pk, waits.pk)
    assert "Checking 1 result again." in answer.content.decode()
    report = fresh(rows["qualityreport"])
    assert (report.status, report.tries) == ("waiting", 0)
    assert wake_ups == [("check_quality", report.pk)]
    assert rows_of(rows["asset"])[-1]["action"] == "check again"


def test_a_project_that_ops_make_has_what_new_projects_have(ops: Client, settings: Settings) -> None:
    settings.NEW_PROJECT_MINUTES = 30
    address = reverse("admin:dubbing_project_add")
    shown = ops.get(address).context["adminform"].form["monthly_minutes"].value()
    forms = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    ops.post(address, {"name": "Night boats", "provider": "panjaya", "monthly_minutes": str(shown), **forms})
    made = Project.objects.get(name="Night boats")
    assert (made.monthly_minutes, str(made.created_by)) == (30, "ops")


def test_a_hold_can_be_lifted_by_hand(ops: Client, rows: dict[str, Any]) -> None:
    ops.post(reverse("admin:dubbing_hold_delete", args=[rows["hold"].pk]), {"post": "yes"})
    assert not Hold.objects.exists()


def test_a_hold_after_a_restore_cannot_be_lifted_by_hand(ops: Client, rows: dict[str, Any]) -> None:
    Hold.objects.put_restored("panjaya", timezone.now())
    hold = Hold.objects.get()
    assert ops.post(reverse("admin:dubbing_hold_delete", args=[hold.pk]), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": hold.pk, "post": "yes"}
    ops.post(reverse("admin:dubbing_hold_changelist"), chosen)
    assert Hold.objects.exists()


def test_every_model_of_ours_is_there() -> None:
    registered = {model._meta.model_name for model in admin.site._registry if model._meta.app_label == "dubbing"}
    assert registered == set(MODELS)


# --- searching among a million


def found_in(ops: Client, model: str, words: str) -> int:
    answer = ops.get(f"/admin/dubbing/{model}/", {"q": words})
    assert answer.status_code == 200
    return int(answer.context["cl"].result_count)


def test_rows_are_found_by_ids_references_names_and_people(ops: Client, people: People) -> None:
    asset = make_asset(people.project, people.editor, name="Lighthouse at dawn", remote_id="a1b2c3", with_source=True)
    other = make_asset(people.project, people.owner, name="Harbour", remote_id="d4e5f6")
    submission = make_submission(asset, remote_id="a1b2c3")
    make_submission(other)
    for words, number in (
        ("a1b2c3", 1), ("A1B2C3", 1), (submission.reference, 1), (submission.reference.lower(), 1), ("lighthouse", 1),
        ("house at d", 1), (people.editor.username, 1), (people.project.name, 2), ("a1b2", 0), ("nowhere", 0),
        ('"lighthouse"', 1), ("%", 0),
    ):  # fmt: skip
        assert found_in(ops, "asset", words) == number, words
    for model, words in (
        ("submission", submission.reference), ("submission", "lighthouse"), ("submission", "a1b2c3"),
        ("dubbing", "lighthouse"), ("dubbing", "a1b2c3"), ("upload", str(asset.source_id)), ("upload", "lighthouse"),
        ("upload", "harbour.mp4"), ("upload", people.editor.username),
    ):  # fmt: skip
        assert found_in(ops, model, words) == 1, (model, words)
    result = make_done(people.project, people.editor, name="Pier", remote_id="f7a8b9")
    rows = review_rows(people.project, people.editor, result)
    for model, words in (
        ("qualityreport", result.sha256), ("qualityreport", "f7a8b9"), ("qualityreport", result.version.remote_id),
        ("qualityreport", "pier"), ("review", "f7a8b9"), ("review", people.editor.username),
        ("comment", str(rows["comment"].pk)), ("comment", "f7a8b9"), ("comment", people.editor.username),
        ("notice", people.editor.username), ("bulkaction", str(rows["bulkaction"].pk)),
    ):  # fmt: skip
        assert found_in(ops, model, words) == 1, (model, words)


def test_what_can_be_searched_has_a_search_box(ops: Client) -> None:
    pages = {model: page for model, page in admin.site._registry.items() if isinstance(page, LookOnly)}
    searched = [model for model, page in pages.items() if page.searched_by]
    assert AuditEvent in searched
    for model in searched:
        address = reverse(f"admin:dubbing_{model._meta.model_name}_changelist")
        assert 'id="searchbar"' in ops.get(address).content.decode(), model


def test_audit_events_are_found_by_person_project_address_request_and_position(ops: Client, people: People) -> None:
    with scope_of("0123456789abcdef0123456789abcdef", "203.0.113.7"):
        event = AuditEvent.objects.record("request", subject="POST /", actor=people.editor, project=people.project)
    AuditEvent.objects.record("request", subject="POST /", actor=None)
    for words in ("editor", people.project.name, "203.0.113.7", event.request_id, str(event.position)):
        assert found_in(ops, "auditevent", words) == 1, words
    people.editor.delete()
    assert found_in(ops, "auditevent", "editor") == 1


def test_no_search_scans_a_table(ops: Client, people: People) -> None:
    """Each way to a row asks by an index: nothing is compared with a part of a text, joined and ORed."""
    make_asset(people.project, people.editor)
    for model in (
        "asset",
        "dubbing",
        "event",
        "callback",
        "submission",
        "ledgerentry",
        "upload",
        "version",
        "result",
        "review",
    ):
        with CaptureQueriesContext(connection) as queries:
            found_in(ops, model, "lighthouse")
        asked = [one["sql"].upper() for one in queries]
        assert not any(" OR " in sql and "LIKE" in sql for sql in asked), model
        likes = [sql for sql in asked if "LIKE" in sql and '"DUBBING_PROJECT"' not in sql and "AUTH_USER" not in sql]
        assert len(likes) <= (1 if connection.vendor == "postgresql" else 0), model  # names, by their trigrams


def test_nobody_counts_a_million_rows_to_show_fifty(
    ops: Client, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NewestPaginator, "MOST", 3)
    for _ in range(5):
        make_asset(people.project, people.editor)
    assert found_in(ops, "asset", "") == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("username", "password", "says"),
    [
        ("nobody", "wrong", "Wrong username or password, or this account has no access to the admin site."),
        ("", "wrong", "Enter your username."),
        ("nobody", "", "Enter your password."),
    ],
)
def test_people_who_cannot_sign_in_to_the_admin_site_read_why(username: str, password: str, says: str) -> None:
    answer = Client().post(reverse("admin:login"), {"username": username, "password": password})
    assert answer.status_code == 200
    assert says in answer.content.decode()


# --- the first page


def test_the_first_page_shows_what_is_wrong_and_then_all_lists_by_what_they_are_for(ops: Client) -> None:
    page = ops.get("/admin/").content.decode()
    assert page.index("Start a worker") < page.index(">Operation</h2>") < page.index(">Holds</a>")
    registered = {model._meta.object_name for model in admin.site._registry}
    grouped = [name for _label, names in operation._GROUPS for name in names]
    assert registered <= set(grouped)
    assert len(grouped) == len(set(grouped))


def test_staff_who_do_not_run_the_portal_see_only_their_lists() -> None:
    user = make_user("accountant", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_ledgerentry"))
    page = client_of(user).get("/admin/").content.decode()
    assert ">Ledger entries</a>" in page
    assert "Health" not in page
    assert ">Holds</a>" not in page


def test_operators_without_any_other_permission_get_the_health_lines() -> None:
    assert "Start a worker" in client_of(make_operator()).get("/admin/").content.decode()
