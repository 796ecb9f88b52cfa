"""The operations a request can mean; faults, counts and the request log use these names."""

import re
from typing import Literal

Operation = Literal[
    "any",
    "create",
    "upload",
    "get_asset",
    "list_assets",
    "add_languages",
    "get_version",
    "revise",
    "studio_url",
    "result",
    "modelslab_create",
    "modelslab_fetch",
    "modelslab_voices",
    "modelslab_list",
    "modelslab_file",
    "voicechanger_slot",
    "voicechanger_put",
    "voicechanger_start",
    "voicechanger_job",
    "voicechanger_result",
    "voicechanger_file",
    "callback",
    "asset",
    "version",
    "generate",
    "modelslab_outcome",
    "voicechanger_outcome",
]
OUTCOMES = ("asset", "version", "generate", "modelslab_outcome", "voicechanger_outcome")

_LAB, _CHANGER, _STORAGE = "/modelslab/api/v6", "/voicechanger/v1", "/voicechanger-storage"
_FORMS = [
    ("POST", r"/v1/assets/", "create"),
    ("GET", r"/v1/assets/", "list_assets"),
    ("POST", r"/v1/assets/upload", "upload"),
    ("GET", r"/v1/assets/[^/]+", "get_asset"),
    ("POST", r"/v1/assets/[^/]+/languages", "add_languages"),
    ("GET", r"/v1/versions/[^/]+", "get_version"),
    ("PATCH", r"/v1/versions/[^/]+/revise", "revise"),
    ("POST", r"/v1/versions/[^/]+/studio_url", "studio_url"),
    ("GET|HEAD", r"/results/.+", "result"),
    ("POST", rf"{_LAB}/voice/create_dubbing", "modelslab_create"),
    ("POST", rf"{_LAB}/voice/fetch/[^/]+", "modelslab_fetch"),
    ("POST", rf"{_LAB}/voice/voice_list", "modelslab_voices"),
    ("POST", r"/modelslab/api/(v6/)?assets_generated", "modelslab_list"),
    ("GET|HEAD", r"/modelslab/(files|cdn)/.+", "modelslab_file"),
    ("POST", rf"{_CHANGER}/dubbing/uploads", "voicechanger_slot"),
    ("PUT", rf"{_STORAGE}/uploads/.+", "voicechanger_put"),
    ("POST", rf"{_CHANGER}/dubbing/jobs/[^/]+/start", "voicechanger_start"),
    ("GET", rf"{_CHANGER}/jobs/[^/]+", "voicechanger_job"),
    ("GET", rf"{_CHANGER}/jobs/[^/]+/result", "voicechanger_result"),
    ("GET|HEAD", rf"{_STORAGE}/results/.+", "voicechanger_file"),
]
_OPERATIONS = [(re.compile(f"({verbs}) {path}"), name) for verbs, path, name in _FORMS]


def operation_of(method: str, path: str) -> str:
    """The operation a request means, or nothing."""
    return next((name for form, name in _OPERATIONS if form.fullmatch(f"{method} {path}")), "")
