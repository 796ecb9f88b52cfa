"""Share links: what makes one work, what ends it, and how tries are limited."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from dubbing.accounts.tokens import TooManyGuesses, digest
from dubbing.assets import archive, trash
from dubbing.delivery import deliveries
from dubbing.models import Asset, AuditEvent, Delivery, Membership, Result, ShareLink, ShareVisit
from dubbing.platform.errors import NotPossible
from dubbing.projects import projects
from dubbing.sharing import links, visits
from dubbing.sharing.links import GUESSES, PASSWORDS, NewLink
from tests.support import rows
from tests.support.people import People, make_user
from tests.support.sharing import share

pytestmark = pytest.mark.django_db

HERE, ELSEWHERE = "203.0.113.7", "198.51.100.9"


@pytest.fixture
def result(people: People) -> Result:
    return rows.make_done(people.project, people.owner)


@pytest.fixture
def delivery(people: People, result: Result) -> Delivery:
    return rows.make_delivery(people.owner, result, srt=True)


def works(token: str) -> bool:
    return links.recognise(token, HERE) is not None


def audited() -> list[str]:
    return [event.kind for event in AuditEvent.objects.order_by("pk")]


def test_a_project_has_no_share_links_until_an_owner_turns_them_on(people: People, result: Result) -> None:
    with pytest.raises(NotPossible, match="turned off"):
        links.create(people.project, people.owner, NewLink(result.version, "Harbour Films"))
    links.switch(people.project, people.owner, on=True)
    links.create(people.project, people.owner, NewLink(result.version, "Harbour Films"))


def test_only_the_hash_of_a_token_is_stored(people: People, result: Result) -> None:
    link, token = share(people.editor, result, password="salt and sea")
    link.refresh_from_db()
    stored = [str(getattr(link, field.attname)) for field in ShareLink._meta.concrete_fields]
    assert link.hash == digest(token)
    assert link.hint == token[-4:]
    assert token not in stored
    assert "salt and sea" not in stored


def test_everything_about_access_is_audited(people: People, result: Result) -> None:
    link, token = share(people.editor, result, may_download=True)
    links.switch(people.project, people.editor, on=True)  # it is on already
    ShareLink.objects.filter(pk=link.pk).revoke(people.owner)
    links.switch(people.project, people.owner, on=False)
    assert audited() == ["sharing_on", "link_created", "link_revoked", "sharing_off"]
    created = AuditEvent.objects.get(kind="link_created")
    assert created.data["rights"] == ["may_download"]
    assert token not in str(created.data)


def test_a_link_lasts_a_week_unless_more_is_chosen_and_never_more_than_ninety_days(
    people: People, result: Result
) -> None:
    link, token = share(people.editor, result)
    assert timedelta(days=6, hours=23) < link.expires_at - timezone.now() <= timedelta(days=7)
    with pytest.raises(NotPossible, match="between 1 and 90 days"):
        share(people.editor, result, days=91)
    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        assert not works(token)


def test_a_link_to_a_delivery_ends_with_the_delivery(people: People, delivery: Delivery) -> None:
    link, token = share(people.owner, delivery, days=30)
    assert link.expires_at == delivery.expires_at
    assert works(token)
    deliveries.end(delivery)
    assert not works(token)


def leave(people: People, result: Result) -> None:
    projects.remove_member(people.project, people.editor)


def become_viewer(people: People, result: Result) -> None:
    projects.set_role(people.project, people.editor, Membership.Role.VIEWER)


def deactivate(people: People, result: Result) -> None:
    people.editor.is_active = False
    people.editor.save()


def switch_off(people: People, result: Result) -> None:
    links.switch(people.project, people.owner, on=False)


def revoke(people: People, result: Result) -> None:
    ShareLink.objects.all().revoke(people.owner)


def archive_video(people: People, result: Result) -> None:
    archive.archive(result.version.dubbing.asset, people.owner)


def trash_video(people: People, result: Result) -> None:
    trash.trash(result.version.dubbing.asset, people.owner)


def move_video(people: People, result: Result) -> None:
    other = rows.make_project("Lighthouse", owner=people.owner)
    links.switch(other, people.owner, on=True)
    Asset.objects.filter(pk=result.version.dubbing.asset_id).update(project=other)


ENDINGS = [leave, become_viewer, deactivate, switch_off, revoke, archive_video, trash_video, move_video]


@pytest.mark.parametrize("end", ENDINGS)
@pytest.mark.parametrize("kind", ["version", "delivery"])
def test_a_link_works_only_while_its_maker_its_project_and_its_video_allow_it(
    people: People, result: Result, delivery: Delivery, kind: str, end: Callable[[People, Result], None]
) -> None:
    _, token = share(people.editor, result if kind == "version" else delivery)
    assert works(token)
    end(people, result)
    assert not works(token)


def test_a_link_of_somebody_who_left_does_not_work_when_they_come_back(people: People, result: Result) -> None:
    _, token = share(people.editor, result)
    projects.remove_member(people.project, people.editor)
    projects.set_role(people.project, people.editor, Membership.Role.EDITOR)
    assert not works(token)


def test_links_work_again_when_sharing_is_turned_on_again(people: People, result: Result) -> None:
    _, token = share(people.editor, result)
    links.switch(people.project, people.owner, on=False)
    links.switch(people.project, people.owner, on=True)
    assert works(token)


def test_what_cannot_be_shown_cannot_be_shared(people: People, result: Result, delivery: Delivery) -> None:
    asset = result.version.dubbing.asset
    archive.archive(asset, people.owner)
    for target, reason in ((result, "archived video"), (delivery, "archived, moved or deleted")):
        with pytest.raises(NotPossible, match=reason):
            share(people.owner, target)
    archive.unarchive(asset, people.owner)
    unfinished = rows.make_version(rows.make_dubbing(asset, "fr-FR"), status="ready")
    with pytest.raises(NotPossible, match="final video"):
        links.create(people.project, people.owner, NewLink(unfinished, "Harbour Films"))
    assert not ShareLink.objects.exists()


def test_a_project_has_so_many_links_at_a_time(people: People, result: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "MOST", 2)
    share(people.editor, result)
    share(people.editor, result)
    with pytest.raises(NotPossible, match="2 share links"):
        share(people.editor, result)
    ShareLink.objects.filter(pk=ShareLink.objects.first().pk).revoke(people.owner)  # type: ignore[union-attr]
    share(people.editor, result)


def test_guessing_finds_nothing_and_is_limited_without_locking_out_who_has_a_link(
    people: People, result: Result
) -> None:
    _, token = share(people.editor, result)
    for number in range(GUESSES.most):
        assert links.recognise(f"{number:043d}", HERE) is None
    for guess in (f"{99:043d}", "", "x", token[:-1], token + "A", token.swapcase(), "²" * 43):
        with pytest.raises(TooManyGuesses) as raised:
            links.recognise(guess, HERE)
        assert 0 < raised.value.seconds <= GUESSES.seconds
    assert works(token)
    assert links.recognise("x", ELSEWHERE) is None


def test_a_link_that_ended_counts_like_one_that_never_was(people: People, result: Result) -> None:
    _, token = share(people.editor, result)
    ShareLink.objects.all().revoke(people.owner)
    for _ in range(GUESSES.most):
        assert links.recognise(token, HERE) is None
    with pytest.raises(TooManyGuesses):
        links.recognise(token, HERE)


def test_passwords_are_limited_for_each_link_and_address(people: People, result: Result) -> None:
    link, _ = share(people.editor, result, password="salt and sea")
    other, _ = share(people.editor, result, password="sea and salt")
    for _ in range(PASSWORDS.most):
        assert not links.check_link_password(link, "wrong password", HERE)
    with pytest.raises(TooManyGuesses):
        links.check_link_password(link, "salt and sea", HERE)
    assert links.check_link_password(link, "salt and sea", ELSEWHERE)
    assert links.check_link_password(other, "sea and salt", HERE)


def test_an_address_tries_so_many_passwords_of_all_links(people: People, result: Result) -> None:
    some = [share(people.editor, result, password="salt and sea")[0] for _ in range(6)]
    for link in some[:5]:
        for _ in range(PASSWORDS.most):
            assert not links.check_link_password(link, "wrong password", HERE)
    with pytest.raises(TooManyGuesses):
        links.check_link_password(some[5], "salt and sea", HERE)
    assert links.check_link_password(some[5], "salt and sea", ELSEWHERE)


@pytest.mark.parametrize("password", ["short", "x" * 129])
def test_a_password_has_a_length(people: People, result: Result, password: str) -> None:
    with pytest.raises(NotPossible, match="at least 8"):
        share(people.editor, result, password=password)


def test_a_link_to_a_delivery_neither_takes_comments_nor_shows_a_source(people: People, delivery: Delivery) -> None:
    link, _ = share(people.owner, delivery, may_comment=True, shows_source=True, may_download=True)
    assert (link.may_comment, link.shows_source, link.may_download) == (False, False, True)


def test_editors_see_the_links_of_their_projects_and_end_their_own(people: People, result: Result) -> None:
    own, _ = share(people.editor, result)
    owners, _ = share(people.owner, result)
    stranger = make_user("stranger")
    assert set(ShareLink.objects.shown_to(people.editor)) == {own, owners}
    assert set(ShareLink.objects.revocable_by(people.editor)) == {own}
    assert set(ShareLink.objects.revocable_by(people.owner)) == {own, owners}
    for person in (people.viewer, people.outsider, stranger, people.anonymous):
        assert not ShareLink.objects.shown_to(person)
        assert not ShareLink.objects.revocable_by(person)


def test_the_same_again_is_counted_and_kept_until_the_link_ended_long_ago(people: People, result: Result) -> None:
    link, _ = share(people.editor, result)
    for address in (HERE, HERE, ELSEWHERE):
        visits.note(link, ShareVisit.Kind.OPENED, address=address)
    with time_machine.travel(timezone.now() + visits.SAME_WITHIN + timedelta(seconds=1)):
        visits.note(link, ShareVisit.Kind.OPENED, address=HERE)
    counted = list(link.visits.order_by("pk").values_list("address", "times"))
    assert counted == [(HERE, 2), (ELSEWHERE, 1), (HERE, 1)]
    visits.forget_old()
    assert link.visits.count() == 3
    with time_machine.travel(link.expires_at + visits.KEPT_FOR + timedelta(seconds=1)):
        visits.forget_old()
    assert not link.visits.exists()
