"""`unsit autostart`: what it makes is found by the desktop's own tools, and it takes away what it made and nothing else."""

from __future__ import annotations

import configparser
import os
import shlex
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from support.desktop import Desktop, needs
from unsit.cli.autostart import own_command, with_command

UNSIT = Path(sys.executable).parent / "unsit"


class Home:
    """One person's folders, on a machine with a session bus and no screen."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop
        self.config = Path(desktop.env["XDG_CONFIG_HOME"])
        self.data = Path(desktop.env["XDG_DATA_HOME"])
        self.system = desktop.dir / "etc" / "xdg"
        self.entry = self.config / "autostart" / "unsit.desktop"
        self.mimeapps = self.config / "mimeapps.list"

    def autostart(self, *words: str, **env: str) -> tuple[int, str, str]:
        done = self.desktop.run([UNSIT, "autostart", *words], 20, XDG_CONFIG_DIRS=str(self.system), **env)
        return done.returncode, done.stdout, done.stderr

    def tree(self) -> dict[str, bytes | None]:
        """Every file with its content, and every folder, below the person's folders."""
        return {
            str(path): None if path.is_dir() else path.read_bytes()
            for folder in (self.config, self.data)
            for path in sorted(folder.rglob("*"))
        }


@pytest.fixture
def home(session_bus: Desktop) -> Home:
    return Home(session_bus)


def _entry(path: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # the keys are told apart by case
    parser.read(path)
    return parser["Desktop Entry"]


def test_on_makes_the_session_start_this_installation(home: Home) -> None:
    """By its full path: the session's own PATH need not have it. Doing it twice is doing it once."""
    assert home.autostart("on") == (0, f"Autostart is on: {home.entry}\n", "")
    first = home.tree()
    assert home.autostart("on") == (0, f"Autostart is on: {home.entry}\n", "")

    assert home.tree() == first
    assert _entry(home.entry)["Exec"] == f"{UNSIT} run"
    assert _entry(home.entry)["TryExec"] == str(UNSIT)
    assert stat.S_IMODE(home.entry.stat().st_mode) == 0o644
    done = home.desktop.run([*shlex.split(_entry(home.entry)["Exec"])[:-1], "--version"])
    assert done.stdout.startswith("unsit ")


def test_off_leaves_everything_as_it_was_before_on(home: Home) -> None:
    """Not a folder stays."""
    before = home.tree()
    home.autostart("on")
    assert home.tree() != before
    assert home.autostart("off") == (0, "Autostart is off.\n", "")

    assert home.tree() == before
    assert home.autostart("off") == (0, "Autostart is off.\n", "")
    assert home.tree() == before


@needs("xdg-mime", "update-desktop-database")
def test_off_keeps_what_others_have_put_there(home: Home) -> None:
    """Other entries, other handlers, other icons, and a mimeapps.list that is a link to somewhere else."""
    applications = home.data / "applications"
    icons = home.data / "icons" / "hicolor" / "64x64" / "apps"
    for folder in (applications, icons, home.config, home.config / "dotfiles"):
        folder.mkdir(parents=True, exist_ok=True)
    (applications / "other.desktop").write_text(
        "[Desktop Entry]\nType=Application\nName=Other\nExec=true %u\nMimeType=x-scheme-handler/other;\n"
    )
    (icons / "other.png").write_bytes(b"an icon")
    kept = home.config / "dotfiles" / "mimeapps.list"
    kept.write_text("[Default Applications]\ntext/html=other.desktop\n\n[Added Associations]\ntext/plain=a.desktop;\n")
    home.mimeapps.symlink_to(kept)
    home.desktop.run(["update-desktop-database", str(applications)])
    before = home.tree()

    home.autostart("on")
    assert home.autostart("off")[0] == 0

    assert home.tree() == before
    assert "x-scheme-handler/other" in (applications / "mimeinfo.cache").read_text()


@needs("xdg-mime", "update-desktop-database", "desktop-file-validate", "xdg-open")
def test_the_desktop_finds_launcher_icon_and_links(desktop: Desktop) -> None:
    """Asked by its own tools; a link runs this installation."""
    home = Home(desktop)
    home.autostart("on")

    for entry in (home.entry, *(home.data / "applications").glob("*.desktop")):
        done = home.desktop.run(["desktop-file-validate", str(entry)])
        assert (done.returncode, done.stdout) == (0, "")
    asked = home.desktop.run(["xdg-mime", "query", "default", "x-scheme-handler/unsit"])
    assert asked.stdout == "unsit-link.desktop\n"
    assert sorted(path.name for path in (home.data / "icons").rglob("unsit*")) == [
        "unsit-symbolic.svg",
        "unsit.png",
        "unsit.png",
        "unsit.svg",
    ]
    opened = home.desktop.run(["xdg-open", "unsit:guide"])
    assert "Unsit is not running" in opened.stderr


def test_without_the_desktops_tools_the_rest_is_done(home: Home, tmp_path: Path) -> None:
    """A bare machine has no update-desktop-database and no xdg-mime; nothing needs them to start with the session."""
    code, out, err = home.autostart("on", PATH=str(tmp_path))

    assert (code, out, err) == (0, f"Autostart is on: {home.entry}\n", "")
    assert not home.mimeapps.exists()
    assert home.autostart("off", PATH=str(tmp_path))[0] == 0


def test_how_things_are(home: Home) -> None:
    """Without a word nothing changes; what the desktop's settings switched off is off."""
    assert home.autostart() == (0, "Autostart is off.\n", "")
    home.autostart("on")
    assert home.autostart() == (0, f"Autostart is on: {home.entry}\n", "")

    text = home.entry.read_text()
    for switch in ("Hidden=true", "X-GNOME-Autostart-enabled=false"):
        lines = [line for line in text.splitlines() if not line.startswith(switch.split("=")[0])]
        home.entry.write_text("\n".join([*lines, switch, ""]))
        assert home.autostart() == (0, f"Autostart is off: it is switched off in {home.entry}.\n", "")
        assert home.autostart("on") == (0, f"Autostart is on: {home.entry}\n", "")
        assert home.entry.read_text() == text


def test_somebody_elses_entry_is_respected(home: Home) -> None:
    """A distribution's, or the person's own: it is not overwritten, not removed, and said."""
    system = home.system / "autostart" / "unsit.desktop"
    system.parent.mkdir(parents=True)
    system.write_text("[Desktop Entry]\nType=Application\nName=Unsit\nExec=/usr/bin/unsit run\n")
    assert home.autostart() == (0, f"Autostart is on: {system}\n", "")
    code, _out, err = home.autostart("off")
    assert code == 1
    assert str(system) in err

    home.entry.parent.mkdir(parents=True)
    home.entry.write_text("[Desktop Entry]\nType=Application\nName=Mine\nExec=unsit run\nHidden=true\n")
    assert home.autostart("off")[0] == 0
    code, _out, err = home.autostart("on")
    assert (code, "is your own" in err) == (1, True)
    home.entry.write_text(own := "[Desktop Entry]\nType=Application\nName=Mine\nExec=unsit run -v\n")
    code, out, err = home.autostart("on")
    assert (code, out) == (0, f"Autostart is on: {home.entry}\n")
    assert "was left as it is" in err
    assert home.autostart("off")[0] == 1
    assert home.entry.read_text() == own


def test_a_damaged_list_removes_nothing(home: Home) -> None:
    """What is not known to be ours is nobody's to remove; it says so."""
    home.autostart("on")
    (home.data / "unsit" / "installed.json").write_text("{")
    code, _out, err = home.autostart("off")

    assert code == 1
    assert "installed.json is damaged" in err
    assert str(home.entry) in err
    assert home.entry.exists()


@pytest.mark.skipif(os.getuid() != 0, reason="a file that not even its owner may change takes chattr, as root")
@needs("chattr")
def test_a_folder_that_cannot_be_written_is_said(home: Home) -> None:
    """With its name, and exit code 1."""
    home.config.mkdir(parents=True, exist_ok=True)
    if subprocess.run(["chattr", "+i", home.config], check=False).returncode:
        pytest.skip("this file system has no immutable files")
    try:
        code, _out, err = home.autostart("on")
    finally:
        subprocess.run(["chattr", "-i", home.config], check=True)
    assert code == 1
    assert str(home.config / "autostart") in err


@needs("desktop-file-validate")
@pytest.mark.parametrize(
    "folder", ["plain", "two words", 'a"b', "100%", "back\\slash", "$HOME", "`id`", "ümlaut", "a'b"]
)
def test_any_path_can_be_written_into_an_entry(folder: str, tmp_path: Path) -> None:
    """By the rules of the desktop entry specification: unquoted as a desktop does it, the words are what they were."""
    command = [f"/opt/{folder}/unsit"]
    text = with_command(
        "# for people\n[Desktop Entry]\nType=Application\nName=Unsit\nExec=unsit run\nTryExec=unsit\n", command
    )
    path = tmp_path / "unsit.desktop"
    path.write_text(text)

    validated = subprocess.run(["desktop-file-validate", path], capture_output=True, text=True, check=False)
    assert (validated.returncode, validated.stdout) == (0, "")
    line = _entry(path)["Exec"].replace("\\\\", "\\")  # as a string of the file
    if line.startswith('"'):
        word, rest = line[1:].rsplit('"', 1)
        for char in '"`$\\':
            word = word.replace("\\" + char, char) if char != "\\" else word.replace("\\\\", "\\")
    else:
        word, _space, rest = line.partition(" ")
    assert (word.replace("%%", "%"), rest.strip()) == (command[0], "run")
    assert _entry(path)["TryExec"].replace("\\\\", "\\") == command[0]


def test_without_an_installed_command_the_interpreter_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`python -m unsit` from a checkout works as well."""
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "__main__.py")])
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert own_command() == [str(tmp_path / "python"), "-m", "unsit"]

    (tmp_path / "unsit").touch(0o755)
    assert own_command() == [str(tmp_path / "unsit")]


def test_elsewhere_it_says_that_it_is_not_there_yet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1 and what to do instead."""
    from unsit.cli.autostart import autostart

    monkeypatch.setattr(sys, "platform", "win32")
    assert autostart("on") == 1
    assert "yet" in capsys.readouterr().err


def test_what_it_installs_is_in_the_wheel(tmp_path: Path) -> None:
    """An installation from a wheel has no repository around it; the entries and icons come from the package itself."""
    pytest.importorskip("hatchling", reason="the build backend; pip has it only while it builds")
    top = Path(__file__).parents[2]
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=top,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        wheel.extractall(tmp_path / "site")

    folders = {name: tmp_path / name for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CONFIG_DIRS")}
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from unsit.__main__ import main; sys.exit(main())", "autostart", "on"],
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site"), **{name: str(path) for name, path in folders.items()}},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    applications = folders["XDG_DATA_HOME"] / "applications"
    assert {path.name for path in applications.glob("*.desktop")} == {"unsit.desktop", "unsit-link.desktop"}
    assert len(list((folders["XDG_DATA_HOME"] / "icons").rglob("unsit*"))) == 4
