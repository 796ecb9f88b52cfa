"""The rules about code that no linter knows. Which package may import which: import-linter, in pyproject.toml."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EVASIVE = {"utils", "helpers", "common", "core", "constants", "signals", "managers", "misc"}


def sources(*folders: str) -> list[Path]:
    """Python files of the project's own, without migrations."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


def imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names of everything a module imports at any depth."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


# Wake-ups are the one door to the broker.
PURE = [
    path
    for path in sources("dubbing/platform", "dubbing/providers", "dubbing/subtitles", "dubbing/media")
    if path.name != "wakeups.py"
]


@pytest.mark.parametrize("path", PURE, ids=str)
def test_the_lowest_floor_knows_no_rows_and_no_requests(path: Path) -> None:
    forbidden = ("django.db", "django.http", "django.contrib", "celery")
    names = list(imported(ast.parse(path.read_text())))
    assert not [name for name in names if name.startswith(forbidden)]


@pytest.mark.parametrize("path", sources("dubbing"), ids=str)
def test_no_import_hides_inside_a_function(path: Path) -> None:
    tree = ast.parse(path.read_text())
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    hidden = [
        node for function in functions for node in ast.walk(function) if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    # Django wants its checks imported when the apps are ready, and not before.
    assert not hidden or path.name == "apps.py"


def test_the_sandbox_and_the_portal_do_not_know_each_other() -> None:
    for path in sources("sandbox"):
        names = list(imported(ast.parse(path.read_text())))
        assert not [name for name in names if name.split(".")[0] in {"dubbing", "portal", "django"}], path
    for path in sources("dubbing", "portal"):
        names = list(imported(ast.parse(path.read_text())))
        assert not [name for name in names if name.split(".")[0] == "sandbox"], path


@pytest.mark.parametrize("path", sources("dubbing", "portal", "sandbox"), ids=str)
def test_a_file_says_what_it_is(path: Path) -> None:
    assert path.stem not in EVASIVE
    text = path.read_text()
    assert not text.strip() or ast.get_docstring(ast.parse(text)) or path.name == "__init__.py"


def test_nothing_above_the_border_names_a_provider() -> None:
    files = [path for path in sources("dubbing") if path.relative_to(ROOT / "dubbing").parts[0] != "providers"]
    files += [ROOT / "portal" / "logs.py"]
    for path in [*files, *(ROOT / "templates").rglob("*.html"), *(ROOT / "static" / "js").rglob("*.js")]:
        text = path.read_text().lower()
        assert not [name for name in ("panjaya", "modelslab", "voicechanger") if name in text], path
