"""The main job in real processes, against a provider that decides everything unsaid differently."""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import av
import pytest

from tests.support.portal import Portal
from tests.witness.process import WitnessProcess

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("witness"), pytest.mark.timeout(540)]
DUB = ("--project", "Sample project", "--user", "owner", "--from", "en-US")
SRT = "1\n00:00:00,600 --> 00:00:01,500\nBuenos días, ¿qué tal?\n\n2\n00:00:01,600 --> 00:00:02,900\nHasta luego.\n"


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


@pytest.fixture
def served(film: Path) -> Iterator[str]:
    """The film's folder on the web."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Files, directory=str(film.parent)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def dub(portal: Portal, *arguments: str, status: int = 0) -> dict[str, Any]:
    """Run the command; what it printed."""
    done = portal.manage("dub", *arguments, *DUB, "--json", check=False)
    assert done.returncode == status, f"{done.returncode}\n{done.stdout}\n{done.stderr}\n{portal.logs()}"
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def seconds(path: Path) -> float:
    """How long it plays, picture by picture."""
    with av.open(str(path)) as film:
        return max(float(frame.time or 0) for frame in film.decode(video=0))


def test_the_main_job_with_a_trim_two_languages_and_subtitles_when_no_callback_ever_comes(
    undisturbed: WitnessProcess, idle: Portal, film: Path, tmp_path: Path
) -> None:
    undisturbed.mode(callbacks="none")
    srt = tmp_path / "es.srt"
    srt.write_text(SRT)
    wanted = ("--to", f"es-ES={srt}", "--to", "fr-FR", "--start", "0.5", "--end", "3", "--speakers", "2")
    found = dub(idle, str(film), *wanted, "--wait", "--timeout", "60", "--out", str(tmp_path / "out"))
    assert found["asset"]["status"] == "completed"
    assert {result["locale"] for result in found["results"]} == {"es-ES", "fr-FR"}
    assert all(seconds(Path(result["path"])) == pytest.approx(2.7, abs=0.15) for result in found["results"])
    seen = undisturbed.seen()
    order = seen["assets"][0]["order"]
    spanish, french = order["languages"]
    assert (spanish["locale"], spanish["srt"].strip(), french) == ("es-ES", SRT.strip(), {"locale": "fr-FR"})
    assert (order["start_time"], order["end_time"], order["speakers_count"]) == (0.5, 3, 2)
    assert order["name"].startswith("[DUB-")
    assert seen["counts"] == {**seen["counts"], "upload": 1, "created": 1, "downloads": 2}
    assert not [what for what in seen["counts"] if what.startswith(("refused", "elsewhere"))]


def test_the_main_job_by_link(undisturbed: WitnessProcess, idle: Portal, served: str) -> None:
    undisturbed.mode(empty_looks=0, work=0.0)
    link = f"{served}/harbour%20tour.mp4"
    found = dub(idle, link, "--to", "de-DE", "--wait", "--timeout", "60")
    assert found["asset"]["status"] == "completed"
    assert found["asset"]["name"] == "harbour tour"
    assert undisturbed.seen()["counts"]["created"] == 1


def test_callbacks_backwards_and_twice_lead_to_one_kept_result(
    witness: WitnessProcess, running: Portal, film: Path
) -> None:
    witness.mode(empty_looks=0)
    found = dub(running, str(film), "--to", "es-MX", "--to", "ja-JP")
    seen = witness.wait("told", 10)
    assert {status for _, status in seen["told"]} == {204}
    asset = f"m.Asset.objects.get(pk={found['asset']['id']})"
    kept = f"m.Result.objects.filter(version__dubbing__asset={asset}).count()"
    done = f"{asset}.status == 'completed' and [{kept}, {asset}.submissions.count()]"
    assert running.wait_until(done, seconds=120) == [2, 1]


def test_callbacks_that_come_before_the_answer_bind_the_asset(
    witness: WitnessProcess, running: Portal, film: Path
) -> None:
    witness.mode(callbacks="before", empty_looks=0, work=0.0)
    found = dub(running, str(film), "--to", "pt-BR")
    pk = found["asset"]["id"]
    running.wait_until(f"m.Asset.objects.get(pk={pk}).status == 'completed'", seconds=120)
    seen = witness.seen()
    assert {status for _, status in seen["told"]} == {204}
    assert seen["counts"]["created"] == 1


def test_an_answer_that_was_lost_is_found_by_its_callback(witness: WitnessProcess, running: Portal, film: Path) -> None:
    witness.mode(lose_answers=1, work=0.5, empty_looks=0)
    found = dub(running, str(film), "--to", "ko-KR", status=4)
    witness.wait("downloads", 1)
    asset = f"m.Asset.objects.get(pk={found['asset']['id']})"
    told = f"list({asset}.events.filter(kind='accepted').values_list('cause', flat=True))"
    assert running.wait_until(f"{asset}.status == 'completed' and {told}", seconds=120) == ["callback"]
    assert witness.seen()["counts"]["created"] == 1
