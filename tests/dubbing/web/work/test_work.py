"""My work and the way in: what needs me, what runs, what is done, and the door."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dubbing.batches import batches
from dubbing.drafts.fields import AssetFields, TargetText
from dubbing.models import Asset, Batch, Membership, Policy
from dubbing.submissions import approvals, submit
from dubbing.sync.progress import settle_statuses
from dubbing.web.shared import asset_lists
from dubbing.web.work import page as work_page
from tests.support import rows
from tests.support.people import PASSWORD, People, client_of, make_user


@pytest.fixture(autouse=True)
def _always_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """No text is good for the next look as well."""
    monkeypatch.setattr("portal.page_polling.FRESH_SECONDS", 0.0)
    monkeypatch.setattr("dubbing.web.shared.etags.UNNOTED_SECONDS", 0.0)


def work(client: Client) -> str:
    return client.get(reverse("work")).content.decode()


def sections(page: str) -> list[str]:
    return [
        name
        for name in ("Needs your attention", "In progress", "Recently completed", "Your drafts")
        if f">{name}</h2>" in page
    ]


def test_what_needs_me_is_separate_from_what_is_in_progress_and_done(editor: Client, people: People) -> None:
    for status in ("refused", "dubbing", "completed", "draft"):
        rows.make_asset(people.project, people.editor, status=status)
    assert sections(work(editor)) == ["Needs your attention", "In progress", "Recently completed", "Your drafts"]


def test_the_failures_of_others_do_not_need_me(editor: Client, people: People) -> None:
    rows.make_asset(people.project, people.owner, status="failed")
    assert "Needs your attention" not in sections(work(editor))


def test_what_was_tried_again_does_not_need_me_any_more(editor: Client, people: People) -> None:
    failed = rows.make_asset(people.project, people.editor, status="failed")
    rows.make_asset(people.project, people.editor, status="dubbing", copied_from=failed)
    assert sections(work(editor)) == ["In progress"]


def test_a_failure_needs_me_until_the_retry_is_sent_not_only_drafted(editor: Client, people: People) -> None:
    failed = rows.make_asset(people.project, people.editor, status="failed")
    retry = rows.make_asset(people.project, people.editor, status="draft", copied_from=failed)
    assert sections(work(editor)) == ["Needs your attention", "Your drafts"]
    Asset.objects.filter(pk=retry.pk).update(status="awaiting")
    assert "Needs your attention" not in sections(work(editor))


def test_failures_from_long_ago_are_history(editor: Client, people: People) -> None:
    then = timezone.now() - timedelta(days=90)
    rows.make_asset(people.project, people.editor, status="failed", submitted_at=then)
    assert sections(work(editor)) == []


def names(page: str) -> list[str]:
    return re.findall(r'dir="auto">(Film \d+)</a>', page)


def test_what_is_cut_says_how_much_there_is_and_leads_to_all_of_it(editor: Client, people: People) -> None:
    for number in range(1, 61):
        rows.make_asset(people.project, people.editor, status="failed", name=f"Film {number}")
    rows.make_asset(people.project, people.editor, status="ready", name="Film 61")
    page = work(editor)
    # Who waits longest comes first.
    assert names(page) == [*(f"Film {number}" for number in range(1, 9)), "Film 61"]
    assert "<title>(61) My work" in page
    assert ">Show all 60</a>" in page
    assert "Showing the 8 oldest of 60." in page
    first = editor.get("/?show=failed").content.decode()
    assert "Showing 50 of 60." in first
    assert names(first) == [f"Film {number}" for number in range(1, 51)]
    more = re.search(r'href="(\?show=failed&amp;beyond=\d+)" rel="next"', first)
    assert more
    rest = editor.get("/" + more[1].replace("&amp;", "&")).content.decode()
    assert names(rest) == [f"Film {number}" for number in range(51, 61)]
    assert 'rel="next"' not in rest


def test_running_videos_come_newest_first_and_short_lists_are_complete(editor: Client, people: People) -> None:
    for number in range(1, 5):
        rows.make_asset(people.project, people.owner, name=f"Film {number}")
    page = work(editor)
    assert names(page) == [f"Film {number}" for number in (4, 3, 2, 1)]
    assert "Show all" not in page


def test_the_page_polls_its_sections(editor: Client, people: People) -> None:
    assert 'data-poll="/?part=sections"' in work(editor)
    rows.make_asset(people.project, people.owner, name="Film 1")
    part = editor.get("/?part=sections").content.decode()
    assert names(part) == ["Film 1"]
    assert part.strip().startswith('<div id="work-sections"')


def test_more_than_the_counting_limit_is_shown_as_such(
    editor: Client, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dubbing.web.shared.counted_rows.COUNTED", 20)
    for number in range(25):
        rows.make_asset(people.project, people.owner, name=f"Film {number}", locales=[])
    assert "Show all 20+" in work(editor)
    assert len(names(editor.get("/?show=running").content.decode())) == 25


@pytest.mark.parametrize(
    "query", ["?show=x", "?show=failed&beyond=x", "?show=length&beyond=-1", "?show=done&beyond=99"]
)
def test_odd_addresses_of_it_are_pages(editor: Client, people: People, query: str) -> None:
    rows.make_asset(people.project, people.editor, status="failed")
    assert editor.get(f"/{query}").status_code in (200, 400)


def test_what_a_former_editor_cannot_fix_does_not_need_them(editor: Client, people: People) -> None:
    rows.make_asset(people.project, people.editor, status="failed")
    Membership.objects.filter(user=people.editor).update(role="viewer")
    assert "Needs your attention" not in sections(work(editor))


def test_an_outsider_sees_nothing_of_it(people: People) -> None:
    rows.make_asset(people.project, people.owner, status="dubbing", name="Secret harbour")
    assert "Secret harbour" not in work(client_of(people.outsider))


def test_a_first_day_teaches_what_to_do(editor: Client, people: People) -> None:
    assert "Add a video to Harbour" in work(editor)
    newcomer = make_user("newcomer")
    assert "an administrator to create" in work(client_of(newcomer))
    newcomer.user_permissions.add(Permission.objects.get(codename="add_project"))
    assert "Create a project" in work(client_of(newcomer))


def test_the_number_of_queries_does_not_depend_on_the_number_of_assets(editor: Client, people: People) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            work(editor)
        return len(queries)

    for status in ("refused", "dubbing", "completed", "draft"):
        rows.make_asset(people.project, people.editor, status=status, with_source=True)
    few = asked()
    for status in ("refused", "dubbing", "completed", "draft") * 6:
        rows.make_asset(people.project, people.editor, status=status, with_source=True)
    assert asked() == few


@pytest.mark.django_db
def test_somebody_with_an_account_signs_in_and_out() -> None:
    make_user("nina")
    client = Client()
    answer = client.post(reverse("sign-in"), {"username": "nina", "password": PASSWORD, "next": "/projects/"})
    assert answer.url == "/projects/"  # type: ignore[attr-defined]
    client.post(reverse("sign-out"))
    assert client.get("/projects/").status_code == 302


@pytest.mark.django_db
def test_nobody_is_sent_to_another_site_after_signing_in() -> None:
    make_user("nina")
    fields = {"username": "nina", "password": PASSWORD, "next": "https://evil.example/"}
    assert Client().post(reverse("sign-in"), fields).url == "/"  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_a_failed_sign_in_does_not_say_which_part_was_wrong() -> None:
    make_user("nina")
    page = Client().post(reverse("sign-in"), {"username": "nina", "password": "wrong"}).content.decode()
    assert 'role="alert"' in page
    assert 'value="nina"' in page


def test_pages_have_no_inline_scripts_and_no_inline_styles(owner: Client, people: People) -> None:
    result = rows.make_done(people.project, people.owner)
    asset = result.version.dubbing.asset
    for address in (
        reverse("work"),
        reverse("projects"),
        reverse("members", args=[people.project.pk]),
        reverse("project", args=[people.project.pk]),
        reverse("asset", args=[asset.pk]),
        reverse("version", args=[result.version_id]),
    ):
        page = owner.get(address).content.decode()
        assert "style=" not in page, address
        assert "<style" not in page, address
        assert "<script>" not in page, address
        assert " onclick=" not in page, address


def test_a_missing_page_says_what_to_do(owner: Client) -> None:
    answer = owner.get("/no/such/page/")
    assert answer.status_code == 404
    assert "Page not found" in answer.content.decode()


def test_a_stale_form_is_refused_in_the_portal_s_own_words(people: People) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.owner, "dubbing.accounts.authentication.PersonBackend")
    answer = client.post(reverse("project-new"), {"name": "x"})
    assert answer.status_code == 403
    assert "You don’t have access" in answer.content.decode()


def test_a_body_that_is_too_large_is_refused_in_the_portal_s_own_words(owner: Client) -> None:
    sizes: dict[str, Any] = {"CONTENT_LENGTH": str(31 * 1024**2)}
    answer = owner.post(reverse("project-new"), {"name": "x"}, headers={"accept": "text/html"}, **sizes)
    assert answer.status_code == 413
    assert "The request is too large" in answer.content.decode()
    assert owner.post(reverse("project-new"), {"name": "x"}, **sizes)["Content-Type"] == "text/plain"


def test_the_error_pages_work_without_a_request() -> None:
    for name in ("400.html", "403.html", "403_csrf.html", "500.html"):
        assert "<h1" in render_to_string(name)


# --- one language of several waits for a person


@pytest.mark.parametrize("by_hand", [False, True])
def test_an_asset_needs_me_as_soon_as_one_of_its_languages_does(editor: Client, people: People, by_hand: bool) -> None:
    auto = "with_lips" if by_hand else "off"
    asset = rows.make_asset(people.project, people.editor, name="Film 1", locales=["fr-FR"], auto_generate=auto)
    rows.make_version(asset.dubbings.get(), status="preparing")
    rows.make_asset(people.project, people.editor, name="Film 2", locales=["fr-FR", "es-ES"])
    ready = rows.make_dubbing(asset, "es-ES")
    version = rows.make_version(ready, status="ready", by_hand=by_hand)
    settle_statuses(asset, cause="sync")
    page = work(editor)
    assert asset.status == "dubbing"
    assert sections(page) == ["Needs your attention", "In progress"]
    assert names(page) == ["Film 1", "Film 2", "Film 1"]  # it needs somebody, and it runs
    assert names(editor.get("/?show=edit").content.decode()) == ["Film 1"]
    assert names(editor.get(f"/projects/{people.project.pk}/?status=edit").content.decode()) == ["Film 1"]
    assert "Open in studio" in editor.get(f"/assets/{asset.pk}/").content.decode()
    version.status = "generating"
    version.save()
    settle_statuses(asset, cause="sync")
    assert sections(work(editor)) == ["In progress"]


def test_an_asset_that_is_ready_as_a_whole_needs_me_once(editor: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.editor, name="Film 1", locales=[], auto_generate="off")
    versions = [rows.make_version(rows.make_dubbing(asset, code), status="ready") for code in ("es-ES", "fr-FR")]
    versions[0].status = "preparing"
    versions[0].save()
    settle_statuses(asset, cause="sync")
    assert (names(work(editor)), asset.waits_for_person) == (["Film 1", "Film 1"], True)
    versions[0].status = "ready"
    versions[0].save()
    settle_statuses(asset, cause="sync")
    assert (names(work(editor)), asset.status, asset.waits_for_person) == (["Film 1"], "ready", False)


def test_a_language_that_continues_automatically_needs_nobody(editor: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.editor, locales=["es-ES", "fr-FR"])
    for dubbing, status in zip(asset.dubbings.all(), ("ready", "preparing"), strict=True):
        rows.make_version(dubbing, status=status)
    settle_statuses(asset, cause="sync")
    assert sections(work(editor)) == ["In progress"]


def test_what_waits_halfway_for_others_does_not_need_me(editor: Client, people: People) -> None:
    rows.make_asset(people.project, people.owner, waits_for_person=True)
    assert sections(work(editor)) == ["In progress"]


# --- by what it needs


def groups(page: str) -> list[str]:
    return re.findall(r"<h3 id=\"\w+\">([^<]+)</h3>", page)


def test_what_needs_me_is_grouped_by_what_it_needs_the_most_urgent_first(editor: Client, people: People) -> None:
    rows.make_asset(people.project, people.editor, status="completed", check_length=True)
    rows.make_asset(people.project, people.editor, status="ready")
    rows.make_asset(people.project, people.editor, status="draft", returned=True)
    rows.make_asset(people.project, people.editor, status="failed")
    batch = Batch.objects.create(project=people.project, created_by=people.editor, name="Autumn")
    batches.add_rows(batch, people.editor, [({"file": "a.mp4"}, {"name": "A"}), ({"file": "b.mp4"}, {"name": "B"})])
    page = work(editor)
    assert groups(page) == [
        "Failed: send again",
        "Changes requested",
        "Ready to edit in the studio",
        "Check the length",
        "Batches that need files",
    ]
    assert "2 videos lack files" in page
    assert "<title>(5) My work" in page
    assert groups(work(client_of(people.owner))) == []


def test_an_owner_is_asked_and_the_person_who_asked_learns_what_to_change(
    editor: Client, owner: Client, people: People
) -> None:
    Policy.objects.create(project=people.project, approval_above=0)
    draft = rows.make_asset(people.project, people.editor, status="draft", locales=[], with_source=True, name="Film 1")
    fields = AssetFields(name="Film 1", source=draft.source, source_locale="en-US", targets=(TargetText("es-ES", ""),))
    submit.submit(draft, fields, people.editor)
    assert groups(work(owner)) == ["Awaiting your approval"]
    assert groups(work(editor)) == []
    question = approvals.question(Asset.objects.get(pk=draft.pk))
    assert question
    approvals.give_back(draft, people.owner, asked=question.pk, reason="Use the final cut.")
    assert groups(work(owner)) == []
    assert groups(work(editor)) == ["Changes requested"]
    assert names(work(editor)) == ["Film 1"]  # and not as a draft once more
    submit.submit(Asset.objects.get(pk=draft.pk), fields, people.editor)
    assert groups(work(editor)) == []


def test_a_doubtful_length_needs_me_until_i_say_that_it_is_right(editor: Client, people: People) -> None:
    result = rows.make_done(people.project, people.editor)
    asset = result.version.dubbing.asset
    result.warnings = ["length_differs"]
    result.save()
    settle_statuses(asset, cause="sync")
    assert groups(work(editor)) == ["Check the length"]
    assert client_of(people.viewer).post(f"/assets/{asset.pk}/length-is-right/").status_code == 404
    page = editor.post(f"/assets/{asset.pk}/length-is-right/", follow=True).content.decode()
    assert "length checked" in page
    assert groups(page) == []
    settle_statuses(Asset.objects.get(pk=asset.pk), cause="sync")  # the same length as before
    assert groups(work(editor)) == []
    assert "The length was checked and is right." in editor.get(f"/assets/{asset.pk}/").content.decode()


def test_thirty_videos_take_as_many_queries_as_three(editor: Client, people: People) -> None:
    def bring(count: int) -> None:
        for number in range(count):
            rows.make_asset(people.project, people.editor, status="failed")
            rows.make_asset(people.project, people.editor, status="draft", returned=True)
            rows.make_asset(people.project, people.editor, status="completed", check_length=True)
            batch = Batch.objects.create(project=people.project, created_by=people.editor)
            batches.add_rows(batch, people.editor, [({"file": f"{number}.mp4"}, {"name": "A"})])

    def asked(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert editor.get(address).status_code == 200
        return len(queries)

    addresses = ["/", "/?show=failed", "/?show=returned", "/?show=length"]
    bring(3)
    few = [asked(address) for address in addresses]
    bring(27)
    assert [asked(address) for address in addresses] == few


@pytest.mark.parametrize("address", ["/", "/?show=failed", "/projects/{project}/"])
def test_a_list_of_videos_reads_none_of_their_subtitles(editor: Client, people: People, address: str) -> None:
    rows.make_asset(people.project, people.editor, status="failed", name="Film 1")
    with CaptureQueriesContext(connection) as queries:
        assert "Film 1" in editor.get(address.format(project=people.project.pk)).content.decode()
    columns = {column for query in queries for column in re.findall(r"\"(srt|source_srt|typed)\"", query["sql"])}
    assert not columns


@pytest.mark.parametrize("address", ["/?part=sections", "/?show=failed&part=section"])
def test_nothing_is_sent_again_while_nothing_moved(editor: Client, people: People, address: str) -> None:
    rows.make_asset(people.project, people.editor, status="failed", name="Film 1")
    first = editor.get(address)
    assert editor.get(address, headers={"if-none-match": first["ETag"]}).status_code == 304
    again = {"if-none-match": first["ETag"], "x-look": "again"}
    assert editor.get(address, headers=again).status_code == 304
    rows.make_asset(people.project, people.editor, status="failed", name="Film 2")
    moved = editor.get(address, headers=again)
    assert (moved.status_code, names(moved.content.decode())) == (200, ["Film 1", "Film 2"])


def test_a_page_shows_no_more_rows_than_one_query_reads() -> None:
    everything = sum(kind.shown for kind in work_page.KINDS)
    assert max(everything, work_page.PAGE, asset_lists.PAGE) <= asset_lists.MOST_IDS
