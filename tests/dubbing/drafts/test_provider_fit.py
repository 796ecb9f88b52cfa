"""A draft that changes its provider: what is of no use is put aside, named, and comes back."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from dubbing.drafts import creation, provider_fit, saved_drafts
from dubbing.models import Asset
from dubbing.platform.errors import NotPossible
from dubbing.submissions import submit
from dubbing.web.asset_form.form import AssetForm
from dubbing.web.asset_form.page import DraftPage
from dubbing.web.shared import provider_limits
from tests.support import rows
from tests.support.drafts import SRT, a_draft, a_person, a_row, typed

pytestmark = pytest.mark.django_db
FULL = typed(
    start="1", end="9.5", speakers="2", targets=["es-ES", "bg-BG"], auto_generate="with_lips", **{"srt_es-ES": SRT}
)


@pytest.fixture(autouse=True)
def providers(settings: Any) -> None:
    settings.PANJAYA_API_URL, settings.PANJAYA_API_KEY = "https://api.panjaya.ai", "key"
    settings.MODELSLAB_API_URL, settings.MODELSLAB_API_KEY = "https://modelslab.com/api/v6", "key"
    settings.VOICECHANGER_API_URL, settings.VOICECHANGER_API_KEY = "https://api.voicechanger.example", "key"
    settings.PORTAL_URL = "https://portal.example.com"


@pytest.fixture
def ada() -> User:
    return a_person("ada")


@pytest.fixture
def draft(ada: User) -> Asset:
    draft = a_draft(ada)
    saved_drafts.keep_typed(draft, FULL | {"source": str(a_row(ada).pk)}, ada)
    return draft


def page_of(draft: Asset) -> DraftPage:
    return DraftPage(AssetForm(saved_drafts.read_draft(draft), asset=draft, user=draft.created_by))


def test_what_does_not_apply_is_named_and_comes_back(draft: Asset, ada: User) -> None:
    before = saved_drafts.read_draft(draft).stored()
    saved_drafts.choose_provider(draft, "modelslab")
    assert page_of(draft).left_out == (
        "ModelsLab does not support trim, number of speakers, subtitles or lip sync, so these settings are not sent. "
        "ModelsLab does not dub into Bulgarian (Bulgaria)."
    )
    assert saved_drafts.read_draft(draft).stored()["targets"] == ["es-ES"]
    saved_drafts.keep_typed(draft, {"targets_shown": "1", "targets": ["es-ES"], "seed": "7"}, ada)
    saved_drafts.choose_provider(draft, "panjaya")
    after = saved_drafts.read_draft(draft).stored()
    assert {name: after[name] for name in FULL} == {name: before[name] for name in FULL}
    assert page_of(draft).left_out == "Panjaya does not support choice of voice, so these settings are not sent."


def test_what_was_left_out_is_not_sent(draft: Asset, ada: User) -> None:
    saved_drafts.choose_provider(draft, "modelslab")
    saved_drafts.keep_typed(draft, {"voice_id": " madison ", "speed": "1,25", "seed": "0", "voice_model": ""}, ada)
    page = page_of(draft)
    assert page.form.is_valid(), page.form.errors
    fields = page.form.asset_fields()
    assert (fields.start, fields.end, fields.speakers, fields.auto_generate) == (None, None, None, "no_lips")
    assert [(target.locale, target.srt) for target in fields.targets] == [("es-ES", "")]
    assert fields.options == {"voice_id": "madison", "speed": 1.25, "seed": 0}
    assert [one.locale for one in submit.submit(draft, fields, ada)] == ["es-ES"]


def test_a_late_tab_with_the_old_form_puts_nothing_in_the_way(draft: Asset, ada: User) -> None:
    saved_drafts.choose_provider(draft, "modelslab")
    saved_drafts.keep_typed(draft, {"start": "2", "source_locale": "en-US"}, ada)
    assert page_of(draft).form.is_valid()
    saved_drafts.choose_provider(draft, "panjaya")
    assert saved_drafts.read_draft(draft).stored()["start"] == "2"


def test_a_source_language_that_another_provider_lacks_is_named(draft: Asset, ada: User) -> None:
    saved_drafts.choose_provider(draft, "modelslab")
    saved_drafts.keep_typed(draft, {"source_locale": "af-ZA"}, ada)
    saved_drafts.choose_provider(draft, "panjaya")
    assert "Panjaya does not dub from Afrikaans (South Africa)" in page_of(draft).left_out
    assert "Choose the language spoken in the video." in page_of(draft).missing


def test_a_link_is_no_source_for_a_provider_that_accepts_only_files(ada: User) -> None:
    draft = a_draft(ada)
    saved_drafts.keep_typed(draft, typed(source_from="url", media_url="https://example.com/film.mp4"), ada)
    saved_drafts.choose_provider(draft, "voicechanger")
    assert (
        "VoiceChangerAPI does not support lip sync or links, so these settings are not sent." in page_of(draft).left_out
    )
    assert page_of(draft).missing == ["Choose a video file."]
    assert [option.value for option in page_of(draft).source_from()] == ["file"]


def test_only_a_draft_changes_its_provider_and_only_to_a_configured_one(draft: Asset, settings: Any) -> None:
    settings.VOICECHANGER_API_KEY = ""
    for name in ("voicechanger", "nobody", ""):
        with pytest.raises(NotPossible, match="from the list"):
            saved_drafts.choose_provider(draft, name)
    Asset.objects.filter(pk=draft.pk).update(status="refused")
    with pytest.raises(NotPossible, match="already sent"):
        saved_drafts.choose_provider(draft, "modelslab")


def test_a_provider_that_is_not_configured_any_more_has_to_be_replaced(draft: Asset, settings: Any) -> None:
    settings.PANJAYA_API_KEY = ""
    page = page_of(draft)
    assert [name for name, _ in page.providers()] == ["panjaya", "modelslab", "voicechanger"]
    assert "Panjaya is no longer configured" in str(page.form.non_field_errors())
    settings.MODELSLAB_API_KEY = settings.VOICECHANGER_API_KEY = ""
    settings.PANJAYA_API_KEY = "key"
    assert page_of(draft).providers() == []


def test_new_drafts_have_the_project_s_provider_while_it_is_configured(ada: User, settings: Any) -> None:
    project = rows.make_project("Films", owner=ada)
    project.provider = "voicechanger"
    assert creation.create_draft(project, ada).provider == "voicechanger"
    settings.VOICECHANGER_API_KEY = ""
    assert creation.create_draft(project, ada).provider == "panjaya"


def test_an_upload_needs_a_public_portal_where_the_provider_fetches_it(draft: Asset, settings: Any) -> None:
    saved_drafts.choose_provider(draft, "modelslab")
    settings.PORTAL_URL = "http://localhost:8000"
    said = str(page_of(draft).form.errors["source"])
    assert "no public https address" in said
    assert "PORTAL_URL" in said
    settings.MODELSLAB_API_URL = "http://127.0.0.1:8010/modelslab/api/v6"
    assert "source" not in page_of(draft).form.errors


def test_the_command_line_refuses_what_the_provider_cannot_do(draft: Asset, ada: User) -> None:
    draft.provider = "modelslab"
    form = AssetForm(FULL | {"source": a_row(ada)}, asset=draft, user=ada, strict=True)
    assert not form.is_valid()
    assert "ModelsLab does not support trim. Remove start and end." in form.non_field_errors()
    assert "ModelsLab does not support lip sync. Remove auto_generate with_lips." in form.non_field_errors()
    assert "targets" in form.errors
    plain = typed(source=a_row(ada), targets=["es-ES"], start="", voice_id="madison")
    assert AssetForm(plain, asset=draft, user=ada, strict=True).is_valid()
    draft.provider = "panjaya"
    form = AssetForm(plain, asset=draft, user=ada, strict=True)
    assert form.non_field_errors() == [
        "Panjaya does not support choice of voice. Remove voice_id, voice_model, speed and seed."
    ]


def test_limits_are_one_sentence_from_capabilities() -> None:
    assert provider_limits.limits("panjaya") == ""
    assert provider_limits.limits("voicechanger").startswith(
        "VoiceChangerAPI dubs each language separately and does not support links, trim,"
    )
    assert provider_limits.limits("modelslab").endswith("background sound or studio editing.")
    assert not provider_fit.LeftOut()


def test_another_provider_gets_a_draft_of_the_same(ada: User, draft: Asset) -> None:
    asset = rows.make_asset(
        draft.project, ada, status="completed", locales=["es-ES", "bg-BG"], with_source=True, start=1.0, end=9.5
    )
    copy = saved_drafts.try_with(asset, "modelslab", ada)
    assert (copy.provider, copy.source, copy.copied_from, copy.status) == ("modelslab", asset.source, asset, "draft")
    assert "does not support trim" in page_of(copy).left_out
    assert saved_drafts.read_draft(copy).stored()["targets"] == ["es-ES"]
    for name in (asset.provider, "nobody"):
        with pytest.raises(NotPossible):
            saved_drafts.try_with(asset, name, ada)
    assert Asset.objects.filter(copied_from=asset).count() == 1
