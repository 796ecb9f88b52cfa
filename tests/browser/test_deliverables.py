"""Files that the portal puts together play in a real browser, with their sound."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from dubbing import media
from dubbing.media import SoundTrack, SubtitleTrack

pytestmark = pytest.mark.long

PLAY = """async (input) => {
  const player = document.createElement("video");
  player.src = URL.createObjectURL(input.files[0]);
  document.body.append(player);
  await player.play();
  await new Promise((resolve) => player.addEventListener("timeupdate", () => player.currentTime > 0.5 && resolve()));
  return { length: player.duration, sound: player.webkitAudioDecodedByteCount, width: player.videoWidth };
}"""


def test_videos_with_all_languages_and_sound_by_itself_play(browser: Browser, samples: Path, tmp_path: Path) -> None:
    film, whole = samples / "sample.mp4", tmp_path / "whole.mp4"
    sounds = [SoundTrack(str(film), code, code, is_default=code == "eng") for code in ("eng", "spa", "fra")]
    subtitles = [SubtitleTrack("spa", "Spanish", [(300, 1900, "Hola")])]
    assert media.write_multitrack(film, whole, sounds=sounds, subtitles=subtitles, tags={}, duration=12.0, most=10**8)
    files = {whole: 1280}
    for form in ("m4a", "wav"):
        files[tmp_path / f"sound.{form}"] = 0
        assert media.write_sound(film, tmp_path / f"sound.{form}", form=form, duration=12.0, tags={})
    page = browser.new_page()
    page.set_content("<input type='file'>")
    for path, width in files.items():
        page.locator("input").set_input_files(path)
        played = page.locator("input").evaluate(PLAY)
        assert played["length"] == pytest.approx(12.0, abs=0.1), path.name
        assert (played["width"], played["sound"] > 0) == (width, True), path.name
    page.close()
