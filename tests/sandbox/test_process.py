"""The program itself: memory, kill -9, a clean end."""

import json
import os
import signal
import stat
import tempfile
from pathlib import Path

import pytest

from tests.sandbox.conftest import Client, eventually
from tests.support.sandbox import SandboxProcess

pytestmark = pytest.mark.long


def _peak(pid: int) -> int:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def test_a_large_upload_takes_no_memory(client: Client) -> None:
    client.process.control("policy", engine="stub")
    client.upload()
    before = _peak(client.process.pid)
    with tempfile.TemporaryFile() as film:
        film.truncate(200 << 20)
        files = {"request": (None, json.dumps(client.fields())), "video": ("big.mp4", film, "video/mp4")}
        answer = client.process.request("POST", "/v1/assets/upload", files=files)
    assert answer.status_code == 201
    assert _peak(client.process.pid) - before < 20 << 20
    stored = client.process.state_dir / "sources" / f"{answer.json()['asset_id']}.video"
    assert stored.stat().st_size == 200 << 20


def test_everything_survives_kill_nine_and_unfinished_dubs_are_done_again(films: Path) -> None:
    with SandboxProcess(policy="seconds:0.5") as process:
        client = Client(process, films / "speech.mp4")
        done = client.upload(auto_generate="no_lips")
        client.wait_for(done, "Completed")
        process.control("shapes", duration="omit")
        process.fault("create", "cut_before", times=5)
        open_ = client.upload(auto_generate="no_lips")
        client.wait_for(open_, "Generating")
        key = process.public_key_pem
        process.kill()
        process.restart()
        assert process.public_key_pem == key
        assert process.http.get(client.version(done)["result_url"]).status_code == 200
        client.wait_for(open_, "Completed")
        assert len(process.ledger()) == 2
        assert process.control("switches", method="GET")["shapes"]["duration"] == "omit"
        assert process.control("faults", method="GET")[0]["times"] == 5


def test_it_ends_cleanly_and_keeps_its_key_to_itself(tmp_path: Path) -> None:
    process = SandboxProcess(state_dir=tmp_path)
    key = tmp_path / "signing_key.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert process.http.get("/_sandbox/public_key").text == process.public_key_pem
    assert process._process
    process._process.send_signal(signal.SIGTERM)
    assert process._process.wait(10) in (0, -signal.SIGTERM)
    process.stop()
    assert key.exists()


def test_a_file_is_fetched_from_its_address(client: Client, film_server: str) -> None:
    asset = client.create(media_url=f"{film_server}/speech.mp4", auto_generate="with_lips").json()
    client.wait_for(asset, "Completed")
    assert client.asset(asset["asset_id"])["duration"] == 4.0


def test_strange_hosts_are_not_fetched(client: Client) -> None:
    asset = client.create(media_url="http://192.0.2.1/film.mp4").json()
    eventually(lambda: client.asset(asset["asset_id"])["status"] == "Failed", seconds=2)


def test_a_crash_of_the_media_engine_costs_one_job_at_most(client: Client) -> None:
    client.wait_for(client.upload(auto_generate="no_lips"), "Completed")
    pid = client.process.pid
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    os.kill(int(child), signal.SIGKILL)
    client.upload()
    client.wait_for(client.upload(auto_generate="no_lips"), "Completed")
