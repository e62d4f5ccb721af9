"""A daemon for the tests of the pages: a real Unix socket, real JSON-RPC lines, and levers instead of rules.

What the real one decides stands in the core and is tested there. This one keeps the time of a session in the same way, so
that segments can be as short as a test wants them, and it can be killed and started anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from support.patience import patient_s
from unsit.catalogue import load
from unsit.core import rotation
from unsit.core.model import Now, Settings, State
from unsit.core.snapshot import (
    HoldView,
    LastView,
    Moment,
    PromptView,
    SegmentView,
    SessionView,
    Snapshot,
    StopView,
)
from unsit.paths import shipped_config_dir

SHIPPED = load(shipped_config_dir() / "exercises", None).rules()
SESSION_COMMANDS = ("pause", "toggle", "next", "previous", "stop", "hurts")
Segments = tuple[tuple[str, float, str | None], ...]
LUNGE: Segments = (
    ("prepare", 10, None),
    ("hold", 30, "left"),
    ("switch", 8, None),
    ("hold", 30, "right"),
    ("walk", 120, None),
)


def boot_s() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def moment(at_s: float) -> Moment:
    wall = datetime.now().astimezone() + timedelta(seconds=at_s - boot_s())
    return Moment(at_s, wall.isoformat())


class FakeDaemon:
    """Attributes: calls: every command that came, as (method, params). pages: what `pages_ready` said last."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.pages: dict[str, Any] = {}
        self.news = asyncio.Event()
        self.refuse: dict[str, tuple[str, str]] = {}
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._subscribed: set[asyncio.StreamWriter] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._exercises: tuple[str, ...] = ("standing-lunge",)
        self._segments: tuple[SegmentView, ...] = ()
        self._index = 0
        self._entered_s = 0.0
        self._paused_s: float | None = None
        self._paused_by: str | None = None
        self._reached: list[float] = []
        self._began_s = 0.0
        self._sessions = 0
        self._is_session = False
        self.next_segments = LUNGE
        self.off: frozenset[str] = frozenset()
        self.week = {"left_s": 380.0, "right_s": 375.0, "walk_s": 1440.0, "sessions": 12}
        since_s = boot_s() - 3000
        self._base = Snapshot(
            version="0", boot_s=0, boot_id="here", wall="", phase="counting", sat_s=3000, every_s=3600,
            sitting_since=moment(since_s), due=moment(since_s + 3600), prompt=None, session=None, pause_until=None, holds=(),
            absent_since=None, locked=False, standing=False, hours_change=None, next_exercises=("standing-lunge",),
            next_seconds=198, undo=None, allowed=("begin", "done", "pause", "stand"), hurt=(), last=None,
        )  # fmt: skip
        self._first = self._base

    # the socket

    async def start(self) -> None:
        self.socket.parent.mkdir(parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, self.socket)

    async def kill(self) -> None:
        """As by SIGKILL: connections break, the socket's file stays, a session is as it was at this instant."""
        if self._is_session and self._paused_s is None:
            self._paused_s = boot_s()
        self._stop_timer()
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        self._subscribed.clear()
        self.pages = {}
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while line := await reader.readline():
                message = msgspec.json.decode(line)
                answer = self._answer(message["method"], message.get("params", {}), writer)
                self._send(writer, {"jsonrpc": "2.0", "id": message["id"], **answer})
                self.news.set()
        except ConnectionError:
            pass
        finally:
            self._writers.discard(writer)
            self._subscribed.discard(writer)
            writer.close()

    def _send(self, writer: asyncio.StreamWriter, message: dict[str, Any]) -> None:
        with contextlib.suppress(ConnectionError):
            writer.write(msgspec.json.encode(message) + b"\n")

    def _answer(self, method: str, params: dict[str, Any], writer: asyncio.StreamWriter) -> dict[str, Any]:
        self.calls.append((method, params))
        if method in self.refuse:
            message, step = self.refuse[method]
            return {"error": {"code": 1, "message": message, "data": {"next_step": step}}}
        match method:
            case "pages_ready":
                self.pages = params
            case "subscribe":
                self._subscribed.add(writer)
            case "begin":
                self.begin()
            case "toggle":
                self.toggle()
            case "next":
                self.go(self._index + 1)
            case "previous":
                self.go(max(0, self._index - 1))
            case "stop":
                self.end("partial")
            case "hurts":
                self.end("partial", reason="pain")
            case "mute" | "unmute":
                self.set(muted=method == "mute")
            case "week":
                return {"result": self.week}
            case "catalogue":
                return {"result": self.switches()}
            case "enable" | "disable":
                self.switch(params["exercise"], is_on=method == "enable")
        return {"result": self.snapshot if method in ("subscribe", "status") else {}}

    async def wait_for_call(self, method: str, timeout_s: float = 10) -> dict[str, Any]:
        """The parameters of the next such call that nobody has waited for; it and those before it are forgotten."""
        async with asyncio.timeout(patient_s(timeout_s)):
            while True:
                for number, (name, params) in enumerate(self.calls):
                    if name == method:
                        del self.calls[: number + 1]
                        return params
                self.news.clear()
                await self.news.wait()

    def open_page(self, page: str, token: str | None = None) -> None:
        for writer in self._subscribed:
            self._send(writer, {"jsonrpc": "2.0", "method": "open_page", "params": {"page": page, "token": token}})

    def say_raw(self, line: bytes) -> None:
        for writer in self._subscribed:
            writer.write(line)

    # levers

    def switches(self) -> list[dict[str, Any]]:
        """What `catalogue` says, with the settings as they are shipped."""
        settings = Settings(exercises=dict.fromkeys(self.off, False))
        now = Now(boot_s(), "here", datetime.now().astimezone())
        state = State(settings, SHIPPED, "UTC", now, hurt=frozenset(self._base.hurt))
        reasons = {rule.id: rotation.left_out_for(state, rule) for rule in SHIPPED}
        return [
            {"id": name, "on": not {"hurt", "off"} & {*why}, "hurt": "hurt" in why, "left_out_for": why}
            for name, why in reasons.items()
        ]

    def switch(self, exercise: str, *, is_on: bool) -> None:
        self.off = self.off - {exercise} if is_on else self.off | {exercise}
        hurt = tuple(name for name in self._base.hurt if not is_on or name != exercise)
        self.set(hurt=hurt, catalogue_version=self._base.catalogue_version + 1)

    def read_files(self) -> None:
        """As after a file was saved."""
        self.set(catalogue_version=self._base.catalogue_version + 1)

    def reset(self) -> None:
        """As it was at first: sixty minutes to sit, fifty of them gone; nothing open, nothing refused."""
        self._stop_timer()
        self._is_session = False
        self.next_segments = LUNGE
        self.refuse.clear()
        self.off = frozenset()
        self.calls.clear()
        self._base = self._first
        self._publish()

    def set(self, **changes: Any) -> None:
        """Change what the snapshot says."""
        self._base = replace(self._base, **changes)
        self._publish()

    def offer(self) -> None:
        prompt = PromptView(1, "offered", ("standing-lunge",), None, 3, 2, False, moment(boot_s()), None)
        self.set(phase="due", prompt=prompt, allowed=("begin", "snooze", "skip", "done", "pause", "stand"))

    def hold(self, *reasons: str) -> None:
        self.set(phase="held", holds=tuple(HoldView(reason, moment(boot_s()), False) for reason in reasons))

    def begin(self, segments: Segments = (), exercise: str = "standing-lunge") -> None:
        chosen = segments or self.next_segments
        self.begin_routine(tuple(SegmentView(kind, seconds, side, exercise) for kind, seconds, side in chosen))

    def begin_routine(self, segments: tuple[SegmentView, ...]) -> None:
        """Of several exercises, or of one with several stages."""
        self._exercises = tuple(dict.fromkeys(segment.exercise for segment in segments))
        self._segments = segments
        self._reached = [0.0] * len(self._segments)
        self._sessions += 1
        self._is_session = True
        self._began_s = boot_s()
        self._paused_s = self._paused_by = None
        self._base = replace(self._base, phase="session", prompt=None, allowed=SESSION_COMMANDS, last=None)
        self.go(0)

    def choose(self, segments: Segments) -> None:
        """Others from here on; the clock goes on."""
        self._segments = tuple(SegmentView(kind, seconds, side, self._exercises[0]) for kind, seconds, side in segments)
        self._reached = [0.0] * len(self._segments)
        self._publish()

    def go(self, index: int) -> None:
        self._stop_timer()
        if index >= len(self._segments):
            self.end("completed")
            return
        self._index = index
        self._entered_s = boot_s() if self._paused_s is None else self._paused_s
        self._arm()
        self._publish()

    def go_to(self, elapsed_s: float) -> None:
        """Within the current segment."""
        self._entered_s = boot_s() - elapsed_s
        self._stop_timer()
        self._arm()
        self._publish()

    def sleep(self) -> None:
        """As after a short sleep of the computer."""
        self._paused_by = "sleep"
        self.toggle()

    def toggle(self) -> None:
        now_s = boot_s()
        if self._paused_s is None:
            self._paused_s = now_s
            self._stop_timer()
        else:
            self._entered_s += now_s - self._paused_s
            self._paused_s = self._paused_by = None
            self._arm()
        self._publish()

    def end(self, word: str, reason: str | None = None, work: dict[str, float] | None = None) -> None:
        self._mark()
        self._stop_timer()
        self._is_session = False
        last = LastView(word, self._exercises, work or self._work(), moment(boot_s()), self._sessions, reason)
        hurt = (*self._base.hurt, self._segments[self._index].exercise) if reason == "pain" else self._base.hurt
        self.set(phase="break", allowed=("begin", "done", "pause", "stand"), last=last, hurt=hurt)

    def vanish(self) -> None:
        """The session is as if it had not begun."""
        self._stop_timer()
        self._is_session = False
        self.set(phase="counting", allowed=("begin", "done", "pause", "stand"))

    def take_back(self, by: str) -> None:
        """The session is as if it had not begun, and its prompt is offered again."""
        self._stop_timer()
        self._is_session = False
        self._base = replace(self._base, stopped=StopView(self._sessions, by))
        self.offer()

    def remaining_s(self) -> float:
        """Of the current segment, on this daemon's clock, now."""
        return self._segments[self._index].seconds - self._elapsed_s()

    @property
    def index(self) -> int:
        return self._index

    @property
    def is_session(self) -> bool:
        return self._is_session

    @property
    def snapshot(self) -> Snapshot:
        now_s = boot_s()
        return replace(
            self._base,
            boot_s=now_s,
            wall=moment(now_s).wall,
            session=self._session_view() if self._is_session else None,
            allowed=(*self._base.allowed, *(("choose",) if self._may_choose() else ())),
        )

    # the session's time

    def _elapsed_s(self) -> float:
        return (boot_s() if self._paused_s is None else self._paused_s) - self._entered_s

    def _mark(self) -> None:
        seconds = min(self._elapsed_s(), self._segments[self._index].seconds)
        self._reached[self._index] = max(self._reached[self._index], seconds)

    def _arm(self) -> None:
        if self._paused_s is None:
            self._timer = asyncio.get_running_loop().call_later(max(0.0, self.remaining_s()), self._over)

    def _over(self) -> None:
        self._mark()
        self.go(self._index + 1)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _work(self) -> dict[str, float]:
        work = {"left": 0.0, "right": 0.0, "walk": 0.0}
        for segment, seconds in zip(self._segments, self._reached, strict=True):
            if segment.kind not in ("prepare", "switch"):
                key = segment.side if segment.kind == "hold" and segment.side else segment.kind
                work[key] = work.get(key, 0.0) + seconds
        return work

    def _may_choose(self) -> bool:
        now = self._segments[self._index] if self._is_session else None
        return now is not None and now.kind == "prepare" and now.stage == 0

    def _session_view(self) -> SessionView:
        sides = [segment.side for segment in self._segments if segment.side]
        holds = [segment.seconds for segment in self._segments if segment.kind == "hold"]
        is_preparing = self._may_choose()
        return SessionView(
            id=self._sessions, exercises=self._exercises, routine=None, segments=self._segments, index=self._index,
            elapsed_s=self._elapsed_s(),
            ends=None if self._paused_s is not None else moment(self._entered_s + self._segments[self._index].seconds),
            paused=self._paused_s is not None, paused_by=self._paused_by, reached=tuple(self._reached), may_choose=is_preparing,
            began=moment(self._began_s), total_s=sum(segment.seconds for segment in self._segments), work=self._work(),
            first=dict.fromkeys(self._exercises, sides[0]) if sides else {}, walk_s=120,
            hold_s=dict.fromkeys(self._exercises, holds[0]) if holds else {},
        )  # fmt: skip

    def _publish(self) -> None:
        message = {"jsonrpc": "2.0", "method": "snapshot", "params": self.snapshot}
        for writer in self._subscribed:
            self._send(writer, message)
