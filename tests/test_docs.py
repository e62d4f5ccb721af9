"""What the documentation names exists, and its examples are true."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.control import serve
from unsit.cli import config as config_cli
from unsit.cli import exercise as exercise_cli
from unsit.cli import main as main_cli
from unsit.cli.completion import known_words
from unsit.core import snapshot
from unsit.daemon import commands, control
from unsit.settings import SettingsError
from unsit.settings.keys import TABLES
from unsit.settings.layers import find_rule, known_exercise_ids

TOP = Path(__file__).parents[1]
DOCS = sorted([*TOP.glob("*.md"), *(TOP / "docs").glob("*.md")])
CONTROL = (TOP / "docs/control.md").read_text()
EXAMPLES = [block for block in re.findall(r"```\n(.*?)```", CONTROL, re.S) if block.startswith("-->")]
ANY = "…"


def _rows(text: str) -> Iterator[list[str]]:
    """The cells of the tables' rows whose first cell is code."""
    for line in text.splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def _section(text: str, title: str) -> str:
    """From a heading to the next one of its level or above."""
    level = title.split()[0]
    rest = text.split(f"\n{title}\n", 1)[1]
    return re.split(rf"\n#{{2,{len(level)}}} ", rest)[0]


def _codes(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


# ------------------------------------------------------------------------------------------------------ docs/control.md


def _is_like(shown: Any, real: Any) -> bool:
    """What varies is shown as `…`; an object with `"…": "…"` may have more than is shown."""
    if shown == ANY:
        return True
    if isinstance(shown, dict) and isinstance(real, dict):
        named = shown.keys() - {ANY}
        return (
            (named <= real.keys() if ANY in shown else named == real.keys())
            and all(_is_like(shown[key], real[key]) for key in named)
        )  # fmt: skip
    if isinstance(shown, list) and isinstance(real, list):
        return len(shown) == len(real) and all(map(_is_like, shown, real))
    return bool(shown == real)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
async def test_the_examples_of_the_control_socket_are_true(tmp_path: Path, example: str) -> None:
    """Said to the real thing, line by line."""
    async with serve(tmp_path) as served, served.client() as client:
        for line in example.splitlines():
            arrow, message = line[:4], line[4:]
            if arrow == "--> ":
                client.send_line(message.encode())
            else:
                assert arrow == "<-- "
                real = await client.message()
                assert _is_like(json.loads(message), real), f"{message}\nis really\n{json.dumps(real)}"


def test_the_control_socket_has_the_methods_and_parameters_of_its_page(tmp_path: Path) -> None:
    """All of them, and no other."""
    written = {row[0].strip("`"): set(_codes(row[1])) for row in _rows(_section(CONTROL, "## Methods"))}
    made = control.Control(None, tmp_path / "socket", control.PagesLink())  # type: ignore[arg-type]  # never asked
    real = {
        word: set(
            method.takes
            if method.takes is not None
            else (commands.WORDS[word][1] if word in commands.WORDS else commands.SHELL_WORDS[word])
        )
        for word, method in made.methods.items()
    }

    assert written == real


def test_the_codes_of_errors_are_those_of_the_page() -> None:
    """All of them, and no other."""
    written = {int(code) for code in re.findall(r"^\| (-32\d+) ", CONTROL, re.M)}
    real = {value for name, value in vars(control).items() if name.isupper() and isinstance(value, int) and value < 0}

    assert written == real


@pytest.mark.parametrize(
    "name", ["Snapshot", "PromptView", "SessionView", "SegmentView", "HoldView", "LastView", "UndoView"]
)
def test_every_field_of_the_snapshot_is_described(name: str) -> None:
    """In the order in which it comes."""
    section = re.split(r"\n\| `phase` \| \|\n", _section(CONTROL, f"### {name}"))[0]

    assert [row[0].strip("`") for row in _rows(section)] == list(getattr(snapshot, name).__struct_fields__)


def test_every_phase_is_described() -> None:
    """The page's list of phases is the program's."""
    written = re.split(r"\n\| `phase` \| \|\n", CONTROL)[1].split("\n\n")[0]

    assert [row[0].strip("`") for row in _rows(written)] == list(snapshot.Phase.__args__)  # type: ignore[attr-defined]


# ------------------------------------------------------------------------------------------------------------- commands


def _calls() -> list[tuple[str, str]]:
    """(file, `unsit ...` as somebody would type it) from code blocks and code in the text."""
    found = set()
    for path in DOCS:
        text = path.read_text()
        blocks = re.findall(r"^    (?:\$ )?((?:\S+/)?unsit(?: .*)?)$", text, re.M)
        blocks += re.findall(r"^(?:\$ )?(unsit(?: .*)?)$", "\n".join(re.findall(r"```\w*\n(.*?)```", text, re.S)), re.M)
        inline = re.findall(r"`(unsit(?: [^`]*)?)`", text)
        found |= {(str(path.relative_to(TOP)), call) for call in [*blocks, *inline]}
    return sorted(found)


def _words(call: str) -> list[str]:
    """Without what a shell, and not the program, would see."""
    text = re.split(r" {2,}#| {3,}|\s[|<>]\s|\$\(|\)\"", call)[0]
    return shlex.split(text, comments=True)[1:]


PLACEHOLDER = re.compile(r"^(\[.*|[A-Z][A-Z:_]*\]?|\.\.\.|…|.*\.\.\.)$")


@pytest.mark.parametrize(("file", "call"), _calls())
def test_commands_that_are_named_exist(file: str, call: str) -> None:
    """Parsed as the program parses them; KEY and [DAY] stand for anything."""
    words = _words(call)
    if words and words[0].startswith("unsit:"):
        words = ["open", *words]
    verbs = set(next(action for action in known_words()._actions if action.dest == "verb").choices or ())
    if not words:
        return
    if PLACEHOLDER.match(words[0]) or words[0].startswith("-"):
        main_cli.parser().parse_args([word for word in words if word not in ("--help", "--version")])
        return
    assert words[0] in verbs, f"{file} names a verb that is not there: {call}"
    if any(PLACEHOLDER.match(word) or "|" in word for word in words[1:]) or "--help" in words:
        return
    try:
        if words[0] == "config":
            config_cli._parser().parse_args(words[1:])
        elif words[0] == "exercise":
            exercise_cli.parser().parse_args(words[1:])
        else:
            main_cli.parser().parse_args(words)
    except SystemExit:
        # `unsit config set` in running text names the verb, not a whole call.
        assert len(words) == 2 or (len(words) == 1 and words[0] in ("session", "completion", "config", "exercise")), (
            f"{file}: wrong call: {call}"
        )


def test_make_has_the_targets_that_are_named() -> None:
    """`make run` in the first line somebody types."""
    targets = set(re.findall(r"^([a-z0-9-]+):", (TOP / "Makefile").read_text(), re.M))
    for path in DOCS:
        text = path.read_text()
        named = re.findall(r"`make ([a-z0-9-]+)", text) + re.findall(r"^    make ([a-z0-9-]+)", text, re.M)
        assert set(named) <= targets, path


# ------------------------------------------------------------------------------------------------------ settings, files


def _keys() -> list[tuple[str, str]]:
    tables = "|".join(TABLES)
    return sorted(
        {
            (str(path.relative_to(TOP)), key)
            for path in DOCS
            for key in re.findall(rf"`((?:{tables})\.[a-z_-]+)`", path.read_text())
        }
    )


@pytest.mark.parametrize(("file", "key"), _keys())
def test_settings_that_are_named_exist(file: str, key: str) -> None:
    """By the name under which they can be set."""
    try:
        find_rule(key, known_exercise_ids())
    except SettingsError as error:
        pytest.fail(f"{file}: {error}")


def test_the_settings_of_the_readme_are_read_without_a_complaint(tmp_path: Path) -> None:
    """What somebody copies from there works."""
    blocks = re.findall(r"```toml\n(.*?)```", (TOP / "README.md").read_text(), re.S)
    assert blocks
    for number, block in enumerate(blocks):
        file = tmp_path / f"{number}.toml"
        file.write_text(block)
        done = subprocess.run(
            [sys.executable, "-m", "unsit", "config", "check", str(file)], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(TOP)))
def test_files_that_are_named_exist(path: Path) -> None:
    """Links, and paths of this repository in the text."""
    text = path.read_text()
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if "://" not in link]
    missing = [link for link in links if not (path.parent / link).exists()]
    tops = "src|tests|docs|config|packaging|\\.ci|\\.github"
    named = re.findall(rf"`((?:{tops})/[\w./-]+)`", text)
    missing += [name for name in named if not (TOP / name).exists()]

    assert missing == []


def test_every_dependency_is_accounted_for() -> None:
    """docs/dependencies.md has a row for each package that is installed, and none for one that is not."""
    import tomllib

    project = tomllib.loads((TOP / "pyproject.toml").read_text())
    names = {re.split(r"[^\w-]", line)[0] for line in project["project"]["dependencies"]}
    written = {
        row[0].strip("`") for row in _rows(_section((TOP / "docs/dependencies.md").read_text(), "## The packages"))
    }

    assert written == names
