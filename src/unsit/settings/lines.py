"""On which line of a TOML text a key stands.

tomllib gives values without places. tomlkit keeps the layout but not the line numbers either, and is more code than the rest
of the settings; so the text is read a second time here, and only when something in it is wrong. It has been parsed by
then, and what parses needs no care about what does not.
"""

from __future__ import annotations

import re
import tomllib
from typing import Final

from unsit.settings.values import Path

_PIECE: Final = re.compile(
    r'''
      """(?:\\.|[^\\])*?"{3,5} | \'\'\'.*?'{3,5}     # texts of several lines; up to two more quotes belong to them
    | "(?:\\.|[^"\\\n])*" | '[^'\n]*'
    | \#[^\n]*
    | [ \t\r]+
    | \n
    | [][{}=.,]
    | [^][{}=.,"'\#\s]+
    ''',
    re.VERBOSE | re.DOTALL,
)


def find_lines(text: str) -> dict[Path, int]:
    """Path -> line, from 1, of every table, key and entry of a list."""
    return _Reader(text).read()


def line_of(path: Path, lines: dict[Path, int]) -> int | None:
    """The line of the path, or of the nearest thing around it that has one: a missing key is missing in its table."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


class _Reader:
    def __init__(self, text: str) -> None:
        self._pieces: list[tuple[str, int]] = []
        line = 1
        for match in _PIECE.finditer(text):
            piece = match.group()
            if not piece.isspace() or piece == "\n":
                self._pieces.append((piece, line))
            line += piece.count("\n")
        self._at = 0
        self._lines: dict[Path, int] = {}

    def read(self) -> dict[Path, int]:
        table: Path = ()
        entries: dict[Path, int] = {}
        while self._at < len(self._pieces):
            piece, line = self._pieces[self._at]
            if piece == "\n" or piece.startswith("#"):
                self._at += 1
            elif piece == "[":
                table = self._header(entries, line)
            else:
                self._pair(table)
        return self._lines

    def _peek(self) -> str:
        return self._pieces[self._at][0] if self._at < len(self._pieces) else ""

    def _header(self, entries: dict[Path, int], line: int) -> Path:
        """`[a.b]` or `[[a.b]]`; a part that is a list of tables means its last entry."""
        is_list = self._pieces[self._at + 1][0] == "["
        self._at += 2 if is_list else 1
        path: Path = ()
        names = self._key(until="]")
        for number, name in enumerate(names):
            path = (*path, name)
            self._lines.setdefault(path, line)
            if is_list and number == len(names) - 1:
                entries[path] = entries.get(path, -1) + 1
            if path in entries:
                path = (*path, entries[path])
                self._lines.setdefault(path, line)
        self._at += 2 if is_list else 1
        return path

    def _key(self, until: str) -> list[str]:
        names: list[str] = []
        while (piece := self._peek()) not in (until, ""):
            if piece != ".":
                names.append(str(tomllib.loads(f"value = {piece}")["value"]) if piece[0] in "\"'" else piece)
            self._at += 1
        return names

    def _pair(self, table: Path) -> None:
        line = self._pieces[self._at][1]
        path = table
        for name in self._key(until="="):
            path = (*path, name)
            self._lines.setdefault(path, line)
        self._at += 1
        self._value(path)

    def _value(self, path: Path) -> None:
        piece = self._peek()
        if piece == "{":
            self._at += 1
            while (piece := self._peek()) not in ("}", ""):
                if piece in (",", "\n") or piece.startswith("#"):
                    self._at += 1
                else:
                    self._pair(path)
            self._at += 1
        elif piece == "[":
            self._at += 1
            index = 0
            while (piece := self._peek()) not in ("]", ""):
                if piece in (",", "\n") or piece.startswith("#"):
                    self._at += 1
                else:
                    self._lines[*path, index] = self._pieces[self._at][1]
                    self._value((*path, index))
                    index += 1
            self._at += 1
        else:
            while (piece := self._peek()) not in (",", "]", "}", "\n", "") and not piece.startswith("#"):
                self._at += 1
