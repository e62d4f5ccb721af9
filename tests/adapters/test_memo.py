"""What is remembered over a crash: the whole of it, or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from unsit.adapters.memo import Memo


def test_it_is_there_until_it_is_forgotten(tmp_path: Path) -> None:
    """For whoever starts next."""
    file = tmp_path / "folder" / "memo.json"
    memo = Memo(file, dict[str, int])
    assert (memo.read(), memo.age_s()) == (None, 0.0)

    memo.write({"one": 1})
    memo.write({"two": 2})
    assert Memo(file, dict[str, int]).read() == {"two": 2}
    assert 0 <= memo.age_s() < 3600
    assert [path.name for path in file.parent.iterdir()] == ["memo.json"]

    memo.forget()
    memo.forget()
    assert memo.read() is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"one": "two"}', b'{"\xff": 1}', bytes(4096)])
def test_what_is_none_is_left_out(tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """And the log says so."""
    file = tmp_path / "memo.json"
    file.write_bytes(content)
    assert Memo(file, dict[str, int]).read() is None
    assert str(file) in caplog.text


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What it was for goes on."""
    (tmp_path / "file").touch()
    memo = Memo(tmp_path / "file" / "memo.json", dict[str, int])
    memo.write({"one": 1})
    memo.forget()
    assert memo.read() is None
    assert "cannot be written" in caplog.text
