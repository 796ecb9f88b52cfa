from __future__ import annotations

import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dubbing.providers import addresses
from dubbing.providers.addresses import acceptable, allowed, is_local, is_public_https, resolves_publicly

PUBLIC = "https://api.panjaya.ai/"
HERE = "http://127.0.0.1:8700"

GOOD = [
    "https://api.panjaya.ai/v1/",
    "https://bucket.s3.eu-west-1.amazonaws.com/a/b.mp4?X-Amz-Signature=ab%2Fc&x=1",
    "https://xn--mnchen-3ya.example.com/",
    "https://8.8.8.8:8443/x",
    "https://[2606:4700::1111]/",
    "HTTPS://Example.COM/a#b",
    "https://my_bucket.storage.googleapis.com/x",
    "https://example.com/?next=@127.0.0.1",
]

BAD = [
    "",
    "https://",
    "https:///path",
    "https:example.com",
    "//example.com/",
    "http://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:text/plain,x",
    "gopher://example.com/",
    "https://user@example.com/",
    "https://user:pw@example.com/",
    "https://example.com@127.0.0.1/",
    "https://@example.com/",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://localhost.localdomain/",
    "https://ip6-localhost/",
    "https://app.localhost/",
    "https://printer.local/",
    "https://db.internal/",
    "https://metadata.google.internal/",
    "https://router.lan/",
    "https://wiki.corp/",
    "https://intranet/",
    "https://example.com./",
    "https://.example.com/",
    "https://example..com/",
    "https://-a.example.com/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.0.0.0x1/",
    "https://127.0.0.01/",
    "https://1.2.3.4.5/",
    "https://256.1.1.1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://0x/",
    "https://example.0x7f/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/",
    "https://192.0.2.1/",
    "https://198.18.0.1/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::127.0.0.1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:8.8.8.8]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:808:808::]/",
    "https://[2001:0:4136:e378:8000:63bf:80ff:fffe]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[2606:4700::1111%25eth0]/",
    "https://[fc00::1]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://[127.0.0.1]/",
    "https://[v1.example]/",
    "https://[::1/",
    "https://::1/",
    "https://example.com:0/",
    "https://example.com:65536/",
    "https://example.com:-1/",
    "https://example.com:8o/",
    "https://example.com:80:80/",
    "https://exa mple.com/",
    "https://example.com/a b",
    "https://example.com/\r\nX: y",
    "https://example.com\x00.evil.com/",
    "\thttps://example.com/",
    "https://example.com\\@127.0.0.1/",
    "https:\\\\example.com/",
    "https://ex%61mple.com/",
    "https://127.0.0.1%2f.example.com/",
    "https://éxample.com/",
    "https://ⓔxample.com/",
    "https://127。0。0。1/",
    "https://１２７.0.0.1/",
    "https://example.com/\u202egpj.mp4",
    "https://" + "a" * 64 + ".com/",
    "https://" + "a." * 130 + "com/",
    "https://example.com/" + "a" * 9000,
]


@pytest.mark.parametrize("url", GOOD)
def test_public_https_is_accepted(url: str) -> None:
    assert is_public_https(url)
    assert acceptable(url, near=PUBLIC)
    assert acceptable(url, near=HERE)


@pytest.mark.parametrize("url", BAD)
def test_anything_else_is_refused(url: str) -> None:
    assert not is_public_https(url)
    assert not acceptable(url, near=PUBLIC)


LOCAL = ["http://127.0.0.1:9/x", "http://localhost:9/", "https://10.1.2.3/", "http://[::1]:9/", "http://sandbox:9000/"]


@pytest.mark.parametrize("url", LOCAL)
def test_a_local_address_is_accepted_only_near_a_local_provider(url: str) -> None:
    assert acceptable(url, near=HERE)
    assert acceptable(url, near="http://sandbox:9000")
    assert not acceptable(url, near=PUBLIC)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "http://user@127.0.0.1/",
        "http://2130706433/",
        "http://127.1/",
        "http://169.254.169.254/",
        "http://[fe80::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://0.0.0.0/",
        "ftp://127.0.0.1/",
        "http://127.0.0.1:99999/",
        "http://localhost./",
    ],
)
def test_a_local_provider_does_not_excuse_tricks(url: str) -> None:
    assert not acceptable(url, near=HERE)


@given(st.text(max_size=60))
def test_no_text_makes_it_fail(text: str) -> None:
    for url in (text, "https://" + text, "http://[" + text, "https://example.com:" + text):
        assert is_public_https(url) in (True, False)
        assert is_local(url) in (True, False)


@given(st.ip_addresses())
def test_what_is_public_is_never_local(ip: Any) -> None:
    assert not (addresses.is_public_address(str(ip)) and addresses.is_local_address(str(ip)))
    assert addresses.is_public_address(str(ip)) <= ip.is_global


@pytest.mark.parametrize("tunnel", ["2002:808:808::1", "2001:0:808:808::f7f7:f7f7"], ids=["6to4", "Teredo"])
def test_an_address_behind_a_tunnel_is_not_public(tunnel: str) -> None:
    assert not addresses.is_public_address(tunnel)


@given(st.ip_addresses(v=4, network="10.0.0.0/8"))
def test_a_private_address_wrapped_in_ipv6_stays_private(ip: Any) -> None:
    number = int(ip)
    clothes = [f"::ffff:{ip}", f"64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}"]
    clothes.append(f"2002:{number >> 16:x}:{number & 0xFFFF:x}::1")
    assert not any(map(addresses.is_public_address, clothes))


def test_connecting_is_judged_by_the_address() -> None:
    assert allowed("8.8.8.8", near=PUBLIC)
    assert not allowed("127.0.0.1", near=PUBLIC)
    assert allowed("127.0.0.1", near=HERE)
    assert not allowed("169.254.169.254", near=HERE)
    assert not allowed("fe80::1%eth0", near=HERE)


def resolving(monkeypatch: pytest.MonkeyPatch, *found: str) -> None:
    entries = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in found]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: entries)


def test_a_name_resolves_publicly_only_if_all_its_addresses_are_public(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "8.8.8.8", "2606:4700::1111")
    assert resolves_publicly("example.com")
    resolving(monkeypatch, "8.8.8.8", "10.0.0.1")
    assert not resolves_publicly("example.com")
    resolving(monkeypatch)
    assert not resolves_publicly("example.com")


def test_a_name_that_cannot_be_resolved_is_not_public() -> None:
    assert not resolves_publicly("127.0.0.1")
    assert not resolves_publicly("a" * 70 + ".com")
