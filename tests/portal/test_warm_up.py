"""What the web process has loaded before its first request."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import gc, json, sys
import portal.wsgi
from django.template import engines
from django.utils.translation import trans_real
loader = engines["django"].engine.template_loaders[0]
told = {"kept": gc.get_freeze_count(), "searched": len(gc.get_objects()), "enabled": gc.isenabled()}
told["compiled"] = sorted({template.name for template in loader.get_template_cache.values()})
told["views"] = [name for name in ("dubbing.web.project.views", "dubbing.admin") if name in sys.modules]
catalogue, told["texts"] = trans_real.translation("en-gb"), []
while catalogue := catalogue._fallback:
    told["texts"].append(len([key for key in catalogue._catalog if key]))
print(json.dumps(told))
"""


def test_pages_are_loaded_before_the_first_visit_and_left_out_of_searches_for_garbage() -> None:
    environment = {"SECRET_KEY": "x" * 60, "PANJAYA_API_KEY": "x", "ENV_FILE": "/dev/null", "DEBUG": "on"}
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM], cwd=ROOT, env=environment, capture_output=True, check=True
    )
    told = json.loads(ran.stdout.splitlines()[-1])
    templates = {path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates").rglob("*.html")}
    assert templates <= set(told["compiled"])
    assert told["views"] == ["dubbing.web.project.views", "dubbing.admin"]
    assert told["enabled"]
    assert told["searched"] < told["kept"] / 20
    assert 0 not in told["texts"]  # catalogues that every text is looked for in, and none is found
