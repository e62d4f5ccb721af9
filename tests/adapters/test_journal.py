"""What is made of `journalctl`'s answer. There is no journald to run in a test: a script answers in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from unsit.adapters import journal

BOOT = "0f6b1c2e-8f5e-4d0a-9a62-0d6f2f1f7c11"
LINE = '{"__CURSOR":"s=1","__REALTIME_TIMESTAMP":"1772442000123456","_BOOT_ID":"0f6b1c2e8f5e4d0a9a620d6f2f1f7c11"}'


def put_journalctl(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    program = folder / "journalctl"
    program.write_text(f"#!/bin/sh\n{code}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


async def test_the_last_line_of_that_boot_says_when_it_was_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked for by the boot's number as the journal writes it, without dashes."""
    put_journalctl(
        tmp_path, monkeypatch, f"""case "$1" in --boot={BOOT.replace("-", "")}) printf '%s\\n' '{LINE}';; esac"""
    )

    assert await journal.last_evidence(BOOT) == 1772442000.123456


@pytest.mark.parametrize("answer", ["true", "echo '{}'", "echo 'no such boot'; exit 1", "echo '[]'"])
async def test_a_boot_that_the_journal_does_not_know_has_no_evidence(
    answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or of which it says what is no line of a journal."""
    put_journalctl(tmp_path, monkeypatch, answer)

    assert await journal.last_evidence(BOOT) is None


async def test_a_journal_that_hangs_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The start goes on without it, and the program is ended."""
    monkeypatch.setattr(journal, "TIME_LIMIT_S", 0.2)
    put_journalctl(tmp_path, monkeypatch, "exec sleep 600")

    assert await journal.last_evidence(BOOT) is None


async def test_a_system_without_a_journal_has_no_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every one has systemd's."""
    monkeypatch.setenv("PATH", str(tmp_path))

    assert await journal.last_evidence(BOOT) is None
