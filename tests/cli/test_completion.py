"""The completion in real shells: what is on the line after the Tab key."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.desktop import needs
from unsit.catalogue import load
from unsit.cli import main
from unsit.cli.completion import known_words
from unsit.paths import shipped_config_dir
from unsit.settings.keys import KEYS

CASES = [
    ("unsit sn", {"snooze"}),
    ("unsit st", {"status", "stand", "stretch"}),
    ("unsit stretch st", {"standing-lunge", "straight-leg-raise"}),
    ("unsit stretch --h", {"--here", "--help"}),
    ("unsit status --wa", {"--waybar"}),
    ("unsit begin st", {"standing-lunge", "straight-leg-raise"}),
    ("unsit open gu", {"guide"}),
    ("unsit session ch", {"choose"}),
    ("unsit session choose first=", {"first=left", "first=right"}),
    ("unsit config sh", {"show"}),
    ("unsit config set prompt.every_", {"prompt.every_standing"}),
    ("unsit config get exercises.half", {"exercises.half-kneeling", "exercises.half-kneeling-reach"}),
    ("unsit exercise sh", {"show"}),
    ("unsit exercise off half", {"half-kneeling", "half-kneeling-reach"}),
    ("unsit open ex", {"exercises"}),
    ("unsit autostart o", {"on", "off"}),
    ("unsit completion f", {"fish"}),
    ("unsit run --b", set()),
]
"""What is typed, and what the shell offers; `--background` is for the program itself."""

BASH = """
eval "$(<"$1")"
read -ra COMP_WORDS <<< "$2"
COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
COMP_LINE=$2 COMP_POINT=${#2}
complete -p unsit >/dev/null || exit 1
function=$(complete -p unsit | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
$function unsit "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Shell -> what `unsit completion SHELL` prints, in a file."""
    scripts = {}
    for shell in ("bash", "zsh", "fish"):
        done = subprocess.run(
            [sys.executable, "-m", "unsit", "completion", shell], capture_output=True, text=True, check=True
        )
        scripts[shell] = tmp_path_factory.mktemp("completion") / f"unsit.{shell}"
        scripts[shell].write_text(done.stdout)
    return scripts


@needs("bash")
@pytest.mark.parametrize(("typed", "offered"), CASES)
def test_bash_completes(script: dict[str, Path], typed: str, offered: set[str]) -> None:
    """By the function that the script registers for `unsit`."""
    done = subprocess.run(
        ["bash", "--norc", "-c", BASH, "bash", script["bash"], typed], capture_output=True, text=True, check=True
    )

    # The same line may be there with and without the space that follows it.
    assert {line.strip() for line in done.stdout.splitlines()} - {""} == offered, done.stderr
    assert done.stderr == ""


@needs("fish")
@pytest.mark.parametrize(("typed", "offered"), CASES)
def test_fish_completes(script: dict[str, Path], tmp_path: Path, typed: str, offered: set[str]) -> None:
    """By fish's own `complete -C`."""
    done = subprocess.run(
        ["fish", "--no-config", "-c", 'source $argv[1]; complete -C"$argv[2]"', script["fish"], typed],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "HOME": str(tmp_path)},
    )

    assert {line.split("\t")[0] for line in done.stdout.splitlines()} == offered
    assert done.stderr == ""


@needs("zsh")
def test_zsh_completes(script: dict[str, Path], tmp_path: Path) -> None:
    """At a real terminal: the word is finished by Tab, and the command gets it."""
    (tmp_path / ".zshrc").write_text(
        "PS1='> ' PROMPT_EOL_MARK=''\n"
        'unsit() { print -r -- "GOT $*." }\n'
        f"autoload -Uz compinit && compinit -u -d {tmp_path}/dump\n"
        f'eval "$(<{script["zsh"]})"\n'
        "print ready\n"
    )
    lines = {typed: sorted(offered)[0] for typed, offered in CASES if len(offered) == 1}
    terminal, child_end = pty.openpty()
    shell = subprocess.Popen(
        ["zsh", "-i"],
        stdin=child_end,
        stdout=child_end,
        stderr=child_end,
        start_new_session=True,
        env={**os.environ, "HOME": str(tmp_path), "ZDOTDIR": str(tmp_path), "TERM": "dumb"},
    )
    os.close(child_end)
    try:
        seen = _read_until(terminal, "ready")
        for typed, word in lines.items():
            os.write(terminal, f"{typed}\t\n".encode())
            *before, _part = typed.split()[1:]
            seen = _read_until(terminal, f"GOT {' '.join([*before, word])}")
    finally:
        shell.kill()
        shell.wait()
        os.close(terminal)
    assert "not found" not in seen


def _read_until(terminal: int, text: str) -> str:
    seen, end = "", time.monotonic() + 15
    while text not in seen:
        ready, _, _ = select.select([terminal], [], [], max(0.0, end - time.monotonic()))
        assert ready, f"{text!r} did not come: {seen!r}"
        seen += os.read(terminal, 4096).decode(errors="replace")
    return seen


def test_every_exercise_and_every_setting_is_known() -> None:
    """Those of the person's own exercises folder too, as it is when the script is made."""
    words = known_words()
    ids = [rule.id for rule in load(shipped_config_dir() / "exercises", None).rules()]
    verbs = next(action for action in words._actions if action.dest == "verb").choices
    assert isinstance(verbs, dict)

    begin = next(action for action in verbs["begin"]._actions if action.dest == "exercise")
    assert list(begin.choices or ()) == ids
    config = next(action for action in verbs["config"]._actions if action.dest == "verb").choices
    get = next(action for action in config["get"]._actions if action.dest == "key")
    assert set(KEYS) < set(get.choices)


def test_the_parser_itself_stays_free() -> None:
    """What is offered is no limit: an exercise added since, or another duration, is not refused."""
    known_words()

    assert main.parser().parse_args(["snooze", "7m"]).duration == ["7m"]
    assert main.parser().parse_args(["begin", "my-own"]).exercise == "my-own"
