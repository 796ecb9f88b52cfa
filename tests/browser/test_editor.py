"""The subtitle editor in a real browser: typing, cutting, undoing, by mouse and by keyboard; nothing is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route, expect

from dubbing import subtitles
from dubbing.drafts import saved_drafts, subtitle_documents
from dubbing.models import Asset
from dubbing.subtitles import Cue
from tests.support import rows
from tests.support.drafts import a_draft, a_file, a_person, typed
from tests.support.media import make_film

pytestmark = [pytest.mark.walk, pytest.mark.django_db(transaction=True)]

SPANISH = ("Hola a todos", "Bienvenidos al puerto", "Adiós, mañana")
ENGLISH = ("Hello everybody", "Welcome to the harbour", "Goodbye, tomorrow")
ARABIC = ("مرحبا بكم جميعا", "أهلا بكم في الميناء", "إلى اللقاء غدا")


def srt_of(texts: tuple[str, ...]) -> str:
    return subtitles.to_srt(Cue(n * 2000, n * 2000 + 1800, text) for n, text in enumerate(texts))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("films") / "Harbour.mp4", seconds=6)


@pytest.fixture
def draft(film: Path, settings: Any) -> Asset:
    settings.PANJAYA_API_URL = "http://127.0.0.1:9"
    ada = a_person("ada")
    draft = a_draft(ada)
    texts = {"source_srt": srt_of(ENGLISH), "srt_es-ES": srt_of(SPANISH), "srt_ar-AE": srt_of(ARABIC)}
    source = str(a_file(ada, film).pk)
    saved_drafts.keep_typed(draft, typed(targets=["es-ES", "ar-AE"], source=source, **texts), ada)
    return draft


@pytest.fixture
def editor(page: Page, signed_in: Any, draft: Asset) -> Page:
    signed_in(page, draft.created_by)
    return opened(page, draft)


def opened(page: Page, draft: Asset, slot: str = "es-ES", query: str = "") -> Page:
    page.goto(f"/assets/{draft.pk}/subtitles/{slot}/edit/{query}")
    expect(page.locator("textarea.cue-text").first).to_be_visible()
    return page


def texts(page: Page) -> Locator:
    return page.locator("textarea.cue-text")


def saved(page: Page, draft: Asset, slot: str = "es-ES") -> list[Cue]:
    """The cues on the server, once the page says that they are there."""
    expect(page.locator("#save-state")).to_have_text("Saved")
    draft.refresh_from_db()
    return list(subtitles.read(subtitle_documents.text_of(draft, slot)).cues)


def texts_of(cues: list[Cue]) -> list[str]:
    return [cue.text for cue in cues]


def test_text_and_times_are_edited_saved_and_there_again_after_a_reload(editor: Page, draft: Asset) -> None:
    expect(editor.locator(".cue-source").nth(1)).to_have_text("Welcome to the harbour")
    texts(editor).nth(1).fill("Bienvenidos\nal muelle")
    editor.get_by_label("End of cue 2").fill("3,5")
    editor.get_by_label("End of cue 2").press("Enter")
    expect(editor.locator("[data-length]").nth(1)).to_have_text("1.5 s")
    cues = saved(editor, draft)
    assert (cues[1].text, cues[1].end) == ("Bienvenidos\nal muelle", 3500)
    editor.reload()
    expect(texts(editor).nth(1)).to_have_value("Bienvenidos\nal muelle")
    expect(editor.get_by_label("End of cue 2")).to_have_value("00:00:03.500")


def test_an_invalid_time_is_marked_and_the_valid_one_stays(editor: Page, draft: Asset) -> None:
    start = editor.get_by_label("Start of cue 2")
    start.fill("soon")
    start.press("Tab")
    expect(editor.locator(".cue-error")).to_contain_text("“soon” is not a time")
    expect(start).to_have_attribute("aria-invalid", "true")
    texts(editor).nth(0).fill("Hola")
    expect(editor.locator("#save-state")).to_have_text("Saved, except the times of cue 2")
    draft.refresh_from_db()
    kept = subtitles.read(subtitle_documents.text_of(draft, "es-ES")).cues
    assert (kept[0].text, kept[1].start) == ("Hola", 2000)
    start.fill("2.1")
    start.press("Enter")
    expect(editor.locator(".cue-error")).to_have_count(0)
    assert saved(editor, draft)[1].start == 2100


def test_the_keyboard_alone_cuts_joins_moves_and_undoes(editor: Page, draft: Asset) -> None:
    texts(editor).nth(0).focus()
    editor.keyboard.press("Control+Enter")
    expect(texts(editor).nth(1)).to_be_focused()
    texts(editor).nth(1).evaluate("field => field.setSelectionRange(12, 12)")
    editor.keyboard.press("Alt+s")
    expect(texts(editor)).to_have_count(4)
    expect(texts(editor).nth(2)).to_have_value("al puerto")
    expect(texts(editor).nth(2)).to_be_focused()
    editor.keyboard.press("Control+z")
    expect(texts(editor)).to_have_count(3)
    editor.keyboard.press("Control+Shift+z")
    expect(texts(editor)).to_have_count(4)
    editor.keyboard.press("Alt+m")
    expect(texts(editor).nth(2)).to_have_value("al puerto\nAdiós, mañana")
    editor.keyboard.press("Alt+ArrowUp")
    editor.keyboard.press("Alt+ArrowUp")
    editor.keyboard.press("Alt+i")
    editor.keyboard.type("Fin")
    cues = saved(editor, draft)
    assert texts_of(cues) == ["Hola a todos", "Bienvenidos", "al puerto\nAdiós, mañana", "Fin"]
    assert (cues[2].end, cues[3].start) == (5600, 5600)
    editor.keyboard.press("Alt+x")
    for _ in range(12):
        editor.keyboard.press("Control+z")
    assert texts_of(saved(editor, draft)) == list(SPANISH)


def test_typing_is_undone_in_one_go_and_not_letter_by_letter(editor: Page, draft: Asset) -> None:
    texts(editor).nth(0).press("End")
    editor.keyboard.type(" y todas")
    expect(texts(editor).nth(0)).to_have_value("Hola a todos y todas")
    editor.keyboard.press("Control+z")
    expect(texts(editor).nth(0)).to_have_value("Hola a todos")
    assert texts_of(saved(editor, draft)) == list(SPANISH)


UNDO_EVERYTHING = """async () => {
  const { makeCues } = await import("/static/js/editor/cues.js");
  const dice = (sides) => Math.floor(Math.random() * sides);
  const plain = (cues) => JSON.stringify(cues.list);
  for (let run = 0; run < 60; run += 1) {
    const rows = [...Array(dice(7))].map((_, n) => [n * 1000, n * 1000 + 900, `some text ${n}`]);
    const cues = makeCues(rows, { unfilled: "[…]", most: 40 });
    const mirror = [...cues.list];
    cues.onChange(({ at, out, back }) => mirror.splice(at, out.length, ...back));
    const before = plain(cues);
    for (let n = 0; n < 40; n += 1) {
      const cue = cues.list[dice(cues.list.length)] || { id: 0, start: 0, end: 900, text: "" };
      [
        () => cues.change(cue.id, { text: `t${dice(99)}` }, dice(2) ? `text-${cue.id}` : ""),
        () => cues.change(cue.id, { start: cue.start + dice(300) - 150, end: cue.end + dice(300) - 150 }, "nudge"),
        () => cues.split(cue.id, dice(2) ? dice(cue.text.length) : null, dice(2) ? cue.start + dice(900) : null),
        () => cues.merge(cue.id),
        () => cues.insertAfter(cue.id, dice(5000)),
        () => cues.remove(cue.id),
        () => cues.undo(),
        () => cues.redo(),
        () => cues.replaceAll(cues.list.filter(() => dice(5)).map((one) => [one.start, one.end, one.text])),
      ][dice(9)]();
      if (cues.list.some((one) => one.end <= one.start || one.start < 0)) return "a cue without a length";
      if (JSON.stringify(mirror) !== plain(cues)) return "the page would show something else";
    }
    while (cues.canRedo) cues.redo();
    const after = plain(cues);
    while (cues.canUndo) cues.undo();
    if (plain(cues) !== before) return "not everything was undone";
    while (cues.canRedo) cues.redo();
    if (plain(cues) !== after) return "not everything was done again";
  }
  return "";
}"""


def test_whatever_is_done_in_whatever_order_is_undone_and_done_again(editor: Page) -> None:
    assert editor.evaluate(UNDO_EVERYTHING) == ""


def test_find_and_replace_by_word_one_by_one_and_all(editor: Page, draft: Asset) -> None:
    texts(editor).nth(2).fill("a la a. A casa")
    editor.keyboard.press("Control+f")
    editor.keyboard.type("a")
    editor.get_by_label("Whole word").check()
    count = editor.locator("[data-find-count]")
    expect(count).to_have_text("4 found")
    editor.get_by_label("Match case").check()
    expect(count).to_have_text("3 found")
    editor.get_by_label("Replace with").fill("á")
    texts(editor).nth(0).focus()
    editor.get_by_label("Find", exact=True).press("Enter")
    expect(count).to_have_text("1 of 3")
    editor.get_by_role("button", name="Replace", exact=True).click()
    expect(texts(editor).nth(0)).to_have_value("Hola á todos")
    editor.get_by_role("button", name="Replace all").click()
    expect(count).to_have_text("2 replaced")
    assert texts_of(saved(editor, draft))[2] == "á la á. A casa"
    editor.get_by_label("Find", exact=True).press("Escape")
    editor.keyboard.press("Control+z")
    expect(texts(editor).nth(2)).to_have_value("a la a. A casa")
    expect(texts(editor).nth(0)).to_have_value("Hola á todos")


def test_what_could_not_be_saved_is_offered_when_the_page_is_opened_again(
    editor: Page, draft: Asset, signed_in: Any, console: list[str]
) -> None:
    editor.context.clear_cookies()  # signed out, in the middle of a sentence
    texts(editor).nth(0).fill("Nunca perdido")
    expect(editor.locator("#save-state")).to_contain_text("Not saved")
    editor.on("dialog", lambda dialog: dialog.accept())
    editor.context.set_offline(True)  # else a last try on leaving may come through once somebody is signed in again
    editor.goto("about:blank")
    editor.context.set_offline(False)
    signed_in(editor, draft.created_by)
    opened(editor, draft)
    expect(texts(editor).nth(0)).to_have_value("Hola a todos")
    editor.get_by_role("button", name="Restore changes").click()
    expect(texts(editor).nth(0)).to_have_value("Nunca perdido")
    assert texts_of(saved(editor, draft))[0] == "Nunca perdido"
    editor.reload()
    expect(texts(editor).nth(0)).to_have_value("Nunca perdido")
    expect(editor.locator("[data-left]")).to_be_hidden()
    assert [said for said in console if "Failed to load resource" not in said] == []
    console.clear()


def test_an_answer_that_got_lost_is_no_conflict(editor: Page, draft: Asset, console: list[str]) -> None:
    lost: list[bool] = []

    def lose_the_answer(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(True)
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    editor.route("**/cues/", lose_the_answer)
    texts(editor).nth(0).fill("Uno")
    expect(editor.locator("#save-state")).to_have_text("Not saved, trying again")
    texts(editor).nth(0).fill("Uno y dos")
    assert texts_of(saved(editor, draft))[0] == "Uno y dos"
    expect(editor.locator("[data-conflict]")).to_be_hidden()
    assert lost
    # The server cannot know whose text it has; the page knows its own again.
    assert [said for said in console if "ERR_CONNECTION_RESET" not in said and "409" not in said] == []
    console.clear()


def test_two_windows_never_write_over_each_other(editor: Page, draft: Asset, console: list[str]) -> None:
    other = opened(editor.context.new_page(), draft)
    texts(other).nth(0).fill("De la otra ventana")
    saved(other, draft)
    texts(editor).nth(2).fill("De esta ventana")
    expect(editor.locator("[data-conflict]")).to_be_visible()
    editor.get_by_role("button", name="Use other version").click()
    expect(texts(editor).nth(0)).to_have_value("De la otra ventana")
    expect(texts(editor).nth(2)).to_have_value("Adiós, mañana")
    editor.keyboard.press("Control+z")
    expect(texts(editor).nth(2)).to_have_value("De esta ventana")
    assert texts_of(saved(editor, draft)) == ["Hola a todos", "Bienvenidos al puerto", "De esta ventana"]
    assert [said for said in console if "409" not in said] == []
    console.clear()


def test_the_video_shows_the_text_while_it_is_typed_and_sets_times(editor: Page, draft: Asset) -> None:
    editor.locator("[data-editor-video]").evaluate(
        "film => new Promise(done => { film.onseeked = done; film.currentTime = 2.5 })"
    )
    expect(editor.locator(".cue.is-on textarea")).to_have_value("Bienvenidos al puerto")
    texts(editor).nth(1).fill("Bienvenidos <i>a bordo</i>")
    expect(editor.locator("[data-caption] i")).to_have_text("a bordo")
    editor.keyboard.press("Alt+BracketLeft")
    expect(editor.get_by_label("Start of cue 2")).to_have_value("00:00:02.500")
    editor.keyboard.press("Alt+Enter")
    expect(editor.locator("[data-editor-video]")).to_have_js_property("paused", False)
    # It stops by itself where the cue ends.
    expect(editor.locator("[data-editor-video]")).to_have_js_property("paused", True)
    assert 3.6 < editor.locator("[data-editor-video]").evaluate("film => film.currentTime") < 4.0


def test_findings_are_beside_their_cue_and_are_fixed_with_one_click(editor: Page, draft: Asset) -> None:
    editor.get_by_label("End of cue 1").fill("2.5")
    editor.get_by_label("End of cue 1").press("Enter")
    finding = editor.locator(".cue").nth(1).locator(".finding", has_text="Starts before cue 1 ends")
    expect(finding).to_be_visible()
    finding.get_by_role("button").click()
    expect(editor.get_by_label("End of cue 1")).to_have_value("00:00:02.000")
    expect(finding).to_have_count(0)
    assert saved(editor, draft)[0].end == 2000


def test_arabic_is_written_from_right_to_left(editor: Page, draft: Asset) -> None:
    page = opened(editor, draft, "ar-AE")
    first = texts(page).nth(0)
    expect(first).to_have_css("direction", "rtl")
    expect(page.locator(".cue-source").nth(0)).to_have_css("direction", "ltr")
    expect(page.get_by_label("Start of cue 1")).to_have_css("direction", "ltr")
    first.press("End")
    page.keyboard.type(" وسهلا")
    expect(page.locator("[data-caption]")).to_have_text("مرحبا بكم جميعا وسهلا")
    expect(page.locator("[data-caption]")).to_have_css("direction", "rtl")
    assert texts_of(saved(page, draft, "ar-AE"))[0] == "مرحبا بكم جميعا وسهلا"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_accessible(editor: Page, draft: Asset, theme: str, width: int) -> None:
    editor.evaluate("theme => document.dispatchEvent(new CustomEvent('theme:choose', { detail: theme }))", theme)
    editor.set_viewport_size({"width": width, "height": 800})
    editor.get_by_label("End of cue 1").fill("2.5")
    editor.get_by_label("End of cue 1").press("Enter")
    expect(editor.locator(".finding").first).to_be_visible()
    editor.get_by_label("Start of cue 3").fill("never")
    editor.get_by_label("Start of cue 3").press("Tab")
    editor.keyboard.press("Control+f")
    found = Axe().run(editor)
    assert found.violations_count == 0, found.generate_report()
    assert editor.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_plain_text_views_are_accessible_too(editor: Page, draft: Asset) -> None:
    sent = rows.make_done(draft.project, draft.created_by, srt=srt_of(SPANISH)).version.dubbing.asset
    saved_drafts.keep_typed(draft, {"source_srt": "Hello everybody."}, draft.created_by)
    for address in (f"{sent.pk}/subtitles/es-ES", f"{draft.pk}/subtitles/source", f"{draft.pk}/subtitles/fr-FR"):
        editor.goto(f"/assets/{address}/edit/")
        expect(editor.locator(".editor-main")).to_be_visible()
        found = Axe().run(editor)
        assert found.violations_count == 0, found.generate_report()


def test_the_asset_page_left_open_does_not_put_an_old_text_back(editor: Page, draft: Asset) -> None:
    form = editor.context.new_page()
    form.goto(f"/assets/{draft.pk}/edit/")
    texts(editor).nth(0).fill("Del editor")
    saved(editor, draft)
    form.locator("#id_name").fill("Otro nombre")
    expect(form.locator("#save-state")).to_have_text("Saved")
    draft.refresh_from_db()
    assert draft.name == "Otro nombre"
    assert texts_of(list(subtitles.read(subtitle_documents.text_of(draft, "es-ES")).cues))[0] == "Del editor"
