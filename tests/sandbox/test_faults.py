"""Faults really happen: on the wire, in the ledger, and to the versions."""

import json
import time

import httpx
import pytest

from tests.sandbox.conftest import Client, Listener, eventually


def test_a_cut_before_the_work_leaves_nothing(client: Client) -> None:
    client.process.fault("create", "cut_before")
    with pytest.raises(httpx.TransportError):
        client.create()
    assert client.process.ledger() == []
    assert client.create().status_code == 201


def test_a_cut_after_the_work_loses_only_the_answer(client: Client) -> None:
    client.process.fault("upload", "cut_after")
    with pytest.raises(httpx.TransportError):
        client.upload(name="lost")
    assert [entry["name"] for entry in client.process.ledger()] == ["lost"]


def test_a_late_create_appears_when_its_time_has_come(client: Client) -> None:
    client.process.fault("create", "late_create", seconds=600)
    with pytest.raises(httpx.TransportError):
        client.create(name="late")
    assert client.process.ledger() == []
    assert client.process.request("GET", "/v1/assets/").json()["total"] == 0
    client.process.control("clock", advance=601)
    eventually(lambda: [entry["name"] for entry in client.process.ledger()] == ["late"])
    assert client.process.request("GET", "/v1/assets/").json()["total"] == 1


def test_create_then_500_does_the_work(client: Client) -> None:
    client.process.fault("create", "create_then", status=502)
    assert client.create().status_code == 502
    assert len(client.process.ledger()) == 1


def test_an_answer_can_be_chosen(client: Client) -> None:
    client.process.fault("create", "respond", status=429, body={"detail": "slow"}, headers={"Retry-After": "7"})
    answer = client.create()
    assert (answer.status_code, answer.headers["Retry-After"], answer.json()) == (429, "7", {"detail": "slow"})
    assert client.process.ledger() == []


def test_the_answer_breaks_in_the_middle(client: Client) -> None:
    client.process.fault("create", "cut_middle")
    with pytest.raises(httpx.RemoteProtocolError, match="complete"):
        client.create()
    assert len(client.process.ledger()) == 1


def test_the_request_breaks_after_some_bytes(client: Client) -> None:
    client.process.fault("upload", "cut_request", bytes=1000)
    with pytest.raises(httpx.TransportError):
        client.upload()
    assert client.process.ledger() == []


def test_answers_can_be_malformed_or_huge_or_elsewhere(client: Client) -> None:
    client.process.fault("create", "malformed")
    with pytest.raises(json.JSONDecodeError):
        client.create().json()
    client.process.fault("create", "huge", mebibytes=3)
    answer = client.create()
    assert len(answer.content) > 3 << 20
    assert "asset_id" in answer.json()
    client.process.fault("create", "redirect", location="http://127.0.0.1:9/", status=307)
    assert client.create().headers["Location"] == "http://127.0.0.1:9/"


def test_answers_can_be_slow(client: Client) -> None:
    client.process.fault("list_assets", "delay", seconds=0.3)
    start = time.monotonic()
    client.process.request("GET", "/v1/assets/")
    assert time.monotonic() - start >= 0.3
    client.process.fault("list_assets", "drip", seconds=0.02)
    start = time.monotonic()
    assert client.process.request("GET", "/v1/assets/").json()["total"] == 0
    assert time.monotonic() - start >= 0.4


def test_the_list_flickers_and_lags(client: Client) -> None:
    for number in range(20):
        client.create(name=f"n{number}")
    client.process.fault("list_assets", "flicker", drop=0.5)
    assert len(client.process.request("GET", "/v1/assets/").json()["items"]) < 20
    client.process.fault("list_assets", "lag", seconds=60)
    assert client.process.request("GET", "/v1/assets/").json()["items"] == []
    assert client.process.request("GET", "/v1/assets/").json()["total"] == 20


def test_rules_count_skip_and_throw_dice(client: Client) -> None:
    client.process.fault("get_asset", "respond", times=2, status=503, rule={"skip": 1})
    assert [client.process.request("GET", "/v1/assets/no").status_code for _ in range(4)] == [404, 503, 503, 404]
    client.process.fault("get_asset", "respond", times=-1, status=503, rule={"probability": 0.5, "seed": 1})
    codes = [client.process.request("GET", "/v1/assets/no").status_code for _ in range(40)]
    assert 8 < codes.count(503) < 32
    rule = client.process.control("faults", method="GET")[-1]
    assert rule["played"] == codes.count(503)


def test_a_rule_that_cannot_happen_is_refused(client: Client) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        client.process.fault("create", "drop")


def test_an_asset_can_be_made_to_fail(client: Client) -> None:
    client.process.fault("asset", "fail", code="video_size_limit_reached")
    assert client.wait_failed(client.upload())["code"] == "video_size_limit_reached"


def test_a_dub_and_a_generation_can_be_made_to_fail(client: Client, listener: Listener) -> None:
    client.process.fault("version", "fail")
    client.wait_for(client.upload(callback_url=listener.url), "Failed")
    client.process.fault("generate", "fail", to="ReadyToEdit")
    client.wait_for(client.upload(callback_url=listener.url, auto_generate="no_lips"), "ReadyToEdit")
    eventually(lambda: "version_generate_failed" in listener.events)
    client.process.fault("generate", "fail", to="Failed")
    client.wait_for(client.upload(auto_generate="no_lips"), "Failed")
    assert listener.events[0] == "version_failed"


def test_requests_are_counted(client: Client) -> None:
    client.create()
    client.create()
    assert client.process.stats() == {"create": 2}
    assert len(client.process.control("requests", method="GET")["requests"]) == 2
