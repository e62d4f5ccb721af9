"""The program's entry; nothing happens when it is imported."""

from __future__ import annotations

import sys


def main() -> int:
    from unsit.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
