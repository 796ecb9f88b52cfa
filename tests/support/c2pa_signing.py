"""Films with a C2PA manifest, signed by an issuer that exists for one test alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from c2pa import Builder, C2paSignerInfo, Signer
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
ISSUER, PROGRAM = "Example Dubbing Ltd", "Example dubber"


def sign_film(film: Path, *, remote: str = "") -> Path:
    """Write a copy of the film with a manifest in it, or with the address of one, and give its path back."""
    signed = film.with_name(f"signed-{film.name}")
    made = {"action": "c2pa.created", "digitalSourceType": _TRAINED}
    dubbed = {"actions": [made, {"action": "c2pa.dubbed"}]}
    claim = {
        "claim_generator_info": [{"name": PROGRAM, "version": "1"}],
        "assertions": [{"label": "c2pa.actions", "data": dubbed}],
    }
    with Builder(json.dumps(claim)) as builder, _signer() as signer:
        if remote:
            builder.set_no_embed()
            builder.set_remote_url(remote)
        with film.open("rb") as source, signed.open("w+b") as target:
            builder.sign(signer, "video/mp4", source, target)
    return signed


def tamper_with(film: Path) -> Path:
    """Change one byte of the film's sound and pictures, and nothing in its manifest."""
    content = bytearray(film.read_bytes())
    content[content.rindex(b"mdat") + 100] ^= 1
    film.write_bytes(content)
    return film


def _signer() -> Signer:
    root, leaf = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    chain = [_certificate(ISSUER, leaf, root), _certificate("Root", root, root)]
    pem = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain)
    key = leaf.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Signer.from_info(C2paSignerInfo(b"es256", pem, key, None))


def _certificate(name: str, key: EllipticCurvePrivateKey, signer: EllipticCurvePrivateKey) -> x509.Certificate:
    """As the standard wants it: for signing documents, and not signed by itself."""
    is_root, now = key is signer, datetime.now(UTC)
    usage = {
        "digital_signature": not is_root, "key_cert_sign": is_root, "content_commitment": False,
        "key_encipherment": False, "data_encipherment": False, "key_agreement": False, "crl_sign": False,
        "encipher_only": False, "decipher_only": False,
    }  # fmt: skip
    builder = (
        x509.CertificateBuilder(_name("Root"), _name(name), key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if not is_root:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return builder.sign(signer, SHA256())


def _name(name: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)]
    )
