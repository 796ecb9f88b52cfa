"""The stand-in for ModelsLab, through real HTTP."""

import json
from pathlib import Path
from typing import Any

import av
import httpx
import pytest

from tests.sandbox.conftest import Listener, eventually
from tests.sandbox.sound import lengths, loudness, pitch
from tests.support.plain_http import plain_http
from tests.support.sandbox import SandboxProcess


class Lab:
    """A few words for talking to it."""

    def __init__(self, process: SandboxProcess, films: str) -> None:
        self.process, self.films = process, films

    def post(self, path: str, **body: Any) -> httpx.Response:
        """Any call, with the key."""
        return self.process.http.post(f"/modelslab/api/v6{path}", json={"key": self.process.api_key} | body)

    def create(self, film: str = "speech.mp4", **changes: Any) -> httpx.Response:
        """A valid create_dubbing, or one with changes."""
        body = {"init_video": f"{self.films}/{film}", "output_lang": "es", "source_lang": "en"} | changes
        return self.post("/voice/create_dubbing", **body)

    def fetch(self, number: Any) -> dict[str, Any]:
        """How a job stands."""
        answer: dict[str, Any] = self.post(f"/voice/fetch/{number}").json()
        return answer

    def wait(self, created: httpx.Response, status: str = "success") -> dict[str, Any]:
        """Fetch until there is a status."""
        number = created.json()["id"]
        eventually(lambda: self.fetch(number)["status"] == status, f"never {status}")
        return self.fetch(number)

    def film(self, folder: Path, **changes: Any) -> Path:
        """A finished film, downloaded."""
        created = self.create(**changes)
        path = folder / f"{created.json()['id']}.mp4"
        path.write_bytes(plain_http.get(self.wait(created)["output"][0]).content)
        return path

    def turn(self, **switches: Any) -> None:
        """Turn switches."""
        self.process.control("modelslab", **switches)


@pytest.fixture
def lab(sandbox: SandboxProcess, film_server: str) -> Lab:
    """Somebody who uses it."""
    return Lab(sandbox, film_server)


@pytest.mark.parametrize("key", [{"key": "wrong"}, {"key": ""}, {"key": None}, {"key": 7}], ids=str)
def test_a_wrong_key_is_401(lab: Lab, key: dict[str, Any]) -> None:
    answer = lab.create(**key)
    assert (answer.status_code, answer.json()["status"]) == (401, "error")
    assert lab.process.ledger() == []


@pytest.mark.parametrize(
    "change",
    [
        {"output_lang": "pt"},
        {"output_lang": "es-ES"},
        {"source_lang": "en-US"},
        {"source_lang": None},
        {"init_video": "no address"},
        {"speed": "1.0"},
        {"speed": 3},
        {"track_id": "7"},
        {"seed": None},
        {"base64": True},
        {"base64": 0},
        {"file_prefix": "a/b"},
        {"webhook": "http://example.org/hook"},
        {"num_speakers": 2},
    ],
    ids=str,
)
def test_wrong_input_is_an_error_as_http_200_or_400(lab: Lab, change: dict[str, Any]) -> None:
    answer = lab.create(**change)
    assert (answer.status_code, answer.json()["status"]) == (200, "error")
    assert next(iter(change)) in answer.json()["message"]
    lab.turn(fault_status="real", message_key="messege")
    answer = lab.create(**change)
    assert (answer.status_code, list(answer.json())) == (400, ["status", "messege"])
    assert lab.process.ledger() == []


def test_a_whole_video_is_dubbed(lab: Lab, tmp_path: Path) -> None:
    lab.process.control("policy", progress="looks:2")
    created = lab.create(file_prefix="p-17", track_id=4, speed=1).json()
    assert (created["status"], created["output"], created["eta"]) == ("processing", [], 2)
    assert isinstance(created["id"], int)
    assert created["fetch_result"] == f"{lab.process.modelslab_url}/voice/fetch/{created['id']}"
    assert (created["meta"]["speed"], created["meta"]["track_id"]) == ("1", 4)
    assert lab.process.http.get(created["proxy_links"][0]).status_code == 404
    pending = lab.fetch(created["id"])
    assert (pending["status"], pending["output"]) == ("processing", "")
    assert not {"eta", "future_links"} & set(pending)
    eventually(lambda: lab.fetch(created["id"])["status"] == "success")
    (link,) = lab.fetch(created["id"])["output"]
    assert link == created["future_links"][0]
    assert link.startswith(f"{lab.process.url}/modelslab/files/dubbed_video_")
    assert link.endswith("_p-17.mp4")
    path = tmp_path / "film.mp4"
    path.write_bytes(plain_http.get(link).content)
    assert lengths(path) == pytest.approx((4, 4, 4), abs=0.05)
    with av.open(str(path)) as film:
        assert "not made by ModelsLab; locale=es-ES" in film.metadata["comment"]
    part = plain_http.get(link, headers={"Range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)


@pytest.mark.parametrize("language", ["en-gb", "ja", "zh", "pt-br", "hi"])
def test_it_speaks_the_language(lab: Lab, tmp_path: Path, language: str) -> None:
    assert max(loudness(lab.film(tmp_path, film="silent.mp4", output_lang=language))) > 500


def test_the_voice_and_its_speed_are_heard(lab: Lab, tmp_path: Path) -> None:
    def spoken(path: Path) -> int:
        return sum(level > 100 for level in loudness(path))

    henry = lab.film(tmp_path, film="silent.mp4", voice_id="henry")
    madison = lab.film(tmp_path, film="silent.mp4", voice_id="madison")
    quick = lab.film(tmp_path, film="silent.mp4", voice_id="henry", speed=2.0)
    assert abs(pitch(henry, 0.6) - pitch(madison, 0.6)) > 15
    assert spoken(quick) < 0.75 * spoken(henry)


def test_a_job_may_be_done_at_once(lab: Lab) -> None:
    lab.turn(immediate=True)
    answer = lab.create().json()
    assert answer["status"] == "success"
    assert lab.process.http.get(answer["output"][0]).status_code == 200
    assert lab.process.http.get(answer["proxy_links"][0]).status_code == 200
    failed = lab.create(film="text.mp4").json()
    assert failed["status"] == "error"


def test_the_key_is_kept_nowhere(lab: Lab) -> None:
    lab.process.control("policy", engine="stub")
    lab.wait(lab.create())
    key = lab.process.api_key.encode()
    assert not [path for path in lab.process.state_dir.rglob("*") if path.is_file() and key in path.read_bytes()]
    assert key not in lab.process.http.get("/_sandbox/requests").content


def test_id_and_fetch_result_may_differ(lab: Lab) -> None:
    def outcome(mode: str) -> tuple[bool, bool]:
        lab.turn(fetch_result=mode)
        created = lab.create().json()
        other = created["fetch_result"].rpartition("/")[2]
        assert other != str(created["id"])
        return "status" in lab.fetch(other) and lab.fetch(other)["status"] != "error", (
            lab.fetch(created["id"])["status"] != "error"
        )

    assert outcome("other_works") == (True, False)
    assert outcome("other_dead") == (False, True)


def test_fetch_result_may_lead_elsewhere_or_be_missing(lab: Lab) -> None:
    lab.turn(fetch_result="foreign", foreign_base="http://127.0.0.1:9")
    assert lab.create().json()["fetch_result"].startswith("http://127.0.0.1:9/api/v6/voice/fetch/")
    lab.turn(fetch_result="missing", id_form="string", eta_form="fraction", submit_output="missing")
    created = lab.create().json()
    assert "fetch_result" not in created
    assert "output" not in created
    assert isinstance(created["id"], str)
    assert created["eta"] == 2.375
    lab.turn(eta_form="missing", submit_output="empty_string")
    created = lab.create().json()
    assert ("eta" in created, created["output"]) == (False, "")


def test_the_output_may_come_later_than_success(lab: Lab) -> None:
    lab.turn(success_blank_looks=10_000, fetch_output="empty_list")
    created = lab.create()
    assert lab.wait(created)["output"] == []
    lab.turn(success_blank_looks=0, output_items="doubled")
    assert len(lab.fetch(created.json()["id"])["output"]) == 2
    lab.turn(output_items="relative")
    assert lab.fetch(created.json()["id"])["output"][0].startswith("/modelslab/files/")


def test_a_full_queue_is_429_with_the_wait_in_the_body(lab: Lab) -> None:
    lab.turn(progress="looks:99", queue_limit=2, retry_after=7)
    assert [lab.create().status_code for _ in range(3)] == [200, 200, 429]
    answer = lab.create()
    assert (answer.json()["status"], answer.json()["retry_after"]) == ("error", 7)
    assert "retry-after" not in answer.headers
    assert len(lab.process.ledger()) == 2


def test_an_account_may_be_refused(lab: Lab) -> None:
    lab.turn(account="no_credits")
    assert lab.create().status_code == 402
    lab.turn(account="not_in_plan")
    assert lab.create().status_code == 403
    lab.process.control("limits", key_revoked=True)
    assert lab.create().status_code == 401


@pytest.mark.parametrize(("word", "status"), [("error", "200"), ("failed", "real")])
def test_a_job_may_fail(lab: Lab, word: str, status: str) -> None:
    lab.turn(failed_word=word, fault_status=status)
    for created in (lab.create(film="text.mp4"), lab.create(init_video="http://192.0.2.1/film.mp4")):
        lab.wait(created, word)
        answer = lab.post(f"/voice/fetch/{created.json()['id']}")
        assert answer.status_code == (200 if status == "200" else 400)
    lab.process.fault("modelslab_outcome", "fail", message="no speech", rule={"contains": "doomed"})
    assert lab.wait(lab.create(file_prefix="doomed"), word)["message"] == "no speech"


def test_an_unknown_id_and_a_loading_model_have_their_own_answers(lab: Lab) -> None:
    assert lab.post("/voice/fetch/1").status_code == 404
    lab.turn(unknown_id="200", loading_looks=1, loading_status="error", loading_on_create=True, progress="looks:2")
    assert lab.post("/voice/fetch/1").json()["status"] == "error"
    created = lab.create().json()
    assert created["status"] == "error"
    loading = lab.fetch(created["id"])
    assert (loading["status"], loading["id"]) == ("error", created["id"])
    assert "loading" in loading["message"]
    assert lab.fetch(created["id"])["status"] == "processing"


def test_the_webhook_is_unsigned_and_says_what_happened(lab: Lab, listener: Listener) -> None:
    created = lab.create(webhook=listener.url, track_id=12)
    done = lab.wait(created)
    eventually(lambda: len(listener.received) == 1)
    headers, body = listener.received[0]
    content = json.loads(body)
    assert "x-signature" not in headers
    assert (content["status"], content["id"], content["track_id"]) == ("success", created.json()["id"], 12)
    assert content["output"] == done["output"]
    lab.wait(lab.create(film="text.mp4", webhook=listener.url), "error")
    eventually(lambda: len(listener.received) == 2)
    assert json.loads(listener.received[1][1])["status"] == "failed"


def test_the_webhook_may_lie_repeat_itself_or_never_come(lab: Lab, listener: Listener) -> None:
    lab.process.control("policy", engine="stub")

    def callbacks_of(how: str, count: int) -> list[dict[str, Any]]:
        listener.received.clear()
        lab.turn(webhook=how)
        lab.wait(lab.create(webhook=listener.url, track_id=5))
        eventually(lambda: len(listener.received) >= count)
        return [json.loads(body) for _, body in listener.received]

    assert len(callbacks_of("twice", 2)) == 2
    assert callbacks_of("wrong_track_id", 1)[0]["track_id"] == 6
    assert callbacks_of("false_failed", 1)[0]["status"] == "failed"
    assert callbacks_of("never", 0) == []
    lab.turn(progress="looks:9999", webhook="false_success")
    created = lab.create(webhook=listener.url)
    eventually(lambda: len(listener.received) == 1)
    assert json.loads(listener.received[0][1])["status"] == "success"
    assert lab.fetch(created.json()["id"])["status"] == "processing"


def test_a_refused_webhook_is_not_retried(lab: Lab, listener: Listener) -> None:
    listener.answers = [500]
    lab.wait(lab.create(webhook=listener.url))
    eventually(lambda: lab.process.control("callbacks", method="GET")[0]["outcome"] == "given_up")
    assert len(listener.received) == 1


def test_a_lost_answer_is_found_by_its_file_prefix(lab: Lab) -> None:
    lab.process.fault("modelslab_create", "cut_after")
    with pytest.raises(httpx.TransportError):
        lab.create(file_prefix="lost-1")
    (entry,) = lab.process.ledger()
    assert (entry["operation"], entry["file_prefix"]) == ("modelslab_create", "lost-1")
    assert lab.post("/assets_generated", type="voice").status_code == 401
    lab.turn(enterprise_key=True)
    eventually(lambda: lab.post("/assets_generated", type="voice").json()["pagination"]["total"] == 1)
    address = f"{lab.process.url}/modelslab/api/assets_generated"
    answer = plain_http.post(address, json={"key": lab.process.api_key, "type": "voice", "page": 1}).json()
    assert answer["data"][0]["output"][0].endswith("_lost-1.mp4")
    assert str(answer["data"][0]["id"]) == entry["job_id"]
    assert answer["pagination"] == {"current_page": 1, "per_page": 30, "total": 1, "last_page": 1, "from": 1, "to": 1}


def test_a_job_may_appear_late(lab: Lab) -> None:
    lab.process.fault("modelslab_create", "late_create", seconds=600)
    with pytest.raises(httpx.TransportError):
        lab.create(file_prefix="late")
    assert lab.process.ledger() == []
    assert lab.process.control("ledger", method="GET")["pending_late_creates"] == 1
    lab.process.control("clock", advance=601)
    eventually(lambda: [entry["file_prefix"] for entry in lab.process.ledger()] == ["late"])


def test_a_result_is_deleted_after_its_time(lab: Lab) -> None:
    lab.process.control("policy", engine="stub")
    first, second = (lab.wait(lab.create())["output"][0] for _ in range(2))
    number = lab.process.control("modelslab/jobs", method="GET")[0]["job_id"]
    lab.process.control(f"modelslab/jobs/{number}/expire")
    assert [lab.process.http.get(link).status_code for link in (first, second)] == [404, 200]
    lab.turn(links_broken="output")
    assert lab.process.http.get(second).status_code == 404
    assert lab.process.http.get(second.replace("/files/", "/cdn/")).status_code == 200
    lab.turn(links_broken="no")
    lab.process.control("clock", advance=86_401)
    assert lab.process.http.get(second).status_code == 404


def test_voices_can_be_listed(lab: Lab) -> None:
    answer = lab.post("/voice/voice_list").json()
    assert answer["status"] == "success"
    assert set(answer["voices"][0]) == {"voice_id", "name", "language"}
    assert lab.post("/voice/voice_list", type="other").json()["status"] == "error"


def test_requests_are_named_and_a_key_in_an_address_is_noticed(lab: Lab) -> None:
    lab.process.control("policy", engine="stub")
    link = lab.wait(lab.create())["output"][0]
    lab.process.http.get(link, headers={"X-API-Key": "k"}, params={"key": lab.process.api_key})
    seen = {entry["operation"]: entry for entry in lab.process.control("requests", method="GET")["requests"]}
    assert set(seen) == {"modelslab_create", "modelslab_fetch", "modelslab_file"}
    assert seen["modelslab_file"]["credentials"] == ["address", "x-api-key"]
    assert seen["modelslab_create"]["credentials"] == []
