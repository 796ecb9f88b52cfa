"""The house rules that no linter knows: imports only go down, names say what is inside."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = {
    "urls": 6,
    "apps": 6,
    "views": 5,
    "callback": 5,
    "admin": 5,
    "checks": 4,
    "management": 5,
    "templatetags": 5,
    "forms": 4,
    "pages": 4,
    "tasks": 4,
    "services": 3,
    "sync": 3,
    "models": 2,
    "bell": 1,
    "byte_ranges": 1,
    "catalogue": 1,
    "locales": 0,
    "media": 1,
    "numbers": 0,
    "pace": 1,
    "providers": 1,
    "spreadsheets": 1,
    "states": 1,
    "storage": 1,
    "subtitles": 1,
    "wording": 1,
}
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


def part(dotted: str) -> str | None:
    """The part of the product a dotted name belongs to: dubbing.views.work -> views."""
    pieces = dotted.split(".")
    return pieces[1] if pieces[0] == "dubbing" and len(pieces) > 1 and pieces[1] in FLOORS else None


def part_of(path: Path) -> str:
    """The part of the product a file belongs to."""
    return path.relative_to(ROOT / "dubbing").parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", sources("dubbing"), ids=str)
def test_imports_only_go_down(path: Path) -> None:
    own = part_of(path)
    if own == "__init__":
        return
    assert own in FLOORS, f"{own} has no floor: say where it stands in tests/test_floors.py"
    for name in imported(ast.parse(path.read_text())):
        other = part(name)
        if other and other != own and not (own == "apps" and other == "checks"):
            assert FLOORS[other] < FLOORS[own], f"{own} (floor {FLOORS[own]}) imports {name} (floor {FLOORS[other]})"


@pytest.mark.parametrize("path", sources("dubbing/providers", "dubbing/subtitles", "dubbing/media"), ids=str)
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
    folders = ("views", "forms", "pages", "services", "sync", "admin", "management", "templatetags")
    files = sources(*(f"dubbing/{folder}" for folder in folders))
    files += [ROOT / "dubbing" / name for name in ("tasks.py", "catalogue.py", "locales.py", "callback.py")]
    for path in [*files, *(ROOT / "templates").rglob("*.html"), *(ROOT / "static" / "js").rglob("*.js")]:
        text = path.read_text().lower()
        assert not [name for name in ("panjaya", "modelslab", "voicechanger") if name in text], path
