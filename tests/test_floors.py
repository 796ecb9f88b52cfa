"""The rules about code that no linter knows. Which package may import which: import-linter, in pyproject.toml."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EVASIVE = {"utils", "helpers", "common", "core", "constants", "signals", "managers", "misc"}


def sources(*folders: str) -> list[Path]:
    """Python files of the project's own, without migrations."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


@cache
def parsed(path: Path) -> ast.Module:
    """Its syntax, read once for all the rules."""
    return ast.parse(path.read_text())


def imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names of everything a module imports at any depth."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def hides_imports(tree: ast.Module) -> bool:
    """Whether a function of it imports anything."""
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return any(isinstance(node, (ast.Import, ast.ImportFrom)) for function in functions for node in ast.walk(function))


def says_what_it_is(path: Path) -> bool:
    """Whether it begins with a docstring. A package may have none, and an empty file."""
    return path.name == "__init__.py" or not path.read_text().strip() or bool(ast.get_docstring(parsed(path)))


# Wake-ups are the one door to the broker.
PURE = [
    path
    for path in sources("dubbing/platform", "dubbing/providers", "dubbing/subtitles", "dubbing/media")
    if path.name != "wakeups.py"
]


def test_the_lowest_layer_uses_no_models_and_no_requests() -> None:
    forbidden = ("django.db", "django.http", "django.contrib", "celery")
    known = {path: [name for name in imported(parsed(path)) if name.startswith(forbidden)] for path in PURE}
    assert PURE
    assert not {path: names for path, names in known.items() if names}


def test_no_import_hides_inside_a_function() -> None:
    # Django wants its checks imported when the apps are ready, and not before.
    assert not [path for path in sources("dubbing") if hides_imports(parsed(path)) and path.name != "apps.py"]


def test_the_sandbox_and_the_portal_do_not_know_each_other() -> None:
    for path in sources("sandbox"):
        names = list(imported(parsed(path)))
        assert not [name for name in names if name.split(".")[0] in {"dubbing", "portal", "django"}], path
    for path in sources("dubbing", "portal"):
        names = list(imported(parsed(path)))
        assert not [name for name in names if name.split(".")[0] == "sandbox"], path


def test_a_file_says_what_it_is() -> None:
    files = sources("dubbing", "portal", "sandbox")
    assert files
    assert not [path for path in files if path.stem in EVASIVE]
    assert not [path for path in files if not says_what_it_is(path)]


def test_nothing_above_the_border_names_a_provider() -> None:
    files = [path for path in sources("dubbing") if path.relative_to(ROOT / "dubbing").parts[0] != "providers"]
    files += [ROOT / "portal" / "logs.py"]
    for path in [*files, *(ROOT / "templates").rglob("*.html"), *(ROOT / "static" / "js").rglob("*.js")]:
        text = path.read_text().lower()
        assert not [name for name in ("panjaya", "modelslab", "voicechanger") if name in text], path
