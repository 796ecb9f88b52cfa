"""Tokens open the API in a person's name, and nothing once they are over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from dubbing.accounts import tokens
from dubbing.models import ApiToken, AppendOnly, Asset, AuditEvent, Membership, Project
from dubbing.projects import projects
from portal.logs import redact
from tests.support import rows
from tests.support.people import People, client_of
from tests.support.programs import Program, make_token, program_of, token_text

pytestmark = pytest.mark.django_db
FORM = {"name": "Renderer", "scopes": ["write"], "days": "30"}


def status_of(program: Program) -> int:
    status: int = program.get("/projects").status_code
    return status


# --- made on a page, shown once


def test_the_text_of_a_token_is_shown_once_and_stored_nowhere(people: People) -> None:
    client = client_of(people.editor)
    page = client.post(reverse("tokens"), FORM)
    text = page.context["text"]
    assert page.status_code == 201
    assert text in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert status_of(Program(text)) == 200
    assert text not in client.get(reverse("tokens")).content.decode()
    token = ApiToken.objects.get()
    assert text not in repr(ApiToken.objects.values().get())
    assert (token.hint, token.scopes) == (text[-4:], ["read", "write"])
    assert "…" + text[-4:] in client.get(reverse("tokens")).content.decode()


def test_a_form_without_a_name_says_so_and_makes_nothing(people: People) -> None:
    page = client_of(people.editor).post(reverse("tokens"), FORM | {"name": " "})
    assert page.status_code == 422
    assert not ApiToken.objects.exists()


def test_no_token_lives_longer_than_the_setting_allows(people: People, settings: Settings) -> None:
    settings.API_TOKEN_DAYS = 14
    assert client_of(people.editor).post(reverse("tokens"), FORM).status_code == 422
    assert client_of(people.editor).post(reverse("tokens"), FORM | {"days": "14"}).status_code == 201
    assert ApiToken.objects.get().expires_at < timezone.now() + timedelta(days=15)


def test_owners_make_tokens_of_a_project_and_revoke_those_of_other_owners(people: People) -> None:
    page = client_of(people.owner).post(reverse("project-access", args=[people.project.pk]), FORM)
    program = Program(page.context["text"])
    assert status_of(program) == 200
    Membership.objects.filter(user=people.editor).update(role=Membership.Role.OWNER)
    answer = client_of(people.editor).post(reverse("token-revoke", args=[ApiToken.objects.get().pk]))
    assert answer.status_code == 302
    assert status_of(program) == 401


def test_making_and_revoking_leaves_audit_events_without_the_token(people: People) -> None:
    page = client_of(people.owner).post(reverse("project-access", args=[people.project.pk]), FORM)
    client_of(people.owner).post(reverse("token-revoke", args=[ApiToken.objects.get().pk]))
    kinds = list(AuditEvent.objects.order_by("pk").values_list("kind", "actor", "project"))
    assert kinds == [(kind, people.owner.pk, people.project.pk) for kind in ("token_created", "token_revoked")]
    assert page.context["text"] not in repr(list(AuditEvent.objects.values()))
    with pytest.raises(AppendOnly):
        AuditEvent.objects.all().delete()


# --- what ends one


def test_a_token_that_expired_or_was_revoked_opens_nothing(people: People) -> None:
    program = program_of(people.editor)
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert status_of(program) == 401
    assert status_of(program) == 200
    ApiToken.objects.all().revoke(people.editor)
    assert status_of(program) == 401


def test_a_person_who_was_deactivated_loses_all_tokens_at_once(people: People) -> None:
    program = program_of(people.editor)
    people.editor.is_active = False
    people.editor.save()
    assert status_of(program) == 401


def test_a_project_token_ends_for_good_when_its_owner_leaves_the_project(people: People) -> None:
    projects.set_role(people.project, people.editor, Membership.Role.OWNER)
    program = program_of(people.editor, project=people.project)
    assert status_of(program) == 200
    projects.remove_member(people.project, people.editor)
    assert status_of(program) == 401
    projects.set_role(people.project, people.editor, Membership.Role.OWNER)
    assert status_of(program) == 401


def test_a_person_who_leaves_a_project_no_longer_sees_it_with_their_own_token(people: People) -> None:
    program = program_of(people.editor)
    asset = rows.make_asset(people.project, people.owner)
    assert program.get(f"/assets/{asset.pk}").status_code == 200
    projects.remove_member(people.project, people.editor)
    assert program.get(f"/assets/{asset.pk}").status_code == 404


# --- what one opens


def test_a_project_token_opens_its_project_alone(people: People) -> None:
    other = rows.make_project("Lighthouse", owner=people.owner)
    elsewhere = rows.make_asset(other, people.owner)
    program = program_of(people.owner, project=people.project)
    assert [item["name"] for item in program.get("/projects").json()["items"]] == ["Harbour"]
    assert program.get(f"/projects/{other.pk}").status_code == 404
    assert program.get(f"/assets/{elsewhere.pk}").status_code == 404
    result = rows.make_done(other, people.owner)
    assert program.get(f"/results/{result.pk}/file").status_code == 404
    assert program.get(f"/languages/{result.version.dubbing_id}/subtitles.srt").status_code == 404
    assert b"".join(program_of(people.owner).get(f"/results/{result.pk}/file")) == rows.BYTES


def test_a_token_is_worth_nothing_on_a_page_and_a_session_nothing_in_the_api(people: People) -> None:
    text = token_text(people.owner)
    page = Client().get(reverse("projects"), headers={"Authorization": f"Bearer {text}"})
    assert page.status_code == 302
    assert client_of(people.owner).get("/api/v1/projects").status_code == 401


def test_a_session_beside_a_token_counts_for_nothing(people: People) -> None:
    client = client_of(people.owner)
    text = token_text(people.outsider)
    answer = client.get("/api/v1/projects", headers={"Authorization": f"Bearer {text}"})
    assert [item["name"] for item in answer.json()["items"]] == ["Elsewhere"]


def test_when_a_token_was_used_is_written_once_a_minute(people: People) -> None:
    program, now = program_of(people.editor), timezone.now()
    seen = []
    for seconds in (0, 30, 59, 61):
        with time_machine.travel(now + timedelta(seconds=seconds), tick=False):
            program.get("/projects")
            seen.append(ApiToken.objects.get().last_used_at)
    assert seen[0] == seen[1] == seen[2] != seen[3]


# --- guessing


def test_guesses_from_one_address_find_nothing_and_are_limited(people: People) -> None:
    right = program_of(people.editor)
    answers = [Program(f"dub_pat_{number:043}").get("/projects") for number in range(40)]
    assert {answer.status_code for answer in answers} == {401, 429}
    assert [answer.status_code for answer in answers[-9:]] == [429] * 9
    assert 0 < int(answers[-1]["Retry-After"]) <= 15 * 60
    assert status_of(right) == 200, "a neighbour who guesses locks nobody out"


def test_guesses_from_another_address_are_counted_separately(people: People, settings: Settings) -> None:
    settings.PROXIES = 1
    for number in range(40):
        Program(f"dub_pat_{number:043}", **{"X-Forwarded-For": "192.0.2.1"}).get("/projects")
    assert Program("nonsense", **{"X-Forwarded-For": "192.0.2.2"}).get("/projects").status_code == 401


def test_an_expired_token_does_not_count_as_a_guess(people: People) -> None:
    program = program_of(people.editor)
    ApiToken.objects.all().revoke(None)
    assert {status_of(program) for _ in range(40)} == {401}


def test_logs_have_no_tokens(people: People) -> None:
    text = token_text(people.editor)
    assert text not in redact(f"GET /api/v1/projects Authorization: Bearer {text} said no")
    assert text not in redact(f"({text})")


# --- the upload address


def test_a_file_is_uploaded_with_a_token_by_tus(people: People) -> None:
    program = program_of(people.editor)
    tus = {"Tus-Resumable": "1.0.0"}
    metadata = "filename aGFyYm91ci5tcDQ=,kind dmlkZW8="
    made = program.ask_outside("POST", "/uploads/", **tus, **{"Upload-Length": "4", "Upload-Metadata": metadata})
    assert made.status_code == 201
    body = program.client.patch(
        made["Location"], b"film", content_type="application/offset+octet-stream",
        headers=program.headers | tus | {"Upload-Offset": "0"},
    )  # fmt: skip
    assert (body.status_code, body["Upload-Offset"]) == (204, "4")
    state = program.ask_outside("GET", made["Location"])
    assert state.json()["status"] == "arrived"
    upload = program.get(f"/uploads/{state.json()['id']}")
    assert (upload.status_code, upload.json()["status"]) == (200, "arrived")
    assert program_of(people.owner).get(f"/uploads/{state.json()['id']}").status_code == 404


def test_a_token_that_only_reads_uploads_nothing(people: People) -> None:
    program = program_of(people.editor, scopes=["read"])
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "4", "Upload-Metadata": "kind dmlkZW8="}
    assert program.ask_outside("POST", "/uploads/", **headers).status_code == 403


def test_an_upload_without_a_token_still_needs_a_session_and_its_csrf_token(people: People) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = client_of(people.editor).cookies
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "4", "Upload-Metadata": "kind dmlkZW8="}
    assert client.post("/uploads/", headers=headers).status_code == 403
    assert Client().post("/uploads/", headers=headers).status_code == 401


def test_a_token_needs_no_csrf_token(people: People) -> None:
    client = Client(enforce_csrf_checks=True)
    authorization = {"Authorization": f"Bearer {token_text(people.editor)}"}
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "4", "Upload-Metadata": "kind dmlkZW8="}
    assert client.post("/uploads/", headers=headers | authorization).status_code == 201


def test_one_person_has_a_limited_number_of_tokens(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST", 1)
    make_token(people.editor)
    page = client_of(people.editor).post(reverse("tokens"), FORM)
    assert page.status_code == 422
    assert "Revoke one first" in page.content.decode()


def test_lists_of_tokens_show_nothing_of_others(people: People) -> None:
    make_token(people.owner)
    assert not client_of(people.editor).get(reverse("tokens")).context["tokens"]
    assert Project.objects.count() == 2
    assert not Asset.objects.exists()


def test_a_token_that_cannot_be_recorded_as_revoked_is_not_revoked(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = make_token(people.owner)

    def fail(*_: Any, **__: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(type(AuditEvent.objects), "record", fail)
    with pytest.raises(OperationalError):
        ApiToken.objects.filter(pk=token.pk).revoke(people.owner)
    assert ApiToken.objects.live().filter(pk=token.pk).exists()
