"""What the desktop and systemd are given is what they accept."""

from __future__ import annotations

import configparser
import os
import subprocess
from pathlib import Path

import pytest

from support.desktop import Desktop, needs

LINUX = Path(__file__).parents[2] / "packaging/linux"


def _entry(name: str) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # the keys are told apart by case
    parser.read(LINUX / name)
    return parser["Desktop Entry"]


@needs("desktop-file-validate")
@pytest.mark.parametrize("path", sorted(LINUX.glob("*.desktop")), ids=lambda path: path.name)
def test_the_desktop_entries_are_valid(path: Path) -> None:
    """By freedesktop.org's own validator, without a warning."""
    done = subprocess.run(["desktop-file-validate", path], capture_output=True, text=True)

    assert done.returncode == 0, done.stdout
    assert done.stdout == ""


@needs("systemd-analyze")
def test_the_user_unit_is_valid(tmp_path: Path) -> None:
    """By systemd's own check, with a program that exists everywhere in the place of ours."""
    text = (LINUX / "unsit.service").read_text()
    assert "ExecStart=%h/.local/bin/unsit run\n" in text
    unit = tmp_path / "unsit.service"
    unit.write_text(text.replace("%h/.local/bin/unsit run", "/bin/true"))

    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", "--recursive-errors=no", unit],
        capture_output=True,
        text=True,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )

    assert done.returncode == 0, done.stderr
    assert "unsit.service" not in done.stderr


@needs("xdg-mime", "update-desktop-database", "xdg-open")
def test_a_link_reaches_the_command(desktop: Desktop, tmp_path: Path) -> None:
    """`unsit:` is opened by whatever the link handler's Exec line names, with the whole address as one word."""
    applications = Path(desktop.env["XDG_DATA_HOME"], "applications")
    applications.mkdir(parents=True)
    commands = tmp_path / "bin"
    commands.mkdir()
    command = commands / "unsit"
    command.write_text(
        f"#!/bin/sh\nprintf '%s\\n' \"$@\" > {tmp_path}/called.new\nmv {tmp_path}/called.new {tmp_path}/called\n"
    )
    command.chmod(0o755)
    path = f"{commands}:{desktop.env['PATH']}"
    (applications / "unsit-link.desktop").write_text((LINUX / "unsit-link.desktop").read_text())
    for argv in (
        ["update-desktop-database", str(applications)],
        ["xdg-mime", "default", "unsit-link.desktop", "x-scheme-handler/unsit"],
    ):
        done = desktop.run(argv, PATH=path)
        assert done.returncode == 0, done

    desktop.start(["xdg-open", "unsit:guide?exercise=supine&x=a%20b"], PATH=path)

    called = tmp_path / "called"
    desktop.wait_for(called.exists, what="the command")
    assert called.read_text().splitlines() == ["open", "unsit:guide?exercise=supine&x=a%20b"]


def test_only_the_launcher_is_seen_in_menus() -> None:
    """The handler and the autostart entry stay out of them."""
    assert "NoDisplay" not in _entry("unsit.desktop")
    assert _entry("unsit-link.desktop")["NoDisplay"] == "true"
    assert _entry("unsit-autostart.desktop")["NoDisplay"] == "true"
