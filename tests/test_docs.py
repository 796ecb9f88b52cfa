"""What the documents say is true."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "sandbox" / "README.md",
]


def name_of(document: Path) -> str:
    """Its path, as several folders have a README."""
    return str(document.relative_to(ROOT))


def anchors_of(document: Path) -> set[str]:
    """What a link may name after its hash: the headings, as GitHub writes them in addresses."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def settings_variables() -> set[str]:
    """Every environment variable that the settings read."""
    text = (ROOT / "portal" / "settings.py").read_text()
    return set(re.findall(r"env\.\w+\(\s*\"([A-Z0-9_]+)\"", text))


def example_variables() -> set[str]:
    """Every variable that .env.example shows."""
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def test_every_setting_is_in_the_example_and_vice_versa() -> None:
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


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_and_paths_in_a_document_exist(document: Path) -> None:
    text = document.read_text()
    links = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", text)
    named = re.findall(r"`((?:dubbing|portal|sandbox|tests|docs|templates|static)/[\w./-]+)`", text)
    missing = [name for name in links if not (document.parent / name).exists()]
    missing += [name for name in named if not (ROOT / name).exists()]
    assert not missing


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_headings_that_a_document_links_to_exist(document: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)#\s]*)#([^)\s]+)\)", document.read_text())
    missing = [
        (path, anchor)
        for path, anchor in links
        if anchor not in anchors_of((document.parent / path) if path else document)
    ]
    assert not missing


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        document = waiting.pop()
        if document in reached:
            continue
        reached.add(document)
        links = re.findall(r"\]\((?!https?://)([^)#\s]+\.md)", document.read_text())
        waiting += [(document.parent / link).resolve() for link in links]
    assert set(DOCUMENTS) <= reached


@cache
def variables_read() -> set[str]:
    """Every variable that a program or a file of settings names."""
    readers = [*ROOT.glob("*.y*ml"), ROOT / "Makefile", ROOT / ".env.example", *(ROOT / "portal").glob("*.py")]
    readers += [*(ROOT / "sandbox").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *(ROOT / "dubbing").rglob("*.py")]
    return {name for path in readers for name in re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", path.read_text())}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_variables_in_a_document_are_read_somewhere(document: Path) -> None:
    named = set(re.findall(r"`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`", document.read_text()))
    assert named <= variables_read()


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_make_targets_in_a_document_exist(document: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = {name for line in re.findall(r"^([a-z][a-z -]*):", makefile, re.MULTILINE) for name in line.split()}
    assert set(re.findall(r"`make ([a-z-]+)", document.read_text())) <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_management_commands_in_a_document_exist(document: Path) -> None:
    commands = {path.stem for path in (ROOT / "dubbing" / "management" / "commands").glob("*.py")}
    django_own = {"migrate", "createsuperuser", "collectstatic", "check", "dbshell", "shell"}
    assert set(re.findall(r"manage\.py ([a-z_]+)", document.read_text())) <= commands | django_own


# Pages in which bold words are labels of the interface, and nothing else.
LABELLED = [*sorted((ROOT / "docs" / "using").glob("*.md")), ROOT / "docs" / "operating" / "administration.md"]
PLACEHOLDER = re.compile(r"{{.*?}}|%\(\w+\)s")


def texts_in_templates() -> Iterator[str]:
    """Every text that is marked for translation, one for each form of a plural."""
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        for double, single in re.findall(r"{% translate (?:\"([^\"]+)\"|'([^']+)')", text):
            yield double or single
        for block in re.findall(r"{% blocktranslate[^%]*%}(.*?){% endblocktranslate %}", text, re.DOTALL):
            yield from re.split(r"{% plural %}", block)


def texts_in_code(folder: Path) -> Iterator[str]:
    """Every text constant of these modules."""
    for path in folder.rglob("*.py"):
        if "migrations" not in path.parts:
            nodes = ast.walk(ast.parse(path.read_text()))
            yield from (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


@cache
def interface_labels() -> frozenset[str]:
    """What people can read in the interface; what is filled in stands as an ellipsis."""
    texts = {*texts_in_templates(), *texts_in_code(ROOT / "dubbing")}
    return frozenset(PLACEHOLDER.sub("…", " ".join(text.split())).removesuffix("…").strip() for text in texts)


@cache
def admin_actions() -> frozenset[str]:
    """The labels of the admin's actions, without what they explain after a colon and without an ellipsis."""
    texts = set(texts_in_code(ROOT / "dubbing" / "admin"))
    return frozenset({text.split(":")[0] for text in texts} | {text.removesuffix("…") for text in texts})


@pytest.mark.parametrize("document", LABELLED, ids=name_of)
def test_labels_that_a_document_quotes_are_those_of_the_interface(document: Path) -> None:
    labels = interface_labels() | (admin_actions() if "operating" in document.parts else set())
    quoted = {" ".join(label.split()) for label in re.findall(r"\*\*(.+?)\*\*", document.read_text(), re.DOTALL)}
    assert not {label for label in quoted if label.removesuffix("…").strip() not in labels}


def test_a_label_that_does_not_exist_would_be_noticed() -> None:
    assert {"Check now", "Try with", "Send the missing languages"} <= interface_labels()
    assert not {"Sync now", "Send the missing ones"} & interface_labels()
    assert "Save the result now" in admin_actions()
