from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st

from dubbing.providers.panjaya.signature import PUBLISHED_KEY, load_keys, verify

PRIVATE = ec.generate_private_key(ec.SECP256R1())
KEYS = (PRIVATE.public_key(),)
BODY = b'{"event": "version_generated", "asset_id": "0123456789abcdef01234567"}'
WYCHEPROOF = Path(__file__).parent / "wycheproof"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def pem(key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> str:
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, info).decode()


def sign(body: bytes = BODY, private: ec.EllipticCurvePrivateKey = PRIVATE) -> bytes:
    return private.sign(body, ec.ECDSA(SHA256()))


def raw(der: bytes) -> bytes:
    return b"".join(number.to_bytes(32) for number in decode_dss_signature(der))


def plain(der: bytes) -> bytes:
    return der


def unpadded(encode: Callable[[bytes], bytes]) -> Callable[[bytes], str]:
    return lambda data: encode(data).decode().rstrip("=")


ENCODINGS: dict[str, Callable[[bytes], str]] = {
    "hex": bytes.hex,
    "upper-case hex": lambda data: data.hex().upper(),
    "base64": lambda data: base64.b64encode(data).decode(),
    "base64 unpadded": unpadded(base64.b64encode),
    "base64url": lambda data: base64.urlsafe_b64encode(data).decode(),
    "base64url unpadded": unpadded(base64.urlsafe_b64encode),
}


@pytest.mark.parametrize("form", [raw, plain], ids=["raw", "der"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_is_accepted_if_valid(encoding: str, form: Callable[[bytes], bytes]) -> None:
    encode = ENCODINGS[encoding]
    for _ in range(30):
        assert verify(BODY, encode(form(sign())), "ES256", KEYS)
        assert verify(BODY, encode(form(sign())), None, KEYS)
        assert not verify(BODY, encode(form(sign(b"another body"))), None, KEYS)
        assert not verify(BODY, encode(form(sign(private=OTHER))), None, KEYS)


OTHER = ec.generate_private_key(ec.SECP256R1())


def test_no_mutation_of_a_signature_is_accepted() -> None:
    chance = random.Random(4)
    for _ in range(3000):
        form, encode = chance.choice([raw, plain]), ENCODINGS[chance.choice(["hex", "base64", "base64url unpadded"])]
        good = bytearray(form(sign()))
        good[chance.randrange(len(good))] ^= 1 << chance.randrange(8)
        assert not verify(BODY, encode(bytes(good)), "ES256", KEYS)


def test_no_mutation_of_a_body_is_accepted() -> None:
    signature = raw(sign()).hex()
    for position in range(len(BODY)):
        for bit in range(8):
            body = bytearray(BODY)
            body[position] ^= 1 << bit
            assert not verify(bytes(body), signature, None, KEYS)
    assert not verify(BODY + b"\n", signature, None, KEYS)
    assert not verify(BODY[:-1], signature, None, KEYS)
    assert not verify(b"", signature, None, KEYS)


def test_no_mutation_of_the_header_text_is_accepted() -> None:
    chance = random.Random(5)
    alphabet = "0123456789abcdefXYZ+/=-_ \n\x00é"
    for encode in ENCODINGS.values():
        text = encode(raw(sign()))
        for _ in range(300):
            at, letter = chance.randrange(len(text)), chance.choice(alphabet)
            changed = chance.choice([text[:at] + letter + text[at + 1 :], text[:at] + letter + text[at:], text[:at]])
            assert not verify(BODY, changed, None, KEYS) or spelling(changed) == spelling(text)


def spelling(text: str) -> str:
    """``text`` without the freedoms that its encoding has."""
    text = text.rstrip("=").replace("-", "+").replace("_", "/")
    return text.lower() if len(text) == 128 else text


@given(st.text(max_size=300), st.none() | st.text(max_size=10))
def test_no_text_is_accepted_or_makes_it_fail(signature: str, algorithm: str | None) -> None:
    assert not verify(BODY, signature, algorithm, KEYS)


@given(st.binary(max_size=80))
def test_no_bytes_are_accepted_or_make_it_fail(data: bytes) -> None:
    for encode in ENCODINGS.values():
        assert not verify(BODY, encode(data), None, KEYS)
        assert not verify(BODY, encode(b"\x30" + data), None, KEYS)


@pytest.mark.parametrize("name", ["ecdsa_secp256r1_sha256_test.json", "ecdsa_secp256r1_sha256_p1363_test.json"])
def test_the_forgeries_of_wycheproof_are_refused_and_its_signatures_accepted(name: str) -> None:
    text = (WYCHEPROOF / name).read_text()
    assert sha256(text.encode()).hexdigest() in (WYCHEPROOF / "README.md").read_text()
    wrong = []
    for group in json.loads(text)["testGroups"]:
        keys = load_keys(group["publicKeyPem"])
        for case in group["tests"]:
            for encode in ENCODINGS.values():
                accepted = verify(bytes.fromhex(case["msg"]), encode(bytes.fromhex(case["sig"])), None, keys)
                wrong += [(case["tcId"], case["comment"])] if accepted != (case["result"] == "valid") else []
    assert not wrong


@pytest.mark.parametrize("r", [0, 1, ORDER - 1, ORDER, ORDER + 1, 2**256 - 1])
@pytest.mark.parametrize("s", [0, 1, ORDER - 1, ORDER, ORDER + 1, 2**256 - 1])
def test_numbers_at_the_edges_are_refused(r: int, s: int) -> None:
    assert not verify(BODY, (r.to_bytes(32) + s.to_bytes(32)).hex(), None, KEYS)
    assert not verify(BODY, encode_dss_signature(r, s).hex(), None, KEYS)


def test_negative_and_huge_numbers_are_refused() -> None:
    r, s = decode_dss_signature(sign())
    for der in (encode_dss_signature(r + ORDER, s), encode_dss_signature(r, s + ORDER)):
        assert not verify(BODY, der.hex(), None, KEYS)
    assert not verify(BODY, "3006020180020180", None, KEYS)


def test_der_with_something_after_it_or_loosely_written_is_refused() -> None:
    der = sign()
    long_form = b"\x30\x81" + der[1:]
    wide_zero = b"\x30" + bytes([der[1] + 1]) + b"\x02" + bytes([der[3] + 1]) + b"\x00" + der[4:]
    for bad in (der + b"\x00", long_form, wide_zero, der[:-1]):
        assert not verify(BODY, bad.hex(), None, KEYS)


def test_a_missing_or_overlong_signature_is_refused() -> None:
    assert not verify(BODY, None, "ES256", KEYS)
    assert not verify(BODY, "", "ES256", KEYS)
    assert not verify(BODY, "ab" * 129, "ES256", KEYS)
    assert not verify(BODY, "ab" * 1_000_000, "ES256", KEYS)


@pytest.mark.parametrize("algorithm", ["", "none", "HS256", "es256", "ES256 ", "ES384", "RS256"])
def test_another_algorithm_is_refused(algorithm: str) -> None:
    assert not verify(BODY, raw(sign()).hex(), algorithm, KEYS)


def test_without_keys_nothing_is_accepted() -> None:
    assert not verify(BODY, raw(sign()).hex(), "ES256", ())


def test_the_published_key_is_the_one_we_know() -> None:
    (key,) = load_keys(PUBLISHED_KEY)
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert sha256(der).hexdigest() == "8bc61334f942c40219fa887de7870f8aed78212bae8c2966463ad71d31aa2c62"


def test_several_keys_are_all_trusted_until_they_are_removed() -> None:
    both = load_keys(pem(KEYS[0]) + "# the new one\n" + pem(OTHER.public_key()))
    assert len(both) == 2
    for private in (PRIVATE, OTHER):
        assert verify(BODY, sign(private=private).hex(), None, both)
    assert not verify(BODY, sign().hex(), None, load_keys(pem(OTHER.public_key())))


def test_keys_are_read_from_a_file_and_from_escaped_text(tmp_path: Path) -> None:
    path = tmp_path / "keys.pem"
    path.write_text(pem(KEYS[0]))
    for source in (str(path), pem(KEYS[0]).replace("\n", "\\n"), pem(KEYS[0]).replace("\n", "\r\n")):
        assert verify(BODY, sign().hex(), None, load_keys(source))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no public key"),
        ("/nowhere/key.pem", "neither PEM text nor a readable file"),
        ("/tmp", "neither PEM text nor a readable file"),
        ("\x00", "neither PEM text nor a readable file"),
        ("-----BEGIN PUBLIC KEY-----\nMFkw", "no PEM public key"),
        ("-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----", "cannot be read"),
        (pem(ec.generate_private_key(ec.SECP384R1()).public_key()), "P-256"),
        (pem(rsa.generate_private_key(65537, 2048).public_key()), "P-256"),
        (
            PRIVATE.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ).decode(),
            "not a private key",
        ),
    ],
    ids=["nothing", "no file", "a folder", "no path", "cut", "garbage", "P-384", "RSA", "private"],
)
def test_a_key_that_cannot_be_used_is_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        load_keys(text)
    assert "MFkw" not in str(caught.value)
