"""``make test-postgresql-redis``: what touches a row or the broker, and a real worker."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("DATABASE_URL", "CELERY_BROKER_URL")
# Where no row is: an import contract keeps them out of these folders.
NO_ROWS = (
    "tests/dubbing/media/*",
    "tests/dubbing/platform/*",
    "tests/dubbing/providers/*",
    "tests/dubbing/subtitles/*",
    "tests/dubbing/review/test_corpus.py",
    "tests/dubbing/review/test_automatic_checks.py",
    "tests/dubbing/review/test_sandbox_damage.py",
    "tests/translations/*",
    "tests/dubbing/test_checks.py",
)
# What a page says and how a form is read, about a few rows that are there. That rows are searched, added up, locked
# and kept as anybody writes them is tested on the servers: lists, usage, drafts, uploads, batches, the admin site.
SAID_AND_READ = (
    "tests/dubbing/test_canary.py",
    "tests/dubbing/batches/test_manifests.py",
    "tests/dubbing/drafts/test_provider_fit.py",
    "tests/dubbing/minutes/test_costs.py",
    "tests/dubbing/web/asset_form/test_before_the_click.py",
    "tests/dubbing/web/asset_form/test_cost_before_click.py",
    "tests/dubbing/web/asset_form/test_form.py",
    "tests/dubbing/web/asset_form/test_policy_checks.py",
    "tests/dubbing/web/asset_form/test_subtitle_fixes.py",
    "tests/dubbing/web/editor/*",
    "tests/dubbing/web/files/*",
    "tests/dubbing/web/shared/test_byte_ranges.py",
    "tests/dubbing/web/test_page_polling.py",
    "tests/dubbing/web/test_marked_texts.py",
    "tests/dubbing/web/test_names.py",
    "tests/dubbing/web/test_one_story.py",
    "tests/dubbing/web/test_permissions.py",
    "tests/dubbing/web/test_providers.py",
    "tests/dubbing/web/version/*",
)
# Requests before they reach a row, settings, log lines, and processes without a worker.
BEFORE_ROWS = (
    "tests/portal/test_addresses.py",
    "tests/portal/test_demo.py",
    "tests/portal/test_embedded_broker.py",
    "tests/portal/test_input_gate.py",
    "tests/portal/test_logs.py",
    "tests/portal/test_body_gate.py",
    "tests/portal/test_observability.py",
    "tests/portal/test_concurrency_limits.py",
    "tests/portal/test_settings.py",
    "tests/portal/test_static.py",
    "tests/portal/test_web_worker.py",
    "tests/faults/test_neighbours.py",
    "tests/faults/test_slow_clients.py",
    "tests/faults/test_uploads_cut.py",
)
# The other side of the border, the repository's own rules, and pages in a browser.
OUTSIDE = (
    "tests/dubbing/api/mcp/test_official_client.py",  # the tools' rows are in test_tools.py
    "tests/browser/test_[!m]*.py",  # the main job stays, and its minutes
    "tests/sandbox/*",
    "tests/witness/*",
    "tests/witness_more/*",
    "tests/test_*.py",
)
# Their rows are few and simple; what is tried is the broker, and files over a bad line.
OTHER_FAULTS = (
    "tests/faults/test_archives_cut.py",
    "tests/faults/test_bucket_archives_cut.py",
    "tests/faults/test_rabbitmq.py",
)
# Every page with every wrong value: what the database does with those is tested once for each kind of them.
MANY_PAGES = ("tests/faults/test_hostile_input.py",)
# In files that have other tests as well: who may see what in the admin site, and again many pages with wrong values.
LEFT_OUT = (
    "tests/dubbing/test_admin.py::test_it_is_for_staff_only",
    "tests/dubbing/test_admin.py::test_no_page_shows_a_token",
    "tests/dubbing/test_admin.py::test_nothing_is_typed_added_or_deleted",
    "tests/dubbing/test_admin.py::test_people_who_may_only_view_may_not_act",
    "tests/dubbing/web/test_bad_rows.py::test_every_page_survives_a_value_of_the_wrong_form_in_every_field",
    "tests/dubbing/web/test_bad_rows.py::test_every_page_survives_wrong_values_inside_of_every_field",
)
ELSEWHERE = (*NO_ROWS, *SAID_AND_READ, *BEFORE_ROWS, *OUTSIDE, *OTHER_FAULTS, *MANY_PAGES)


def main() -> int:
    """Run pytest against the servers that the environment names."""
    environment = os.environ | {
        name: os.environ[f"SERVICES_{short}"]
        for name, short in (("DATABASE_URL", "DATABASE_URL"), ("CELERY_BROKER_URL", "BROKER_URL"))
        if f"SERVICES_{short}" in os.environ
    }
    missing = [name for name in NEEDED if not environment.get(name)]
    if missing:
        sys.stderr.write(f"Set {' and '.join(missing)}: a PostgreSQL server's postgres database, and a Redis server.\n")
        return 2
    environment["REQUIRE_SERVICES"] = "1"
    command = [sys.executable, "-m", "pytest", "-n", "3", "--dist", "loadgroup", *_ignored(), *sys.argv[1:]]
    return subprocess.run(command, env=environment, check=False).returncode


def _ignored() -> list[str]:
    files = [f"--ignore-glob={ROOT / pattern}" for pattern in ELSEWHERE]
    return files + [f"--deselect={test}" for test in LEFT_OUT]


if __name__ == "__main__":
    sys.exit(main())
