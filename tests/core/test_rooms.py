"""The rules have a room for each idea, and the rooms an order."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TOP = Path(__file__).parents[2]
RULES = TOP / "src/unsit/core/rules"


def imported(path: Path) -> set[str]:
    """The rooms that a file imports, as modules or for their names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "unsit.core.rules":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("unsit.core.rules."):
            found.add(node.module.rpartition(".")[2])
    return found


def documented() -> list[str]:
    """As docs/design.md names them, in their order."""
    row = re.search(r"a room for each idea: (.*?)\. A room", (TOP / "docs/design.md").read_text(encoding="utf-8"), re.S)
    assert row is not None
    return re.findall(r"`(\w+)`", row[1])


def test_a_room_uses_only_those_before_it() -> None:
    """So that a rule can be read without the whole: nothing that comes later decides in it."""
    rooms = ["turn", *documented()]

    assert sorted(rooms) == sorted(path.stem for path in RULES.glob("*.py") if path.stem != "__init__")
    for number, room in enumerate(rooms):
        assert imported(RULES / f"{room}.py") <= set(rooms[:number]), room
        assert "unsit.core.engine" not in (RULES / f"{room}.py").read_text(encoding="utf-8"), room


def test_the_engine_leads_into_every_room() -> None:
    """But that of the sitting clock, which only others use."""
    assert imported(TOP / "src/unsit/core/engine.py") == {"turn", *documented()} - {"sitting"}
