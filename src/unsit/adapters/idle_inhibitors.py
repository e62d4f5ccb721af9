"""Whether a film plays: somebody on the desktop has asked that the person not be taken for idle.

For the idle source that sees hands alone (X11's counter). Players and browsers ask the desktop's session
manager or its power manager, and both say when that changes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from msgspec import Struct

from unsit.adapters.bus import Bus, Signal, Subscription
from unsit.ports import AdapterError

log = logging.getLogger(__name__)

_IDLE: Final = 8
"""The flag of GNOME's session manager for "do not take the session for idle"."""
_SCREEN: Final = 4
"""The flag of KDE's power manager for "leave the screen as it is" (powerdevilpolicyagent.h, ChangeScreenSettings)."""
_POWER: Final = "org.freedesktop.PowerManagement"
_KDE: Final = "org.kde.Solid.PowerManagement.PolicyAgent"


class _Service(Struct, frozen=True):
    """Attributes: signals: after which it has to be asked anew."""

    path: str
    interface: str
    method: str
    signals: tuple[str, ...]
    signature: str = ""
    body: tuple[int, ...] = ()


SERVICES: Final = {
    # GNOME's, and MATE's and Cinnamon's under the same name.
    "org.gnome.SessionManager": _Service(
        "/org/gnome/SessionManager", "org.gnome.SessionManager", "IsInhibited",
        ("InhibitorAdded", "InhibitorRemoved"), "u", (_IDLE,),
    ),
    _KDE: _Service(
        "/org/kde/Solid/PowerManagement/PolicyAgent", _KDE, "HasInhibition", ("InhibitionsChanged",), "u", (_SCREEN,),
    ),
    # Xfce's power manager. KDE's has this name, too, and says by it that somebody holds the machine awake, as for music, a
    # download or a copy: where it can be asked about the screen, this is not heeded.
    _POWER: _Service(
        "/org/freedesktop/PowerManagement/Inhibit", "org.freedesktop.PowerManagement.Inhibit", "HasInhibit",
        ("HasInhibitChanged",),
    ),
}  # fmt: skip


class IdleInhibitors:
    """From `start` to `stop`; services that come and go are followed."""

    def __init__(self, bus: Bus) -> None:
        """Args: bus: the session bus."""
        self._bus = bus
        self._on_change: Callable[[], None] = lambda: None
        self._inhibited: dict[str, bool] = {}
        """Of those that are there and have answered."""
        self._subscriptions: list[Subscription] = []
        self._questions: dict[str, asyncio.Task[None]] = {}

    @property
    def is_inhibited(self) -> bool:
        return any(holds for name, holds in self._inhibited.items() if name != _POWER or _KDE not in self._inhibited)

    async def start(self, on_change: Callable[[], None]) -> None:
        """Calls `on_change` when `is_inhibited` has changed. Raises AdapterError without a session bus."""
        self._on_change = on_change
        for name, service in SERVICES.items():
            for member in service.signals:
                self._subscriptions.append(
                    await self._bus.subscribe(
                        partial(self._on_signal, name), sender=name, interface=service.interface, member=member
                    )
                )
            self._subscriptions.append(await self._bus.watch_name(name, partial(self._on_owner, name)))

    @property
    def is_told(self) -> bool:
        """There is a service that has answered."""
        return bool(self._inhibited)

    async def answered(self) -> None:
        """Until those that are being asked have answered."""
        if self._questions:
            await asyncio.wait(self._questions.values())

    async def stop(self) -> None:
        self._on_change = lambda: None
        for question in tuple(self._questions.values()):
            question.cancel()
        for subscription in self._subscriptions:
            subscription.cancel()
        self._subscriptions.clear()
        self._inhibited.clear()

    def _on_owner(self, name: str, owner: str | None) -> None:
        if owner is None:
            self._set(name, None)
        else:
            self._ask(name)

    def _on_signal(self, name: str, _signal: Signal) -> None:
        self._ask(name)

    def _ask(self, name: str) -> None:
        if (asked := self._questions.get(name)) is not None:
            asked.cancel()  # its answer may be older than what has just changed
        self._questions[name] = asyncio.get_running_loop().create_task(self._find_out(name))

    async def _find_out(self, name: str) -> None:
        service = SERVICES[name]
        try:
            (is_inhibited,) = await self._bus.call(
                name, service.path, service.interface, service.method, service.signature, *service.body,
                no_auto_start=True,
            )  # fmt: skip
        except AdapterError as error:
            log.debug("%s does not say what it holds back: %s", name, error)
            self._set(name, None)
        else:
            self._set(name, bool(is_inhibited))

    def _set(self, name: str, is_inhibited: bool | None) -> None:
        before = self.is_inhibited
        if is_inhibited is None:
            self._inhibited.pop(name, None)
        else:
            self._inhibited[name] = is_inhibited
        if self.is_inhibited != before:
            self._on_change()
