"""`python -m unsit.web`: the pages process. The daemon starts it; it ends by itself."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys


def main() -> int:
    from unsit import catalogue, paths, settings, words
    from unsit.web.process import Pages

    parser = argparse.ArgumentParser(
        prog="python -m unsit.web", description="The pages of Unsit, for the daemon to start."
    )
    parser.add_argument(
        "--linger", type=float, metavar="S", help="seconds to stay when nobody looks (guide.close_after)"
    )
    parser.add_argument("--verbose", action="store_true", help="say on standard error what it does")
    arguments = parser.parse_args()

    logging.basicConfig(level=logging.DEBUG if arguments.verbose else logging.WARNING, format="%(name)s: %(message)s")
    words.setup()
    loaded = settings.load()

    def read_settings() -> settings.GuideSettings:
        nonlocal loaded
        loaded = settings.reload(loaded)
        return loaded.settings.guide

    pages = Pages(
        paths.control_socket(),
        lambda: catalogue.load(*paths.exercise_dirs()),
        read_settings=read_settings,
        linger_s=arguments.linger,
    )
    asyncio.run(pages.run())
    return 0


if __name__ == "__main__":
    sys.exit(main())
