"""The environment of every test, set before Django reads it: neither a .env nor the shell has a say.

Loaded by pytest itself (``-p tests.environment`` in pyproject.toml).
"""

import os
import shutil
import tempfile
from pathlib import Path

from tests.support import made_database

# Tests write thousands of small files, and the portal waits until each is on the disk. Memory has it at once.
MEMORY, ROOM = Path("/dev/shm"), 4 * 1024**3

FIXED = {
    "ENV_FILE": os.devnull,
    "SECRET_KEY": "only-for-tests",
    "PANJAYA_API_KEY": "test-key",
    "PORTAL_URL": "http://testserver",
    "DEBUG": "false",
}
UNSET = (
    "PANJAYA_API_URL",
    "PANJAYA_PUBLIC_KEY",
    "MODELSLAB_API_KEY",
    "MODELSLAB_API_URL",
    "VOICECHANGER_API_KEY",
    "VOICECHANGER_API_URL",
    "ALLOWED_HOSTS",
    "EXTRA_LOCALES",
    "PROXIES",
    "VAR_DIR",
    "MEDIA_ROOT",
    "S3_BUCKET",
    "S3_REGION",
    "S3_DIRECT_UPLOADS",
    "S3_ENDPOINT_URL",
    "S3_ACCESS_KEY_ID",
    "S3_SECRET_ACCESS_KEY",
    "STORAGE",
)

os.environ.update(FIXED)
for name in UNSET:
    os.environ.pop(name, None)
if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

# Before pytest starts its other processes.
made_database.begin_run()
