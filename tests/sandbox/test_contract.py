"""The documented API, through real HTTP."""

import json
from typing import Any

import pytest

from tests.sandbox.conftest import SRT, Client, eventually
from tests.support.sandbox import SandboxProcess


@pytest.mark.parametrize("value", ["", "Bearer panjaya-wrong", "Bearer test-key", "Bearer panjaya-panjaya-test-key"])
def test_it_refuses_a_wrong_key(sandbox: SandboxProcess, value: str) -> None:
    answer = sandbox.http.get("/v1/assets/", headers={"Authorization": value})
    assert answer.status_code == 401
    assert isinstance(answer.json()["detail"], str)


def test_it_answers_an_asset_when_created(client: Client) -> None:
    answer = client.create(name="x" * 300)
    asset = answer.json()
    assert answer.status_code == 201
    assert len(asset["asset_id"]) == 24
    assert asset["name"] == "x" * 255
    assert asset["status"] == "Dubbing"
    assert asset["created_at"].endswith("Z")
    assert asset["duration"] is None
    language = asset["languages"][0]
    assert language["dubbing_id"] is None
    assert list(language["versions"][0]) == ["version_id"]


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": 7},
        {"locale": "xx-XX"},
        {"languages": []},
        {"languages": [{"locale": "he-IL"}]},
        {"languages": [{"locale": "en-US"}]},
        {"languages": [{"locale": "es-ES"}, {"locale": "es-ES"}]},
        {"languages": [{"locale": "es-ES", "srt": "no subtitles"}]},
        {"languages": [{"locale": "es-ES", "srt": "1\n00:00:02,000 --> 00:00:01,000\nHola\n"}]},
        {"languages": [{"locale": "es-ES", "speed": 2}]},
        {"auto_generate": "yes"},
        {"lips_model": "fast"},
        {"voice_anonymization": 1.1},
        {"voice_anonymization": "0.5"},
        {"callback_url": "http://example.org/hook"},
        {"media_url": "file:///etc/passwd"},
        {"start_time": "1"},
        {"unknown": 1},
    ],
    ids=str,
)
def test_it_refuses_wrong_input_with_400_and_a_sentence(client: Client, change: dict[str, Any]) -> None:
    answer = client.create(**change)
    assert answer.status_code == 400
    assert isinstance(answer.json()["detail"], str)
    assert client.process.ledger() == []


def test_it_accepts_what_the_contract_allows(client: Client) -> None:
    answer = client.create(
        locale="he-IL", source_srt="just words", lips_model=None, callback_url=None, start_time=None, end_time=9.5
    )
    assert answer.status_code == 201


def test_it_accepts_the_request_part_as_plain_text_or_json(client: Client) -> None:
    for kind in (None, "application/json"):
        request = (None, json.dumps(client.fields()), kind) if kind else (None, json.dumps(client.fields()))
        files: dict[str, Any] = {"request": request, "video": ("a.mp4", b"x", "video/mp4")}
        assert client.process.request("POST", "/v1/assets/upload", files=files).status_code == 201


@pytest.mark.parametrize("left_out", ["request", "video"])
def test_it_refuses_an_upload_with_a_missing_part(client: Client, left_out: str) -> None:
    files: dict[str, Any] = {"request": (None, json.dumps(client.fields())), "video": ("a.mp4", b"x", "video/mp4")}
    del files[left_out]
    answer = client.process.request("POST", "/v1/assets/upload", files=files)
    assert answer.status_code == 400
    assert left_out in answer.json()["detail"]


def test_a_refused_upload_leaves_no_file(client: Client) -> None:
    files = {"request": (None, "{}"), "video": ("a.mp4", b"x" * 100, "video/mp4")}
    assert client.process.request("POST", "/v1/assets/upload", files=files).status_code == 400
    assert list((client.process.state_dir / "sources").iterdir()) == []


def test_unknown_ids_are_not_found(sandbox: SandboxProcess) -> None:
    for method, path in (("GET", "assets/no"), ("GET", "versions/no"), ("PATCH", "versions/no/revise")):
        answer = sandbox.request(method, f"/v1/{path}", json={} if method == "PATCH" else None)
        assert (answer.status_code, list(answer.json())) == (404, ["detail"])


def test_only_the_exact_spelling_of_a_path_is_known(sandbox: SandboxProcess) -> None:
    assert sandbox.request("GET", "/v1/assets").status_code == 404


def test_the_list_is_paged_newest_first_without_versions(client: Client) -> None:
    for number in range(5):
        client.create(name=f"n{number}")
    page = client.process.request("GET", "/v1/assets/", params={"page": 2, "page_size": 2}).json()
    assert [item["name"] for item in page["items"]] == ["n2", "n1"]
    assert page["total"] == 5
    assert "versions" not in page["items"][0]["languages"][0]


def test_adding_a_language_sends_the_asset_back_to_dubbing(client: Client) -> None:
    client.process.control("policy", progress="looks:1")
    asset = client.upload()
    client.wait_for(asset, "ReadyToEdit")
    assert client.asset(asset["asset_id"])["status"] == "PendingReview"
    path = f"/v1/assets/{asset['asset_id']}/languages"
    answer = client.process.request("POST", path, json={"languages": [{"locale": "fr-FR"}], "auto_generate": "off"})
    assert answer.status_code == 200
    assert answer.json()["status"] == "Dubbing"
    assert [language["locale"] for language in answer.json()["languages"]] == ["es-ES", "fr-FR"]
    again = client.process.request("POST", path, json={"languages": [{"locale": "fr-FR"}]})
    assert again.status_code == 400
    assert [entry["locales"] for entry in client.process.ledger()] == [["es-ES"], ["fr-FR"]]


def test_a_version_waits_for_a_person_and_then_proceeds(client: Client) -> None:
    asset = client.upload()
    version = client.wait_for(asset, "ReadyToEdit")
    path = f"versions/{version['version_id']}"
    client.process.control(f"{path}/generate", lips="with_lips")
    done = client.wait_for(asset, "Completed")
    assert client.asset(asset["asset_id"])["status"] == "Ready"
    assert client.process.http.get(done["result_url"]).status_code == 200
    answer = client.process.request("PATCH", f"/v1/{path}/revise", json={"studio_url_request": {}})
    assert answer.json()["studio_url"] == version["studio_url"]
    revised = client.version(asset)
    assert (revised["status"], revised["result_url"]) == ("ReadyToEdit", None)
    assert client.process.http.get(done["result_url"]).status_code == 404
    assert list((client.process.state_dir / "results").iterdir()) == []


def test_revise_is_refused_while_the_version_is_worked_on(client: Client) -> None:
    client.process.control("policy", progress="seconds:60")
    version = client.version(client.upload())
    answer = client.process.request("PATCH", f"/v1/versions/{version['version_id']}/revise", json={})
    assert (version["status"], answer.status_code) == ("NotReady", 400)


def test_a_version_only_progresses_when_it_is_fetched(client: Client) -> None:
    client.process.control("policy", progress="looks:2")
    asset = client.upload(auto_generate="no_lips")
    eventually(lambda: client.asset(asset["asset_id"])["duration"] is not None)
    seen: list[str] = []

    def completed() -> bool:
        seen.append(client.version(asset)["status"])
        return seen[-1] == "Completed"

    eventually(completed)
    assert seen[:2] == ["NotReady", "NotReady"]
    assert list(dict.fromkeys(seen)) == ["NotReady", "ReadyToEdit", "Generating", "Completed"]


def test_result_links_expire_and_serve_ranges(client: Client) -> None:
    done = client.wait_for(client.upload(auto_generate="no_lips"), "Completed")
    http, url = client.process.http, done["result_url"]
    size = int(http.head(url).headers["Content-Length"])
    part = http.get(url, headers={"Range": "bytes=-10"})
    assert (part.status_code, part.headers["Content-Range"]) == (206, f"bytes {size - 10}-{size - 1}/{size}")
    assert http.get(url[:-4] + "0000").status_code == 403
    client.process.control("clock", advance=3601)
    assert http.get(url).status_code == 403


def test_it_describes_itself(sandbox: SandboxProcess) -> None:
    paths = sandbox.http.get("/openapi.json").json()["paths"]
    assert {"/v1/assets/", "/v1/assets/upload", "/_sandbox/faults"} <= set(paths)
    upload = paths["/v1/assets/upload"]["post"]["requestBody"]["content"]
    assert set(upload["multipart/form-data"]["schema"]["properties"]) == {"request", "video", "background"}


def test_a_revoked_key_and_a_limited_account_are_distinguished(client: Client) -> None:
    client.process.control("limits", account_limited=True)
    assert client.create().status_code == 403
    assert client.process.request("GET", "/v1/assets/").status_code == 200
    client.process.control("limits", key_revoked=True)
    assert client.process.request("GET", "/v1/assets/").status_code == 401


def test_the_open_forms_of_answers_can_be_chosen(client: Client) -> None:
    client.process.control("shapes", validation_status=422, detail="array", list_envelope="bare", duration="omit")
    client.process.control("shapes", empty_versions_looks=1)
    refused = client.create(name="")
    assert (refused.status_code, type(refused.json()["detail"])) == (422, list)
    asset = client.create().json()
    assert "duration" not in asset
    assert asset["languages"][0]["versions"] == []
    assert client.asset(asset["asset_id"])["languages"][0]["versions"] == []
    assert client.asset(asset["asset_id"])["languages"][0]["versions"] != []
    assert isinstance(client.process.request("GET", "/v1/assets/").json(), list)


def test_the_subtitles_in_these_tests_are_read() -> None:
    from sandbox.srt import parse_srt

    assert [cue.start for cue in parse_srt(SRT)] == [0.5, 2.0]
