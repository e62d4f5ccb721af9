"""A connection that breaks is made anew, unless the server does not want us: it breaks again and again at once."""

from __future__ import annotations

import asyncio
from typing import Final

SHORT_S: Final = 1.0
SHORT_MOST: Final = 3
"""A server that breaks off so often in a row within `SHORT_S` does not want us."""


class Breaks:
    """Of the connections to one server."""

    def __init__(self) -> None:
        self._began_s = 0.0
        self._shorts = 0

    def begin(self) -> None:
        """It is connected."""
        self._began_s = asyncio.get_running_loop().time()

    def may_return(self) -> bool:
        """It has broken, to be asked once each time: whether it is worth connecting again."""
        is_short = asyncio.get_running_loop().time() - self._began_s < SHORT_S
        self._shorts = self._shorts + 1 if is_short else 0
        return self._shorts < SHORT_MOST
