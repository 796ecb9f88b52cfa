"""Notices in the portal: the count in every header, the list, what each leads to, and which are sent by email."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from dubbing.models import Asset, Event, Membership, Notice, NoticeChoice
from dubbing.notices import choices, consumer, mails
from dubbing.web.shared import etags
from tests.support import rows
from tests.support.people import People, client_of, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def failed(people: People) -> Asset:
    """A video of the editor failed, and they were told."""
    asset = rows.make_asset(people.project, people.editor, status="failed", name="Lighthouse")
    Event.objects.record(asset, Event.Kind.STATUS, cause="sync", to="failed")
    consumer.take_events()
    return asset


def test_the_header_of_every_page_counts_what_is_unread(failed: Asset, editor: Client, owner: Client) -> None:
    assert 'aria-label="Notices, 1 unread"' in editor.get("/").content.decode()
    assert 'aria-label="Notices"' in owner.get("/").content.decode()


def test_the_count_is_asked_for_again_and_is_the_same_until_something_comes(failed: Asset, editor: Client) -> None:
    first = editor.get(reverse("navigation-counts"))
    assert "1 unread" in first.content.decode()
    assert first["Poll-After"] == "10"
    again = editor.get(reverse("navigation-counts"), headers={"If-None-Match": first["ETag"], "X-Look": "again"})
    assert again.status_code == 304
    Event.objects.record(failed, Event.Kind.STATUS, cause="sync", to="completed")
    consumer.take_events()
    assert "2 unread" in editor.get(reverse("navigation-counts")).content.decode()


def test_the_count_is_asked_for_at_the_cost_of_one_query_and_moves_when_somebody_leaves_a_project(
    people: People, failed: Asset, editor: Client, django_assert_num_queries: Any
) -> None:
    address = reverse("navigation-counts")
    before = editor.get(address)["ETag"]
    with django_assert_num_queries(1):
        etags.of_notices(people.editor.pk)
    Membership.objects.filter(user=people.editor).delete()
    after = editor.get(address)
    assert after["ETag"] != before
    assert "unread" not in after.content.decode().partition("aria-label")[2].partition(">")[0].partition("data-")[0]
    assert Notice.objects.unread().count() == 1


def test_more_than_ninety_nine_are_not_counted(people: People, editor: Client) -> None:
    Notice.objects.bulk_create(
        Notice(recipient=people.editor, kind="minutes", key=str(number), project=people.project, data={})
        for number in range(120)
    )
    page = editor.get(reverse("notices")).content.decode()
    assert "99+" in page


def test_a_notice_leads_to_its_video_and_is_read_then(failed: Asset, editor: Client) -> None:
    page = editor.get(reverse("notices")).content.decode()
    assert "Lighthouse" in page
    assert "Spanish (Spain) failed." in page
    one = Notice.objects.get()
    assert reverse("notice", args=[one.pk]) in page
    answer = editor.get(reverse("notice", args=[one.pk]))
    assert answer["Location"] == reverse("asset", args=[failed.pk])
    one.refresh_from_db()
    assert one.read_at


def test_looking_at_the_video_itself_reads_its_notices(failed: Asset, editor: Client, owner: Client) -> None:
    owner.get(reverse("asset", args=[failed.pk]))
    assert Notice.objects.unread().count() == 1
    page = editor.get(reverse("asset", args=[failed.pk])).content.decode()
    assert Notice.objects.unread().count() == 0
    assert "1 unread" not in page


def test_all_of_ones_own_notices_are_marked_as_read_at_once(people: People, failed: Asset, editor: Client) -> None:
    theirs = Notice.objects.create(recipient=people.owner, kind="minutes", key="x", project=people.project)
    editor.post(reverse("notices-read"))
    assert list(Notice.objects.unread()) == [theirs]


def test_older_notices_are_on_further_pages(people: People, editor: Client) -> None:
    Notice.objects.bulk_create(
        Notice(recipient=people.editor, kind="minutes", key=str(number), project=people.project, data={"percent": 80})
        for number in range(120)
    )
    seen, address = 0, reverse("notices")
    while address:
        answer = editor.get(address)
        seen += len(answer.context["lines"])
        beyond = answer.context["beyond"]
        address = f"{reverse('notices')}?before={beyond}" if beyond else ""
    assert seen == 120


def test_strangers_and_former_members_see_nothing(people: People, failed: Asset, editor: Client) -> None:
    one = Notice.objects.get()
    outsider = client_of(people.outsider)
    assert outsider.get(reverse("notice", args=[one.pk])).status_code == 404
    assert "Lighthouse" not in outsider.get(reverse("notices")).content.decode()
    Membership.objects.filter(user=people.editor).delete()
    assert editor.get(reverse("notice", args=[one.pk])).status_code == 404
    page = editor.get(reverse("notices")).content.decode()
    assert "Lighthouse" not in page
    assert 'aria-label="Notices"' in page


def test_a_pilot_leads_to_where_it_is_judged(people: People, editor: Client) -> None:
    draft = rows.make_asset(people.project, people.editor, status="draft", locales=[])
    pilot = rows.make_asset(people.project, people.editor, status="completed", pilot_of=draft)
    Event.objects.record(pilot, Event.Kind.STATUS, cause="sync", to="completed")
    consumer.take_events()
    answer = editor.get(reverse("notice", args=[Notice.objects.get().pk]))
    assert answer["Location"] == reverse("asset-promote", args=[draft.pk])


def test_notices_for_ops_lead_to_the_admin_site(people: People) -> None:
    ops = make_user("ops", is_staff=True, is_superuser=True)
    asset = rows.make_asset(people.project, people.editor, status="held")
    Event.objects.record(asset, Event.Kind.HELD, cause="send", reason="key", hold=1)
    Event.objects.record(asset, Event.Kind.NEEDS_PERSON, cause="settle", reference="DUB-1", why="Gone.")
    Event.objects.record(asset, Event.Kind.STUCK, cause="sweep")
    consumer.take_events()
    browser = client_of(ops)
    places = {browser.get(reverse("notice", args=[one.pk]))["Location"] for one in Notice.objects.filter(recipient=ops)}
    of_asset = f"/admin/dubbing/asset/{asset.pk}/change/"
    assert places == {"/admin/dubbing/hold/", "/admin/dubbing/submission/?q=DUB-1", of_asset}
    for place in places:
        assert browser.get(place).status_code == 200
    ops.is_staff = False
    ops.save()
    assert "DUB-1" not in client_of(ops).get(reverse("notices")).content.decode()


def a_notice(kind: str, people: People, reader: User, **fields: Any) -> Notice:
    """One of this kind for this reader, of a video of the project unless it is said otherwise."""
    if "asset" not in fields and "project" not in fields:
        fields["asset"] = rows.make_asset(people.project, people.editor, status="completed")
    if fields.get("asset"):
        fields["project"] = fields["asset"].project
    return Notice.objects.create(recipient=reader, kind=kind, key=secrets.token_hex(4), **fields)


def test_a_notice_of_every_kind_opens_a_page_for_its_reader_and_for_nobody_else(people: People) -> None:
    ops = make_user("ops", is_staff=True, is_superuser=True)
    draft = rows.make_asset(people.project, people.editor, status="draft", locales=[])
    made: dict[str, list[Notice]] = {kind: [a_notice(kind, people, people.editor)] for kind in Notice.Kind.values}
    pilot = rows.make_asset(people.project, people.editor, status="completed", pilot_of=draft)
    made["pilot"] += [a_notice("pilot", people, people.editor, asset=pilot)]
    made["minutes"] = [
        a_notice("minutes", people, people.owner, project=people.project),
        a_notice("minutes", people, ops, project=None, for_ops=True),
    ]
    made["hold"] = [a_notice("hold", people, ops, project=None, for_ops=True, data={"provider": "panjaya"})]
    made["late"] += [
        a_notice("late", people, ops, for_ops=True, data={"stuck": True}),
        a_notice("late", people, ops, for_ops=True, data={"reference": "DUB-1&2"}),
    ]
    outsider = client_of(people.outsider)
    for notice in (one for some in made.values() for one in some):
        address = reverse("notice", args=[notice.pk])
        answer = client_of(notice.recipient).get(address, follow=True)
        assert answer.status_code == 200, notice
        assert answer.redirect_chain, notice
        assert answer.redirect_chain[-1][0] != reverse("notices"), notice
        assert outsider.get(address).status_code == 404, notice


def test_staff_are_led_only_to_what_they_may_open(people: People) -> None:
    ops = make_user("ops", is_staff=True)
    ops.user_permissions.add(Permission.objects.get(codename="view_hold"))
    asset = rows.make_asset(people.project, people.editor, status="dubbing")
    stuck = a_notice("late", people, ops, asset=asset, for_ops=True, data={"stuck": True})
    browser, address = client_of(ops), reverse("notice", args=[stuck.pk])
    answer = browser.get(address, follow=True)
    assert answer.redirect_chain == [(reverse("notices"), 302)]
    assert "You do not have permission to open what this notice is about." in answer.content.decode()
    Membership.objects.create(project=people.project, user=ops, role="viewer")
    assert browser.get(address)["Location"] == reverse("asset", args=[asset.pk])


def test_people_who_may_not_judge_a_pilot_are_led_to_its_video(people: People) -> None:
    draft = rows.make_asset(people.project, people.owner, status="draft", locales=[])
    pilot = rows.make_asset(people.project, people.editor, status="completed", pilot_of=draft)
    for reader in (people.editor, people.viewer):
        notice = a_notice("pilot", people, reader, asset=pilot)
        answer = client_of(reader).get(reverse("notice", args=[notice.pk]))
        assert answer["Location"] == reverse("asset", args=[pilot.pk])


def test_the_list_costs_as_many_queries_with_thirty_rows_as_with_three(
    people: People, editor: Client, django_assert_max_num_queries: Any
) -> None:
    for count in (3, 27):
        for _ in range(count):
            asset = rows.make_asset(people.project, people.editor, status="awaiting")
            Event.objects.record(asset, Event.Kind.GIVEN_BACK, actor=people.owner, why="Too long.")
        consumer.take_events()
        with django_assert_max_num_queries(6):
            editor.get(reverse("notices"))


def test_emails_are_chosen_for_all_projects_and_for_one(people: People, editor: Client) -> None:
    editor.post(reverse("notice-choices"), {"failed": "daily", "finished": "off", "nonsense": "soon"})
    address = f"{reverse('notice-choices')}?project={people.project.pk}"
    editor.post(address, {"failed": "soon", "finished": ""})
    chosen = choices.of_people([people.editor.pk])
    assert chosen.of(people.editor.pk, "failed") == "daily"
    assert chosen.of(people.editor.pk, "failed", people.project.pk) == "soon"
    assert chosen.of(people.editor.pk, "finished", people.project.pk) == "off"
    assert "Same as for all projects (Off)" in editor.get(address).content.decode()
    assert "Separate settings" in editor.get(reverse("notice-choices")).content.decode()


def test_other_peoples_projects_have_no_email_settings(people: People) -> None:
    address = f"{reverse('notice-choices')}?project={people.project.pk}"
    for data in (None, {"failed": "soon"}):
        browser = client_of(people.outsider)
        assert (browser.post(address, data) if data else browser.get(address)).status_code == 404
    assert not NoticeChoice.objects.exists()


def test_only_ops_choose_emails_about_notices_for_ops(people: People, editor: Client) -> None:
    ops = client_of(make_user("ops", is_staff=True, is_superuser=True))
    for kind in ("Provider on hold", "Problem with the portal"):
        assert kind not in editor.get(reverse("notice-choices")).content.decode()
        assert kind in ops.get(reverse("notice-choices")).content.decode()


def test_the_link_in_an_email_stops_them_without_signing_in_once_confirmed(people: People, failed: Asset) -> None:
    link = mails.stop_link(people.editor).removeprefix("http://testserver")
    stranger = Client(enforce_csrf_checks=True)
    assert "Stop emails?" in stranger.get(link).content.decode()
    assert not NoticeChoice.objects.exists()
    answer = stranger.post(link, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert {choices.of_people([people.editor.pk]).of(people.editor.pk, kind) for kind in Notice.Kind.values} == {"off"}


def test_a_forged_link_ends_nothing(people: People) -> None:
    assert Client().post(reverse("notices-stop", args=[f"{people.editor.pk}:forged"])).status_code == 404
    assert not NoticeChoice.objects.exists()


# --- notifications of a browser -----------------------------------------------------------------------------------


def new(client: Client, **after: int) -> dict[str, Any]:
    found: dict[str, Any] = client.get(reverse("notices-new"), after).json()
    return found


def test_a_browser_gets_what_is_new_since_it_asked_last(failed: Asset, editor: Client, owner: Client) -> None:
    first = new(editor)
    assert first["notices"] == [], "what was there before is not new"
    before = Notice.objects.get()
    assert first["newest"] == before.pk
    Event.objects.record(failed, Event.Kind.STATUS, cause="sync", to="completed")
    consumer.take_events()
    shown = new(editor, after=before.pk)
    notice = Notice.objects.exclude(pk=before.pk).get()
    assert shown["newest"] == notice.pk
    (only,) = shown["notices"]
    assert (only["id"], only["title"], only["url"]) == (notice.pk, "Lighthouse", reverse("notice", args=[notice.pk]))
    assert "done" in only["text"]
    assert new(editor, after=notice.pk)["notices"] == []
    assert new(owner, after=0) == {"newest": 0, "notices": []}


def test_a_browser_is_not_shown_what_was_read_or_what_its_person_may_not_see_any_more(
    people: People, failed: Asset, editor: Client
) -> None:
    assert len(new(editor, after=0)["notices"]) == 1
    Notice.objects.mark_read()
    assert new(editor, after=0)["notices"] == []
    Notice.objects.update(read_at=None)
    Membership.objects.filter(user=people.editor).delete()
    assert new(editor, after=0) == {"newest": 0, "notices": []}
