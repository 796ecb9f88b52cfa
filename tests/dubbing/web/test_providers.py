"""Languages that are jobs of their own, and providers beside one another."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dubbing.models import Asset, Hold, Project, Submission
from tests.support import rows
from tests.support.people import People

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def providers(settings: Any) -> None:
    settings.PANJAYA_API_URL, settings.PANJAYA_API_KEY = "https://api.panjaya.ai", "key"
    settings.MODELSLAB_API_URL, settings.MODELSLAB_API_KEY = "https://modelslab.com/api/v6", "key"
    settings.VOICECHANGER_API_URL, settings.VOICECHANGER_API_KEY = "https://api.voicechanger.example", "key"


@pytest.fixture
def mixed(people: People) -> Asset:
    """One language being sent, one lost, one waiting, one refused, one a placeholder, one done."""
    asset = rows.make_asset(
        people.project, people.owner, status="dubbing", locales=[], with_source=True, provider="voicechanger"
    )
    Asset.objects.filter(pk=asset.pk).update(remote_id="")
    job(asset, "fr-FR", "pending", "sending", sent_bytes=1024)
    job(asset, "de-DE", "pending", "unknown")
    job(asset, "it-IT", "pending", "ready")
    job(asset, "hi-IN", "failed", "refused", error_code="refused")
    job(asset, "ja-JP", "failed", "accepted", error_code="placeholder")
    job(asset, "es-ES", "completed", "accepted")
    return asset


def job(asset: Asset, locale: str, status: str, sent: str, *, error_code: str = "", **fields: Any) -> Submission:
    rows.make_dubbing(asset, locale, status=status, error_code=error_code)
    remote_id = f"job-{locale}" if sent == "accepted" else ""
    return rows.make_submission(asset, status=sent, locale=locale, locales=[locale], remote_id=remote_id, **fields)


def looks(client: Client, asset: Asset) -> dict[str, tuple[str, str]]:
    page = client.get(f"/assets/{asset.pk}/").context["page"]
    return {one.dubbing.locale: (one.state.word, one.text) for one in page.languages}


def test_each_language_shows_the_status_of_its_own_request(owner: Client, mixed: Asset) -> None:
    found = looks(owner, mixed)
    assert found["fr-FR"] == ("Sending", "Sending to VoiceChangerAPI: 1.0 kB of 2.0 kB.")
    assert found["de-DE"][0] == "Unconfirmed"
    assert found["it-IT"] == ("Not sent yet", "It is sent next.")
    assert found["hi-IN"][0] == "Refused"
    assert found["ja-JP"] == ("Placeholder", "Completed, but the provider returned the source video.")
    assert found["es-ES"][0] == "Done"
    html = owner.get(f"/assets/{mixed.pk}/").content.decode()
    assert "Completed, but the provider returned a placeholder." in html
    assert html.count("We sent the request, but the answer was lost.") == 1
    assert "VoiceChangerAPI has accepted 3 languages. 3 more are not confirmed yet" in html
    assert 'aria-label="Bytes sent for French (France)"' in html
    Hold.objects.put("voicechanger", Hold.Reason.DOWN, "nothing there")
    held = "VoiceChangerAPI is not accepting requests right now. No action needed: it is sent automatically."
    assert looks(owner, mixed)["it-IT"] == ("On hold", held)


def test_the_missing_ones_are_sent_and_no_others(
    owner: Client, viewer: Client, people: People, wake_ups: Any, committed: Any
) -> None:
    asset = rows.make_asset(people.project, people.owner, status="partly_done", locales=[], provider="modelslab")
    job(asset, "es-ES", "completed", "accepted")
    job(asset, "fr-FR", "failed", "accepted", error_code="processing_failed")
    html = owner.get(f"/assets/{asset.pk}/").content.decode()
    assert "Send the missing language" in html
    assert "Send 1 language to ModelsLab again?" in html
    assert "send-missing" not in viewer.get(f"/assets/{asset.pk}/").content.decode()
    with committed():
        owner.post(f"/assets/{asset.pk}/send-missing/")
    sent = asset.submissions.get(status="ready")
    assert sent.locale == "fr-FR"
    assert ("submit", sent.pk) in wake_ups
    owner.post(f"/assets/{asset.pk}/send-missing/")
    assert asset.submissions.count() == 3


def test_minutes_and_time_are_those_of_accepted_requests(owner: Client, people: People) -> None:
    asset = rows.make_asset(
        people.project, people.owner, status="partly_done", locales=[], provider="modelslab", with_source=True
    )
    job(asset, "es-ES", "completed", "accepted")
    job(asset, "fr-FR", "failed", "refused", error_code="refused")
    began = timezone.now()
    Asset.objects.filter(pk=asset.pk).update(submitted_at=began, finished_at=began + timedelta(seconds=252))
    page = owner.get(f"/assets/{asset.pk}/").context["page"]
    assert (page.taken, page.spent) == (252.0, 60.0)


def test_the_owner_chooses_the_provider_of_new_assets(owner: Client, people: People) -> None:
    settings_page = f"/projects/{people.project.pk}/settings/"
    assert "Provider for new videos" in owner.get(settings_page).content.decode()
    for name in ("modelslab", "nobody"):
        assert owner.post(f"/projects/{people.project.pk}/provider/", {"provider": name}).status_code == 302
        assert Project.objects.get(pk=people.project.pk).provider == "modelslab"


def test_a_draft_is_saved_with_the_choice(owner: Client, people: People) -> None:
    draft = rows.make_asset(people.project, people.owner, status="draft", locales=[])
    data = {"action": "provider", "provider": "voicechanger", "name": "Typed just now", "start": "1"}
    answer = owner.post(f"/assets/{draft.pk}/edit/", data, follow=True)
    draft.refresh_from_db()
    assert (draft.provider, draft.name) == ("voicechanger", "Typed just now")
    assert "VoiceChangerAPI does not support trim" in answer.content.decode()


def test_with_one_provider_there_is_nothing_to_choose(owner: Client, people: People, settings: Any) -> None:
    settings.MODELSLAB_API_KEY = settings.VOICECHANGER_API_KEY = ""
    draft = rows.make_asset(people.project, people.owner, status="draft", locales=[])
    assert "id_provider" not in owner.get(f"/assets/{draft.pk}/edit/").content.decode()
    assert "project-provider-hint" not in owner.get(f"/projects/{people.project.pk}/settings/").content.decode()


def test_takes_of_one_source_are_compared_language_by_language(owner: Client, viewer: Client, people: People) -> None:
    first = rows.make_done(people.project, people.owner).version.dubbing.asset
    second = owner.post(f"/assets/{first.pk}/try-with/", {"provider": "modelslab"})
    copy = Asset.objects.get(copied_from=first)
    assert second["Location"] == f"/assets/{copy.pk}/edit/"
    assert "Nothing to compare" not in viewer.get(f"/assets/{first.pk}/compare/").content.decode()
    done = {"status": "completed", "finished_at": timezone.now(), "submitted_at": timezone.now()}
    Asset.objects.filter(pk=copy.pk).update(**done)
    rows.make_result(rows.make_version(copy.dubbings.get()))
    rows.make_result(rows.make_version(rows.make_dubbing(copy, "fr-FR", status="completed")))
    page = viewer.get(f"/assets/{copy.pk}/compare/?listen=2").context["page"]
    assert [(take.key, take.title) for take in page.takes] == [(1, "Panjaya"), (2, "ModelsLab")]
    assert (page.locale, page.audible_key, page.languages) == ("es-ES", 2, [("fr-FR", 1), ("es-ES", 2)])
    french = viewer.get(f"/assets/{first.pk}/compare/?locale=fr-FR&listen=9²")
    assert [take.title for take in french.context["page"].takes] == ["ModelsLab"]
    assert french.context["page"].audible_key == 1
    assert [one.asset.pk for one in french.context["page"].others] == [first.pk]


def test_comparing_takes_the_same_number_of_queries_for_any_number(
    viewer: Client, people: People, django_assert_max_num_queries: Any
) -> None:
    first = rows.make_done(people.project, people.owner).version.dubbing.asset
    for _ in range(4):
        copy = rows.make_asset(people.project, people.owner, status="completed", locales=[], source=first.source)
        rows.make_result(rows.make_version(rows.make_dubbing(copy, status="completed")))
    with django_assert_max_num_queries(13):
        page = viewer.get(f"/assets/{first.pk}/compare/").context["page"]
    assert [take.title for take in page.takes] == [f"Panjaya {number}" for number in range(1, 6)]
