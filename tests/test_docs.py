"""What the documents say is true."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "sandbox" / "README.md"]


def settings_variables() -> set[str]:
    """Every environment variable that the settings read."""
    text = (ROOT / "portal" / "settings.py").read_text()
    return set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", text))


def example_variables() -> set[str]:
    """Every variable that .env.example shows."""
    return set(re.findall(r"^#?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def test_every_setting_stands_in_the_example_and_the_reverse() -> None:
    assert settings_variables() == example_variables()


# What belongs to a machine without containers, or is said in the image or by compose.yaml itself.
NOT_IN_CONTAINERS = {"ENV_FILE", "DEBUG", "VAR_DIR", "MEDIA_ROOT", "SAMPLES_DIR", "TEST_SQLITE"}


def test_every_setting_reaches_the_containers() -> None:
    named = set(re.findall(r"^  ([A-Z][A-Z_0-9]+):", (ROOT / "compose.yaml").read_text(), re.MULTILINE))
    assert example_variables() - named == NOT_IN_CONTAINERS


def test_the_readme_opens_with_the_two_commands() -> None:
    first_screen = "\n".join((ROOT / "README.md").read_text().splitlines()[:40])
    assert "make demo" in first_screen
    assert "make test" in first_screen


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_and_paths_in_a_document_exist(document: Path) -> None:
    text = document.read_text()
    links = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", text)
    named = re.findall(r"`((?:dubbing|portal|sandbox|tests|docs|templates|static)/[\w./-]+)`", text)
    missing = [name for name in links if not (document.parent / name).exists()]
    missing += [name for name in named if not (ROOT / name).exists()]
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_make_targets_in_a_document_exist(document: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = {name for line in re.findall(r"^([a-z][a-z -]*):", makefile, re.MULTILINE) for name in line.split()}
    assert set(re.findall(r"`make ([a-z-]+)", document.read_text())) <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_management_commands_in_a_document_exist(document: Path) -> None:
    commands = {path.stem for path in (ROOT / "dubbing" / "management" / "commands").glob("*.py")}
    django_own = {"migrate", "createsuperuser", "collectstatic", "check", "dbshell", "shell"}
    assert set(re.findall(r"manage\.py ([a-z_]+)", document.read_text())) <= commands | django_own
