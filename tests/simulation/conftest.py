"""Runs `unsit simulate` as the command line does."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from unsit.cli.main import run

Simulate = Callable[..., tuple[int, str, str]]


@pytest.fixture
def simulate(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Simulate:
    """A script as a text, and options: (exit code, standard output, standard error). The file is called `day`.

    With `stdin=True` the script comes on standard input.
    """
    monkeypatch.chdir(tmp_path)

    def call(script: str, *options: str, tz: str = "Europe/Berlin", stdin: bool = False) -> tuple[int, str, str]:
        if stdin:
            monkeypatch.setattr(sys, "stdin", io.StringIO(script))
        else:
            Path("day").write_text(script, encoding="utf-8")
        code = run(["simulate", "--tz", tz, *options, *([] if stdin else ["day"])])
        out, err = capsys.readouterr()
        return code, out, err

    return call
