"""One function says where a request comes from: as our own proxies saw it, and never as the client says."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from portal.addresses import UNKNOWN, client_address
from tests.portal.test_settings import started_with


def address(forwarded: str | None, *, direct: str = "10.0.0.1") -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR=direct))


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, None, "10.0.0.1"),
        (0, "203.0.113.9", "10.0.0.1"),
        (1, None, "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1,, 203.0.113.9", "203.0.113.9"),
        (2, "203.0.113.9", "10.0.0.1"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
        (3, "198.51.100.1, 203.0.113.9, 10.0.0.7, 10.0.0.8", "203.0.113.9"),
    ],
)
def test_only_the_hop_that_our_outermost_proxy_saw_counts(
    settings: Settings, proxies: int, forwarded: str | None, expected: str
) -> None:
    settings.PROXIES = proxies
    assert address(forwarded) == expected


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("203.0.113.9:4711", "203.0.113.9"),
        (" 203.0.113.9 ", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("[2a02:8109:1:2:3:4:5:6]:4711", "2a02:8109:1:2::"),
        ("2a02:8109:1:2:ffff::1", "2a02:8109:1:2::"),
        ('"[2a02:8109:1:2::9]"', "2a02:8109:1:2::"),
        ("::1", "::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("unknown", "10.0.0.1"),
        ("1.2.3", "10.0.0.1"),
        ("<script>", "10.0.0.1"),
        ("203.0.113.9 or so", "10.0.0.1"),
    ],
)
def test_an_address_is_the_same_however_it_is_written(settings: Settings, written: str, meant: str) -> None:
    settings.PROXIES = 1
    assert address(written) == meant


def test_a_socket_without_addresses_does_no_harm() -> None:
    assert address(None, direct="") == UNKNOWN


@pytest.mark.parametrize(("given", "count"), [({}, 0), ({"PROXIES": "1"}, 1), ({"PROXIES": "2"}, 2)])
def test_how_many_proxies_there_are_comes_from_the_environment(
    tmp_path: Path, given: dict[str, str], count: int
) -> None:
    assert started_with(tmp_path, "PROXIES", **given) == {"PROXIES": count}
