"""The C2PA manifest of a file (“Content Credentials”): who signed it, and whether it fits. Runs in the child.

Only what is in the file counts: nothing is fetched, and there is no list of trusted issuers. Anybody can sign with a
name of their choice.
"""

from __future__ import annotations

import json
from typing import Any

from c2pa import C2paError, Context, Reader

# A manifest can refer to another one on the network, and certificates to lists of revoked ones.
_SETTINGS = {"verify": {"verify_trust": False, "remote_manifest_fetch": False, "ocsp_fetch": False}}
_FITTING = {"Valid", "Trusted"}


def read(path: str) -> dict[str, Any]:
    """Its state, and who signed it with which program."""
    try:
        with open(path, "rb") as file, Reader(file, context=Context.from_dict(_SETTINGS)) as reader:
            return _described(json.loads(reader.json()))
    except C2paError.ManifestNotFound:
        return _state("none")
    except (C2paError, ValueError, LookupError, TypeError, AttributeError) as error:
        return _state("unreadable", problem=type(error).__name__.lstrip("_"))


def _described(store: dict[str, Any]) -> dict[str, Any]:
    active = store["manifests"][store["active_manifest"]]
    signature = active.get("signature_info") or {}
    generators = active.get("claim_generator_info") or [{}]
    about = {
        "issuer": str(signature.get("issuer") or signature.get("common_name") or ""),
        "generator": str(generators[0].get("name") or ""),
    }
    if store["validation_state"] in _FITTING:
        return _state("valid", **about)
    codes = [str(status["code"]) for status in store.get("validation_status") or []]
    return _state("invalid", problem=next(iter(codes), ""), **about)


def _state(state: str, **about: str) -> dict[str, Any]:
    return {"state": state, "issuer": "", "generator": "", "problem": ""} | about
