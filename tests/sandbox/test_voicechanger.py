"""The stand-in for VoiceChangerAPI, through real HTTP."""

from pathlib import Path
from typing import Any

import av
import httpx
import pytest

from tests.sandbox.conftest import eventually
from tests.sandbox.sound import lengths, samples
from tests.support.plain_http import plain_http
from tests.support.sandbox import SandboxProcess


class Changer:
    """A few words for talking to it."""

    def __init__(self, process: SandboxProcess, films: Path) -> None:
        self.process, self.films = process, films
        self.key = {"X-API-Key": process.api_key}

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Any call, with the key."""
        return self.process.http.request(method, f"/voicechanger/v1{path}", headers=self.key, **more)

    def slot(self) -> dict[str, Any]:
        """A new slot."""
        answer: dict[str, Any] = self.call("POST", "/dubbing/uploads?content_type=video%2Fmp4").json()
        return answer

    def put(self, slot: dict[str, Any], film: str = "speech.mp4", **headers: str) -> httpx.Response:
        """Fill a slot; headers replace the signed ones."""
        content = (self.films / film).read_bytes()
        return plain_http.put(slot["upload_url"], content=content, headers=slot["headers"] | headers)

    def filled(self, film: str = "speech.mp4") -> str:
        """The id of a job that can be started."""
        slot = self.slot()
        assert self.put(slot, film).status_code == 200
        return str(slot["job_id"])

    def start(self, job_id: str, **changes: Any) -> httpx.Response:
        """The paid step."""
        body = {"source_language": "en", "target_language": "es"} | changes
        return self.call("POST", f"/dubbing/jobs/{job_id}/start", json=body)

    def job(self, job_id: str) -> dict[str, Any]:
        """How a job stands."""
        answer: dict[str, Any] = self.call("GET", f"/jobs/{job_id}").json()
        return answer

    def done(self, film: str = "speech.mp4", *, status: str = "completed", **changes: Any) -> str:
        """The id of a job that has come to its end."""
        job_id = self.filled(film)
        assert self.start(job_id, **changes).status_code == 200
        eventually(lambda: self.job(job_id)["status"] == status, f"never {status}")
        return job_id

    def result(self, job_id: str) -> httpx.Response:
        """The answer to result, redirects not followed."""
        return self.call("GET", f"/jobs/{job_id}/result")

    def turn(self, **switches: Any) -> None:
        """Turn switches."""
        self.process.control("voicechanger", **switches)


@pytest.fixture
def changer(sandbox: SandboxProcess, films: Path) -> Changer:
    """Somebody who uses it."""
    return Changer(sandbox, films)


def test_a_wrong_key_is_401(changer: Changer) -> None:
    changer.key = {"X-API-Key": "wrong"}
    assert changer.call("POST", "/dubbing/uploads?content_type=video%2Fmp4").status_code == 401
    changer.key = {"Authorization": f"Bearer {changer.process.api_key}"}
    answer = changer.call("GET", "/jobs/x")
    assert (answer.status_code, list(answer.json())) == (401, ["detail"])


def test_a_video_is_dubbed_from_start_to_finish(changer: Changer, tmp_path: Path) -> None:
    changer.process.control("policy", progress="looks:1")
    slot = changer.slot()
    assert (slot["status"], slot["upload_method"], slot["expires_in"]) == ("waiting_upload", "PUT", 900)
    assert slot["headers"]["Content-Type"] == "video/mp4"
    answer = changer.put(slot)
    assert (answer.status_code, answer.content) == (200, b"")
    assert len(answer.headers["ETag"]) == 34
    job_id = slot["job_id"]
    assert changer.job(job_id)["status"] == "waiting_upload"
    assert changer.process.ledger() == []
    assert changer.start(job_id, notes="quietly").json()["status"] == "queued"
    seen: list[str] = []
    eventually(lambda: seen.append(changer.job(job_id)["status"]) or "completed" in seen)  # type: ignore[func-returns-value]
    assert set(seen) <= {"queued", "processing", "completed"}
    assert "processing" in seen
    link = changer.result(job_id)
    assert (link.status_code, link.content) == (307, b"")
    path = tmp_path / "film.mp4"
    path.write_bytes(plain_http.get(link.headers["Location"]).content)
    assert lengths(path) == pytest.approx((4, 4, 4), abs=0.05)
    assert samples(path) != samples(changer.films / "speech.mp4")
    with av.open(str(path)) as film:
        assert "not made by VoiceChangerAPI; locale=es-ES" in film.metadata["comment"]
        assert "notes=quietly" in film.metadata["comment"]
    (entry,) = changer.process.ledger()
    assert (entry["operation"], entry["job_id"], entry["credits"]) == ("voicechanger_start", job_id, 10)


@pytest.mark.parametrize("query", ["", "?content_type=text%2Fplain", "?content_type=video%2Fmp4&size=3"])
def test_a_slot_accepts_one_video_type(changer: Changer, query: str) -> None:
    assert changer.call("POST", f"/dubbing/uploads{query}").status_code in (415, 422)


@pytest.mark.parametrize("change", [{"Content-Type": "video/quicktime"}, {"x-amz-meta-job": "other"}], ids=str)
def test_the_storage_requires_exactly_the_signed_headers(changer: Changer, change: dict[str, str]) -> None:
    slot = changer.slot()
    answer = changer.put(slot, **change)
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "application/xml")
    assert "<Code>SignatureDoesNotMatch</Code>" in answer.text
    assert plain_http.head(slot["upload_url"]).status_code == 403
    assert changer.start(slot["job_id"]).status_code == 409


def test_the_storage_requires_the_length(changer: Changer) -> None:
    slot = changer.slot()
    answer = plain_http.put(slot["upload_url"], content=iter([b"film"]), headers=slot["headers"])
    assert answer.status_code == 411


def test_a_slot_expires(changer: Changer) -> None:
    slot = changer.slot()
    changer.process.control("clock", advance=901)
    answer = changer.put(slot)
    assert (answer.status_code, "Request has expired" in answer.text) == (403, True)
    changer.turn(expires_unit="milliseconds", slot_status=201, waiting_expires=True, slot_ttl=60)
    assert changer.job(slot["job_id"])["status"] == "expired"
    new = changer.slot()
    assert new["expires_in"] == 60_000
    changer.process.control(f"voicechanger/jobs/{new['job_id']}/expire")
    assert changer.put(new).status_code == 403


def test_the_last_upload_before_the_start_wins(changer: Changer) -> None:
    changer.turn(placeholder="copy", result_form="bytes")
    slot = changer.slot()
    changer.put(slot, "tone.mp4")
    changer.put(slot, "speech.mp4")
    changer.start(slot["job_id"])
    changer.put(slot, "tone.mp4")
    eventually(lambda: changer.job(slot["job_id"])["status"] == "completed")
    assert changer.result(slot["job_id"]).content == (changer.films / "speech.mp4").read_bytes()


def test_the_key_at_the_storage_is_noticed(changer: Changer) -> None:
    changer.put(changer.slot())
    changer.put(changer.slot(), **changer.key)
    requests = changer.process.control("requests", method="GET")["requests"]
    seen = [entry["credentials"] for entry in requests if entry["operation"] == "voicechanger_put"]
    assert seen == [[], ["x-api-key"]]


def test_the_storage_may_be_another_origin(changer: Changer) -> None:
    base = f"http://localhost:{changer.process.port}"
    changer.turn(storage_base=base)
    assert changer.result(changer.done()).headers["Location"].startswith(f"{base}/voicechanger-storage/results/")


@pytest.mark.parametrize(
    "change", [{"target_language": "es-ES"}, {"source_language": "xx"}, {"notes": 7}, {"speed": 1}], ids=str
)
def test_invalid_options_are_422(changer: Changer, change: dict[str, Any]) -> None:
    assert changer.start(changer.filled(), **change).status_code == 422
    assert changer.process.ledger() == []


def test_every_option_may_be_missing(changer: Changer) -> None:
    changer.process.control("policy", engine="stub")
    assert changer.call("POST", f"/dubbing/jobs/{changer.filled()}/start").status_code == 200
    changer.turn(missing_target="refuse")
    assert changer.call("POST", f"/dubbing/jobs/{changer.filled()}/start", json={}).status_code == 422
    changer.turn(languages="any", start_status=202)
    assert changer.start(changer.filled(), target_language="pt-PT").status_code == 202


@pytest.mark.parametrize("status", [409, 400])
def test_a_start_at_the_wrong_time_is_refused(changer: Changer, status: int) -> None:
    changer.turn(conflict_status=status)
    assert changer.start(changer.slot()["job_id"]).status_code == status
    job_id = changer.filled()
    assert [changer.start(job_id).status_code for _ in range(2)] == [200, status]
    assert len(changer.process.ledger()) == 1
    assert changer.start("nobody").status_code == 404


def test_a_start_at_the_wrong_time_may_also_cost(changer: Changer) -> None:
    changer.turn(early_start="fail_later", double_start="charge")
    job_id = changer.slot()["job_id"]
    assert changer.start(job_id).status_code == 200
    eventually(lambda: changer.job(job_id)["status"] == "failed")
    assert changer.start(job_id).status_code == 200
    assert len(changer.process.ledger()) == 2


def test_too_few_credits_are_402_and_a_failure_gives_them_back(changer: Changer) -> None:
    changer.turn(credits=25, price=10)
    changer.process.fault("voicechanger_outcome", "fail")
    changer.done(status="failed")
    assert [changer.start(changer.filled()).status_code for _ in range(3)] == [200, 200, 402]
    changer.turn(refund_failed=False, credits=35, credits_status=403)
    assert changer.start(changer.filled()).status_code == 403


@pytest.mark.parametrize("key", ["download_url", "result_url", "url"])
def test_a_result_may_be_a_link_in_json(changer: Changer, key: str) -> None:
    changer.process.control("policy", engine="stub")
    changer.turn(result_form="json", json_key=key)
    link = changer.result(changer.done()).json()[key]
    assert plain_http.get(link).content == (changer.films / "speech.mp4").read_bytes()
    part = plain_http.get(link, headers={"Range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)


def test_a_result_link_expires_and_can_be_requested_again(changer: Changer) -> None:
    changer.process.control("policy", engine="stub")
    job_id = changer.done()
    link = changer.result(job_id).headers["Location"]
    changer.process.control("clock", advance=901)
    old = plain_http.get(link)
    assert (old.status_code, old.headers["Content-Type"]) == (403, "application/xml")
    assert plain_http.get(changer.result(job_id).headers["Location"]).status_code == 200


@pytest.mark.parametrize("status", [409, 404, 425, 202])
def test_a_result_that_is_not_ready_says_so(changer: Changer, status: int) -> None:
    changer.turn(not_ready_status=status)
    assert changer.result(changer.filled()).status_code == status


def test_words_and_fields_may_differ(changer: Changer) -> None:
    words = {"queued": "pending", "processing": "crunching", "completed": "done"}
    changer.turn(status_names=words, id_key="id", job_fields="bare", progress="looks:1")
    slot = changer.slot()
    changer.put(slot)
    changer.start(slot["id"])
    seen: set[str] = set()
    eventually(lambda: seen.add(changer.job(slot["id"])["status"]) or "done" in seen)  # type: ignore[func-returns-value]
    assert seen <= set(words.values())
    assert list(changer.job(slot["id"])) == ["id", "status"]


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("error", {"error": "no speech"}),
        ("error_message", {"error_message": "no speech"}),
        ("nested", {"error": {"code": "invalid_input", "message": "no speech"}}),
        ("array", {"errors": [{"code": "invalid_input", "message": "no speech"}]}),
        ("none", {}),
    ],
)
def test_a_failed_job_says_why_in_several_ways(changer: Changer, form: str, shown: dict[str, Any]) -> None:
    changer.turn(job_error=form, job_fields="bare")
    changer.process.fault("voicechanger_outcome", "fail", message="no speech")
    job_id = changer.done(status="failed")
    assert changer.job(job_id) == {"job_id": job_id, "status": "failed"} | shown
    assert changer.result(job_id).status_code == 409


def test_a_video_that_cannot_be_read_fails(changer: Changer) -> None:
    job_id = changer.done("text.mp4", status="failed")
    assert "not a video" in changer.job(job_id)["error"]


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("detail", '{"detail":"job x was not found"}'),
        ("error", '{"error":"job x was not found"}'),
        ("message", '{"message":"job x was not found"}'),
        ("nested", '{"error":{"code":"refused","message":"job x was not found"}}'),
        ("text", "job x was not found"),
    ],
)
def test_errors_have_several_shapes(changer: Changer, form: str, body: str) -> None:
    changer.turn(error_body=form)
    assert changer.call("GET", "/jobs/x").text == body


def test_a_placeholder_is_the_source_or_nearly(changer: Changer) -> None:
    source = changer.films / "speech.mp4"
    changer.turn(result_form="bytes", placeholder="copy")
    assert changer.result(changer.done()).content == source.read_bytes()
    changer.turn(placeholder="remux")
    remuxed = changer.result(changer.done())
    assert remuxed.content != source.read_bytes()
    path = changer.process.state_dir / "remuxed.mp4"
    path.write_bytes(remuxed.content)
    assert samples(path) == samples(source)
    assert lengths(path) == pytest.approx(lengths(source), abs=0.03)


@pytest.mark.parametrize(("kind", "paid"), [("cut_before", 0), ("cut_after", 1), ("create_then", 1)])
def test_the_answer_to_start_may_be_lost(changer: Changer, kind: str, paid: int) -> None:
    job_id = changer.filled()
    changer.process.fault("voicechanger_start", kind)
    if kind == "create_then":
        assert changer.start(job_id).status_code == 500
    else:
        with pytest.raises(httpx.TransportError):
            changer.start(job_id)
    assert len(changer.process.ledger()) == paid
    assert (changer.job(job_id)["status"] == "waiting_upload") is (paid == 0)


def test_a_start_may_be_carried_out_late(changer: Changer) -> None:
    job_id = changer.filled()
    changer.process.fault("voicechanger_start", "late_create", seconds=60)
    with pytest.raises(httpx.TransportError):
        changer.start(job_id)
    assert changer.job(job_id)["status"] == "waiting_upload"
    changer.process.control("clock", advance=61)
    eventually(lambda: changer.job(job_id)["status"] == "completed")
    assert len(changer.process.ledger()) == 1


@pytest.mark.long
def test_jobs_of_both_survive_kill_nine(films: Path, film_server: str) -> None:
    with SandboxProcess(policy="seconds:0.5") as process:
        changer = Changer(process, films)
        changer.turn(id_key="job_id", price=3)
        waiting, running = changer.filled(), changer.filled()
        changer.start(running)
        body = {"key": process.api_key, "init_video": f"{film_server}/speech.mp4", "output_lang": "ja"}
        number = plain_http.post(f"{process.modelslab_url}/voice/create_dubbing", json=body).json()["id"]
        process.kill()
        process.restart()
        fetch = f"{process.modelslab_url}/voice/fetch/{number}"
        eventually(lambda: plain_http.post(fetch, json={"key": body["key"]}).json()["status"] == "success")
        eventually(lambda: changer.job(running)["status"] == "completed")
        assert changer.start(waiting).status_code == 200
        assert process.control("switches", method="GET")["voicechanger"]["price"] == 3
        assert len(process.ledger()) == 3
