"""The tools do what the API does: same people, same scopes, same audit events; nothing is paid without a quote."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from dubbing.api import representations
from dubbing.api.mcp import tools
from dubbing.drafts import saved_drafts
from dubbing.models import Asset, AuditEvent, Policy, Submission, Upload
from tests.conftest import WakeUps
from tests.support import hostile, rows
from tests.support.agents import Agent, agent_of
from tests.support.people import People
from tests.support.programs import EVERYTHING, Program, program_of

pytestmark = pytest.mark.django_db
WANTED: dict[str, Any] = {
    "name": "Harbour tour", "source_url": "https://media.example.com/harbour.mp4", "source_language": "en-US",
    "languages": [{"language": "es-ES"}], "auto_generate": "no_lips",
}  # fmt: skip
FRENCH = [{"language": "fr-FR", "subtitles": rows.SRT}]
CHANGING = [name for name, tool in tools.TOOLS.items() if tool.operation]
PAID = ("submit_video", "add_languages", "resend_languages")


@pytest.fixture
def agent(people: People) -> Agent:
    return agent_of(people.editor)


def draft_of(agent: Agent, people: People, **more: Any) -> int:
    """The id of a new draft."""
    pk: int = agent.call("create_draft", project_id=people.project.pk, **WANTED | more)["id"]
    return pk


def confirmation_of(agent: Agent, pk: int, tool: str = "submit_video", **more: Any) -> str:
    """What a quote for this tool hands out."""
    confirmation: str = agent.call("get_quote", asset_id=pk, tool=tool, **more)["confirmation"]
    return confirmation


def cases(people: People) -> dict[str, tuple[str, dict[str, Any]]]:
    """By tool: the address of its operation, and its arguments; paid ones without their confirmation."""
    failed = rows.make_asset(people.project, people.owner, status="failed").pk
    sent = rows.make_asset(people.project, people.owner).pk
    refused = rows.make_asset(people.project, people.owner, status="refused", with_source=True).pk
    done = rows.make_done(people.project, people.owner).version.dubbing.asset_id
    project = people.project.pk
    return {
        "list_projects": ("/projects", {}),
        "find_videos": (f"/projects/{project}/assets", {"project_id": project}),
        "get_video": (f"/assets/{done}", {"asset_id": done}),
        "list_results": (f"/assets/{done}", {"asset_id": done}),
        "create_draft": (f"/projects/{project}/assets", {"project_id": project, **WANTED}),
        "change_draft": (f"/assets/{refused}/draft", {"asset_id": refused, **WANTED}),
        "get_quote": (f"/assets/{sent}/quote", {"asset_id": sent, "tool": "add_languages", "languages": FRENCH}),
        "submit_video": (f"/assets/{refused}/submit", {"asset_id": refused}),
        "add_languages": (f"/assets/{sent}/languages", {"asset_id": sent, "languages": FRENCH}),
        "resend_languages": (f"/assets/{failed}/resend", {"asset_id": failed}),
    }


def confirmed(agent: Agent, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments, with a confirmation if the tool needs one."""
    if tool not in PAID:
        return arguments
    return arguments | {"confirmation": confirmation_of(agent, arguments["asset_id"], tool, **without_id(arguments))}


def without_id(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name != "asset_id"}


def test_every_tool_has_a_case(people: People) -> None:
    assert set(cases(people)) == set(tools.TOOLS)


@pytest.mark.parametrize("tool", tools.TOOLS)
def test_editors_may_use_every_tool(people: People, tool: str) -> None:
    _address, arguments = cases(people)[tool]
    owner = agent_of(people.owner)
    if tool == "submit_video":
        owner.call("change_draft", **arguments, **WANTED)
    agent = agent_of(people.editor)
    agent.call(tool, **confirmed(agent, tool, arguments))


@pytest.mark.parametrize("tool", tools.TOOLS)
def test_viewers_change_nothing_and_others_see_nothing(people: People, tool: str) -> None:
    _address, arguments = cases(people)[tool]
    arguments |= {"confirmation": "none"} if tool in PAID else {}
    viewer, outsider = agent_of(people.viewer), agent_of(people.outsider)
    elsewhere = agent_of(people.owner, project=rows.make_project("Lighthouse", owner=people.owner))
    if tool == "list_projects":
        assert [item["name"] for item in outsider.call(tool)["items"]] == ["Elsewhere"]
        assert [item["name"] for item in elsewhere.call(tool)["items"]] == ["Lighthouse"]
        return
    for stranger in (outsider, elsewhere):
        problem = stranger.refusal(tool, **arguments)
        assert (problem["status"], problem["errors"]) == (404, {})
    if tool in CHANGING or tool == "get_quote":
        assert viewer.refusal(tool, **arguments)["status"] == 403
    else:
        viewer.call(tool, **arguments)


@pytest.mark.parametrize("tool", CHANGING)
def test_a_token_without_the_scope_changes_nothing(people: People, tool: str) -> None:
    _address, arguments = cases(people)[tool]
    scope = "submit" if tool in PAID else "write"
    agent = agent_of(people.owner, scopes=[name for name in EVERYTHING if name != scope])
    arguments |= {"confirmation": "none"} if tool in PAID else {}
    problem = agent.refusal(tool, **arguments)
    assert (problem["status"], scope in problem["detail"], problem["who_can_fix"]) == (403, True, "you")


@pytest.mark.parametrize("tool", tools.TOOLS)
def test_a_tool_leaves_the_same_audit_event_as_its_operation(people: People, tool: str) -> None:
    address, arguments = cases(people)[tool]
    agent, program = agent_of(people.owner), program_of(people.owner)
    if tool == "submit_video":
        program.ask("PATCH", f"{address.removesuffix('/submit')}/draft", WANTED)
    arguments = confirmed(agent, tool, arguments)
    before = AuditEvent.objects.count()
    agent.call(tool, **arguments)
    events = [(event.kind, event.subject, event.actor, event.project, event.data["route"])
              for event in AuditEvent.objects.order_by("position")[before:]]  # fmt: skip
    assert len(events) == (tool in CHANGING)
    if events:
        assert events == [audit_event_of(program, people, tool, address)]


def audit_event_of(program: Program, people: People, tool: str, address: str) -> tuple[Any, ...]:
    """The event that the API leaves for the operation of this tool; the address is that of another row."""
    again, arguments = cases(people)[tool]
    if tool == "submit_video":
        program.ask("PATCH", f"{again.removesuffix('/submit')}/draft", WANTED)
    method = tools.TOOLS[tool].operation[0]  # type: ignore[index]
    body = {name: value for name, value in arguments.items() if name not in {"asset_id", "project_id"}}
    answer = program.ask(method, again, body, **{"Idempotency-Key": "one"})
    assert answer.status_code < 300, answer.content
    event = AuditEvent.objects.latest("position")
    subject = event.subject.replace(again, address)
    return event.kind, subject, event.actor, event.project, event.data["route"]


@pytest.mark.parametrize("tool", CHANGING)
def test_a_refused_tool_leaves_no_audit_event(people: People, tool: str) -> None:
    _address, arguments = cases(people)[tool]
    agent = agent_of(people.viewer)
    before = AuditEvent.objects.count()
    agent.refusal(tool, **arguments, **({"confirmation": "none"} if tool in PAID else {}))
    assert AuditEvent.objects.count() == before


def test_arguments_that_are_not_valid_are_named(agent: Agent, people: People) -> None:
    problem = agent.refusal("create_draft", project_id=people.project.pk, speakers=0, nmae="Pier")
    assert set(problem["errors"]) == {"speakers", "nmae"}
    assert set(agent.refusal("get_video")["errors"]) == {"asset_id"}
    assert set(agent.refusal("get_video", asset_id=10**30)["errors"]) == {"asset_id"}
    assert set(agent.refusal("find_videos", project_id=1, limit=0, everything=1)["errors"]) == {"limit", "everything"}


@pytest.mark.parametrize("tool", tools.TOOLS)
def test_odd_arguments_are_refused_in_words(agent: Agent, people: People, tool: str) -> None:
    _address, arguments = cases(people)[tool]
    names = tools.TOOLS[tool].arguments.model_fields
    values: list[Any] = [*hostile.TEXTS, [], {}, [[]], None, True, -1, 10**400, 1.5, [{"language": "²²"}]]
    for value in values:
        for odd in (dict.fromkeys(names, value), arguments | {name: value for name in names if name not in arguments}):
            result = agent.result(tool, **odd)
            assert not result["isError"] or result["structuredContent"]["status"] < 500, (value, result)
    assert not Submission.objects.exists()


def test_a_refusal_says_what_why_what_to_do_and_who(agent: Agent, people: People) -> None:
    problem = agent.refusal("submit_video", asset_id=draft_of(agent, people), confirmation="made up")
    assert problem["title"] == "The confirmation does not match this request"
    assert "not one of this portal" in problem["detail"]
    assert "get_quote" in problem["detail"]
    assert problem["who_can_fix"] == "you"
    assert problem["request_id"]


def test_an_error_of_ours_is_a_problem_without_its_traceback(
    agent: Agent, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(representations, "page_of", lambda *given: 1 / 0)
    problem = agent.refusal("list_projects")
    assert (problem["status"], problem["who_can_fix"]) == (500, "administrator")
    assert "division" not in json.dumps(problem)


def test_a_result_has_the_addresses_of_its_file_and_its_subtitles(agent: Agent, people: People) -> None:
    result = rows.make_done(people.project, people.owner)
    (file,) = agent.call("list_results", asset_id=result.version.dubbing.asset_id)["results"]
    assert (file["language"], file["sha256"]) == ("es-ES", result.sha256)
    video = agent.program.ask_outside("GET", file["download"].removeprefix("http://testserver"))
    assert b"".join(video) == rows.BYTES
    subtitles = agent.program.ask_outside("GET", file["subtitles"].removeprefix("http://testserver"))
    assert "Hola." in subtitles.content.decode()


def test_a_list_of_videos_is_paged_and_filtered(agent: Agent, people: People) -> None:
    made = [rows.make_asset(people.project, people.owner, name=f"Pier {n}").pk for n in range(3)]
    page = agent.call("find_videos", project_id=people.project.pk, status="running", limit=2)
    rest = agent.call("find_videos", project_id=people.project.pk, status="running", cursor=page["next_cursor"])
    assert [item["id"] for item in page["items"] + rest["items"]] == made[::-1]


def test_a_quote_of_an_incomplete_draft_names_what_is_missing_and_confirms_nothing(
    agent: Agent, people: People
) -> None:
    pk = agent.call("create_draft", project_id=people.project.pk)["id"]
    quote = agent.call("get_quote", asset_id=pk, tool="submit_video")
    assert (quote["valid"], quote["confirmation"], quote["confirm_until"]) == (False, None, None)
    assert set(quote["errors"]) == {"source_upload", "source_language", "languages"}


def test_a_quote_says_what_languages_will_use(agent: Agent, people: People) -> None:
    sent = rows.make_asset(people.project, people.editor, with_source=True)
    quote = agent.call("get_quote", asset_id=sent.pk, tool="add_languages", languages=FRENCH)
    assert (quote["languages"], quote["minutes"]) == (1, 1.0)
    failed = rows.make_asset(
        people.project, people.editor, status="failed", with_source=True, locales=["es-ES", "fr-FR"]
    )
    quote = agent.call("get_quote", asset_id=failed.pk, tool="resend_languages")
    assert (quote["languages"], quote["minutes"]) == (2, 2.0)


def test_a_confirmation_sends_once_and_has_the_same_answer_each_time(
    agent: Agent, people: People, wake_ups: WakeUps
) -> None:
    pk = draft_of(agent, people)
    confirmation = confirmation_of(agent, pk)
    answers = [agent.call("submit_video", asset_id=pk, confirmation=confirmation) for _ in range(2)]
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        answers.append(agent.call("submit_video", asset_id=pk, confirmation=confirmation))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["asset"]["status"] == "submitting"
    assert Submission.objects.count() == 1


def test_two_confirmations_of_one_draft_send_once(agent: Agent, people: People, wake_ups: WakeUps) -> None:
    pk = draft_of(agent, people)
    with time_machine.travel(timezone.now() - timedelta(minutes=1)):
        first = confirmation_of(agent, pk)
    second = confirmation_of(agent, pk)
    assert first != second
    agent.call("submit_video", asset_id=pk, confirmation=first)
    assert agent.refusal("submit_video", asset_id=pk, confirmation=second)["status"] == 409
    assert Submission.objects.count() == 1


def test_a_confirmation_expires(agent: Agent, people: People) -> None:
    pk = draft_of(agent, people)
    confirmation = confirmation_of(agent, pk)
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        problem = agent.refusal("submit_video", asset_id=pk, confirmation=confirmation)
    assert "expired" in problem["detail"]
    assert not Submission.objects.exists()


@pytest.mark.parametrize("change", [{"languages": [{"language": "fr-FR"}]}, {"end": 9.0}, {"name": "Quay"}], ids=str)
def test_a_confirmation_does_not_fit_a_draft_that_changed(agent: Agent, people: People, change: dict[str, Any]) -> None:
    upload = rows.make_upload(people.editor, duration=90.0)
    pk = draft_of(agent, people, source_url=None, source_upload=str(upload.pk))
    confirmation = confirmation_of(agent, pk)
    agent.call("change_draft", asset_id=pk, **change)
    problem = agent.refusal("submit_video", asset_id=pk, confirmation=confirmation)
    assert "changed since the quote" in problem["detail"]
    assert not Submission.objects.exists()
    agent.call("submit_video", asset_id=pk, confirmation=confirmation_of(agent, pk))


@pytest.mark.parametrize("name", ["source", "background"])
def test_a_confirmation_fits_when_a_file_was_checked_while_it_was_quoted(
    agent: Agent, people: People, wake_ups: WakeUps, name: str
) -> None:
    upload = rows.make_upload(people.editor, duration=90.0)
    background = rows.make_upload(people.editor, kind=Upload.Kind.BACKGROUND, duration=90.0)
    files = {"source_upload": str(upload.pk), "background_upload": str(background.pk)}
    pk = draft_of(agent, people, source_url=None, **files)
    # The quote had read the draft before the file was checked, and the file after.
    Asset.objects.filter(pk=pk).update(**{name: None})
    confirmation = confirmation_of(agent, pk)
    saved_drafts.attach_arrived(upload if name == "source" else background)
    answer = agent.call("submit_video", asset_id=pk, confirmation=confirmation)
    assert answer["asset"]["status"] == "submitting"


def test_a_confirmed_draft_that_became_incomplete_is_not_sent(agent: Agent, people: People) -> None:
    pk = draft_of(agent, people)
    confirmation = confirmation_of(agent, pk)
    agent.call("change_draft", asset_id=pk, languages=[])
    problem = agent.refusal("submit_video", asset_id=pk, confirmation=confirmation)
    assert (problem["status"], set(problem["errors"])) == (422, {"languages"})
    assert not Submission.objects.exists()


def test_a_confirmation_does_not_fit_when_an_owner_now_has_to_approve(agent: Agent, people: People) -> None:
    upload = rows.make_upload(people.editor, duration=600.0)
    pk = draft_of(agent, people, source_url=None, source_upload=str(upload.pk))
    confirmation = confirmation_of(agent, pk)
    Policy.objects.create(project=people.project, approval_above=1)
    agent.refusal("submit_video", asset_id=pk, confirmation=confirmation)
    answer = agent.call("submit_video", asset_id=pk, confirmation=confirmation_of(agent, pk))
    assert (answer["waits_for_approval"], answer["asset"]["status"]) == (True, "awaiting")


def test_a_confirmation_is_for_one_token_one_tool_and_one_video(agent: Agent, people: People) -> None:
    pk, other = draft_of(agent, people), draft_of(agent, people)
    confirmation = confirmation_of(agent, pk)
    for refused in (
        agent_of(people.editor).refusal("submit_video", asset_id=pk, confirmation=confirmation),
        agent.refusal("submit_video", asset_id=other, confirmation=confirmation),
        agent.refusal("resend_languages", asset_id=pk, confirmation=confirmation),
        agent.refusal("submit_video", asset_id=pk, confirmation=confirmation[:-1] + "!"),
        agent.refusal("submit_video", asset_id=pk, confirmation=""),
    ):
        assert refused["type"].endswith("#not-confirmed")
    assert not Submission.objects.exists()


def test_a_confirmation_is_for_exactly_the_languages_and_their_subtitles(agent: Agent, people: People) -> None:
    asset = rows.make_asset(people.project, people.editor)
    confirmation = confirmation_of(agent, asset.pk, "add_languages", languages=FRENCH)
    more = [*FRENCH, {"language": "it-IT"}]
    for languages in (more, [{"language": "it-IT"}], [{"language": "fr-FR"}]):
        agent.refusal("add_languages", asset_id=asset.pk, confirmation=confirmation, languages=languages)
    assert not Submission.objects.exists()
    answer = agent.call("add_languages", asset_id=asset.pk, confirmation=confirmation, languages=FRENCH)
    assert answer["submissions"][0]["languages"] == ["fr-FR"]
    assert "Hola." in asset.dubbings.get(locale="fr-FR").srt


def test_languages_that_fail_again_need_another_confirmation(agent: Agent, people: People, wake_ups: WakeUps) -> None:
    asset = rows.make_asset(people.project, people.editor, status="failed")
    with time_machine.travel(timezone.now() - timedelta(minutes=1)):
        first = confirmation_of(agent, asset.pk, "resend_languages")
    second = confirmation_of(agent, asset.pk, "resend_languages")
    agent.call("resend_languages", asset_id=asset.pk, confirmation=first)
    agent.refusal("resend_languages", asset_id=asset.pk, confirmation=second)
    asset.submissions.update(status="accepted")
    asset.dubbings.update(status="failed")
    type(asset).objects.filter(pk=asset.pk).update(status="failed")
    problem = agent.refusal("resend_languages", asset_id=asset.pk, confirmation=second)
    assert "changed since the quote" in problem["detail"]
    assert Submission.objects.count() == 1


def test_minutes_that_do_not_suffice_are_a_problem_for_an_owner(agent: Agent, people: People) -> None:
    people.project.monthly_minutes = 1
    people.project.save()
    upload = rows.make_upload(people.editor, duration=600.0)
    pk = draft_of(agent, people, source_url=None, source_upload=str(upload.pk))
    quote = agent.call("get_quote", asset_id=pk, tool="submit_video")
    assert (quote["minutes"], bool(quote["minutes_lacking"])) == (10.0, True)
    problem = agent.refusal("submit_video", asset_id=pk, confirmation=quote["confirmation"])
    assert problem["who_can_fix"] == "project owner"
    assert not Submission.objects.exists()
