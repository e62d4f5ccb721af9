"""The control socket: a real one, with the real shell behind it and nothing of a desktop around it.

What every method says stands in docs/control.md, whose examples tests/test_docs.py runs. Here: what it takes to be hard to
upset.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.control import Client, Served, serve
from support.desktop import OTHER_UID
from support.patience import PATIENCE_S
from unsit import paths
from unsit.control_client import ControlClient, NoDaemon
from unsit.daemon import commands
from unsit.daemon.control import CONNECTIONS_MOST, MESSAGE_MOST_BYTES

TURN_CPU_MOST_S = 0.2
"""Of one turn of the loop, in the loop's own processor time: other programs of the machine do not count. It is below 3 ms;
serving a connection as long as it has something to say took 86."""


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serve(tmp_path) as made:
        yield made


@pytest.fixture
async def client(served: Served) -> AsyncIterator[Client]:
    async with served.client() as made:
        yield made


# ------------------------------------------------------------------------------------------------- methods and answers


async def test_every_command_of_the_vocabulary_is_a_method(served: Served) -> None:
    """One vocabulary everywhere: what a button may say, the socket understands."""
    assert set(commands.WORDS) < set(served.control.methods)


async def test_ping_names_the_process(client: Client) -> None:
    """The pid is what `unsit` prints when it runs already."""
    answer = await client.call("ping")

    assert answer["result"]["pid"] == os.getpid()


async def test_a_command_answers_with_the_state_after_it(client: Client) -> None:
    """Whoever asked need not ask again."""
    assert (await client.call("stand"))["result"]["standing"] is True
    assert (await client.call("pause", {"for": "10m"}))["result"]["phase"] == "paused"
    session = (await client.call("begin"))["result"]["session"]
    assert session["index"] == 0
    assert session["may_choose"] is True
    assert (await client.call("toggle"))["result"]["session"]["paused"] is True
    assert (await client.call("stop"))["result"]["session"] is None


async def test_a_refusal_says_what_happened_and_the_next_step(client: Client) -> None:
    """Error -32000, both in sentences."""
    error = (await client.call("snooze"))["error"]

    assert error["code"] == -32000
    assert error["message"] == "no prompt is offered"
    assert error["data"]["next_step"] == "Pause instead, to be left alone for a while."


@pytest.mark.parametrize("word", ["toggle", "next", "previous", "stop", "hurts", "choose"])
async def test_the_words_of_a_session_are_refused_without_one(client: Client, word: str) -> None:
    """As the rules say; the CLI prints the reason."""
    assert (await client.call(word))["error"]["code"] == -32000


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("snooze", {"for": "soon"}),
        ("snooze", {"for": []}),
        ("snooze", {"for": {}}),
        ("snooze", {"for": -1}),
        ("snooze", {"for": 1e308}),
        ("snooze", {"for": 10**40}),
        ("snooze", {"for": True}),
        ("snooze", {"f\u00fcr": "5m"}),
        ("pause", {"for": "5m", "tomorrow": True}),
        ("pause", {"until": "25:00"}),
        ("pause", {"until": ["09:00"]}),
        ("pause", {"tomorrow": False}),
        ("pause", {"tomorrow": {}}),
        ("begin", {"exercise": 7}),
        ("begin", {"exercise": ["supine"]}),
        ("begin", {"exercise": "x" * 60_000}),
        ("begin", {"token": 7}),
        ("begin", {"here": "yes"}),
        ("choose", {"first": "both"}),
        ("choose", {"first": []}),
        ("choose", {"hold": {}}),
        ("choose", {"hold": "\u00b2"}),
        ("choose", {"walk": "1" * 60_000}),
        ("done", {"reason": "x" * 60_000}),
        ("status", {"text": 1}),
        ("status", {"json": True}),
        ("open", {"page": "passwords"}),
        ("open", {"page": ["guide"]}),
        ("open", {"page": "guide", "token": {"a": 1}}),
        ("reload", {"touched": "prompt.every"}),
        ("reload", {"touched": [1]}),
        ("ping", {"x": 1}),
        ("ping", {"show": "yes"}),
        ("pages_problem", {"message": 5}),
        ("status", []),
        ("status", [True]),
        ("status", None),
        ("status", "text"),
        ("status", 5),
    ],
)
async def test_wrong_params_are_an_error_that_says_so(client: Client, method: str, params: object) -> None:
    """Error -32602, short enough for a notification, and not an accident inside."""
    error = (await client.call(method, params))["error"]

    assert error["code"] == -32602, error
    assert 5 < len(error["message"]) < 200


async def test_unknown_methods(client: Client) -> None:
    """Error -32601; a long name is not sent back whole."""
    error = (await client.call("frobnicate" * 5000))["error"]

    assert error["code"] == -32601
    assert len(error["message"]) < 100


async def test_a_fault_inside_is_an_answer(
    served: Served, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Error -32603 for the client, the traceback for the log, and the connection goes on."""

    def broken() -> dict[str, list[str]]:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(served.shell, "describe", broken)
    with caplog.at_level(logging.ERROR):
        error = (await client.call("status", {"text": True}))["error"]

    assert error["code"] == -32603
    assert "a bug" in caplog.text
    assert "result" in await client.call("ping")


async def test_reload_says_what_is_wrong_with_the_files(served: Served, client: Client) -> None:
    """The last good settings stay; the answer has the file and the line."""
    served.home.write(served.home.user, '[prompt]\nevery = "soon"\n')
    problems = (await client.call("reload"))["result"]["problems"]

    assert len(problems) == 1
    assert "config.toml:2" in problems[0]
    assert problems[0] in (await client.call("status"))["result"]["problems"]

    served.home.write(served.home.user, '[prompt]\nevery = "45 min"\n')
    assert (await client.call("reload", {"touched": ["prompt.every"]}))["result"] == {"problems": []}
    assert (await client.call("status"))["result"]["every_s"] == 2700


async def test_an_exercise_that_hurt_is_off_in_the_catalogue(client: Client) -> None:
    """Off until it is switched on again."""
    await client.call("begin", {"exercise": "supine"})
    await client.call("next")
    await client.call("hurts")
    entries = {entry["id"]: entry for entry in (await client.call("catalogue"))["result"]}

    assert (entries["supine"]["on"], entries["supine"]["hurt"]) == (False, True)
    assert (entries["standing-lunge"]["on"], entries["standing-lunge"]["hurt"]) == (True, False)


async def _is_on(client: Client, exercise: str) -> tuple[bool, bool, list[str]]:
    entries = {entry["id"]: entry for entry in (await client.call("catalogue"))["result"]}
    return entries[exercise]["on"], entries[exercise]["hurt"], entries[exercise]["left_out_for"]


async def test_an_exercise_is_switched_off_and_on(served: Served, client: Client) -> None:
    """Written where `unsit config set` writes; whoever watches is told to ask anew."""
    before = (await client.call("status"))["result"]["catalogue_version"]

    off = await client.call("disable", {"exercise": "standing-lunge"})

    assert off["result"]["catalogue_version"] > before
    assert off["result"]["next_exercises"] == ["walk"]
    assert await _is_on(client, "standing-lunge") == (False, False, ["off"])
    assert "standing-lunge = false" in served.home.overrides.read_text()
    assert (await client.call("enable", {"exercise": "standing-lunge"}))["result"]["next_exercises"] == [
        "standing-lunge"
    ]
    assert await _is_on(client, "standing-lunge") == (True, False, [])


async def test_what_hurt_is_on_again_when_it_is_switched_on(client: Client) -> None:
    """Though no setting said that it was off."""
    await client.call("begin", {"exercise": "standing-lunge", "here": True})
    await client.call("hurts")
    assert await _is_on(client, "standing-lunge") == (False, True, ["hurt"])

    await client.call("enable", {"exercise": "standing-lunge"})

    assert await _is_on(client, "standing-lunge") == (True, False, [])


async def test_a_switch_that_cannot_be_moved_says_why(
    served: Served, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Locked by the system's file, decided by a variable, or no such exercise; nothing is written."""
    served.home.write(served.home.system, 'locked = ["exercises.walk"]\n')
    monkeypatch.setenv("UNSIT_EXERCISES__SUPINE", "false")
    await served.shell.reload()

    locked = (await client.call("disable", {"exercise": "walk"}))["error"]
    decided = (await client.call("enable", {"exercise": "supine"}))["error"]
    unknown = (await client.call("enable", {"exercise": "levitation"}))["error"]

    assert locked["message"] == f"Two-minute walk cannot be switched here: {served.home.system} locks it"
    assert locked["data"]["next_step"] == "Ask whoever looks after this computer."
    assert decided["message"].endswith("environment UNSIT_EXERCISES__SUPINE decides it")
    assert (unknown["code"], unknown["message"]) == (-32602, "no exercise is called levitation")
    assert not served.home.overrides.exists()


async def test_a_demonstration_switches_nothing(tmp_path: Path) -> None:
    """It goes by the person's own settings, and leaves them alone."""
    async with serve(tmp_path, is_demo=True) as served, served.client() as client:
        refused = (await client.call("disable", {"exercise": "walk"}))["error"]

        assert (refused["code"], refused["message"]) == (-32000, "a demonstration keeps nothing")
        assert not served.home.overrides.exists()


async def test_a_switch_that_cannot_be_written_says_why(served: Served, client: Client) -> None:
    """The state stays what it was."""
    served.home.overrides.mkdir(parents=True)  # nothing can be written in place of a folder

    refused = (await client.call("disable", {"exercise": "walk"}))["error"]

    assert refused["code"] == -32000
    assert refused["message"].startswith(f"Two-minute walk could not be switched: {served.home.overrides}: ")
    assert (await _is_on(client, "walk"))[0]


def _worked_s(served: Served) -> float:
    session = served.shell.snapshot().session
    return sum(session.work.values()) if session else 0.0


async def test_the_week_is_added_up_from_the_history(served: Served, client: Client) -> None:
    """What the page says at the end of a stretch; the stretch that has just ended is in it."""
    assert (await client.call("week"))["result"] == {"left_s": 0.0, "right_s": 0.0, "walk_s": 0.0, "sessions": 0}
    await client.call("begin", {"exercise": "half-kneeling"})
    await client.call("hurts")  # before anything was done
    assert (await client.call("week"))["result"]["sessions"] == 0
    await client.call("begin", {"exercise": "supine"})
    await client.call("next")
    await served.until(lambda: _worked_s(served) >= 1)
    await client.call("hurts")

    week = (await client.call("week"))["result"]

    assert week["sessions"] == 1
    assert 0 <= week["left_s"] < 10


async def test_a_page_that_cannot_be_opened_is_a_problem_in_the_snapshot(served: Served, client: Client) -> None:
    """The answer does not wait for a browser; what became of it is news."""
    await client.call("subscribe")
    assert (await client.call("open", {"page": "guide"}))["result"] is True

    await client.news(lambda snapshot: any("no browser" in problem for problem in snapshot["problems"]))


async def test_the_pages_process_is_known_while_it_is_connected(served: Served) -> None:
    """It gets the orders to open pages, its own sessions need no further window, and its end is noticed at once."""
    changes: list[bool] = []
    served.control.pages.on_change = lambda: changes.append(served.control.pages.connection is not None)
    async with served.client() as pages:
        await pages.call("pages_ready", {"port": 1, "pid": 2})
        assert served.control.pages.connection is not None
        served.control.pages.connection.notify("open_page", {"page": "guide", "token": None})
        assert await pages.message() == {
            "jsonrpc": "2.0",
            "method": "open_page",
            "params": {"page": "guide", "token": None},
        }
        await pages.call("pages_problem", {"page": "guide", "message": "There is no browser."})
        assert served.page_problems == ["There is no browser."]
    await served.until(lambda: changes == [True, False])


async def test_quit_answers_before_it_ends(served: Served, client: Client) -> None:
    """And then takes the socket away."""
    assert (await client.call("quit"))["result"] is True
    await served.ended()

    assert not served.path.exists()
    assert await client.rest() == b""


async def test_while_it_starts_it_says_so(tmp_path: Path) -> None:
    """The socket is there before the state is: an answer, not silence."""
    async with serve(tmp_path, runs=False) as served, served.client() as client:
        error = (await client.call("status"))["error"]

        assert (error["code"], error["message"]) == (-32000, "Unsit is still starting.")
        assert (await client.call("ping"))["result"]["pid"] == os.getpid()


# -------------------------------------------------------------------------------------------------------- subscriptions


async def test_subscribers_get_a_snapshot_at_each_change(served: Served) -> None:
    """All of them, whoever made the change."""
    async with served.client() as one, served.client() as other, served.client() as asker:
        assert (await one.call("subscribe"))["result"]["standing"] is False
        await other.call("subscribe")
        await other.call("subscribe")  # twice is once

        await asker.call("stand")
        assert (await one.news())["standing"] is True
        assert (await other.news())["standing"] is True
        await asker.call("sit")
        assert (await one.news())["standing"] is False
        assert (await other.news())["standing"] is False
        assert asker.pending == []


async def test_the_prompt_comes_to_subscribers_by_itself(tmp_path: Path) -> None:
    """Nobody has to ask for the time."""
    async with serve(tmp_path, flags={"prompt.every": "1s", "prompt.snoozes": 1}) as served, served.client() as client:
        await client.call("subscribe")
        offered = await client.news(lambda snapshot: snapshot["phase"] == "due")
        assert "snooze" in offered["allowed"]
        answer = (await client.call("snooze", {"for": "10m"}))["result"]

        assert (answer["phase"], answer["prompt"]["snoozes_left"]) == ("snoozed", 0)
        assert (await client.call("undo"))["result"]["phase"] == "due"


async def test_a_subscriber_that_does_not_read_gets_the_newest_when_it_does(served: Served) -> None:
    """What it missed is not kept for it, so that nothing piles up in the daemon."""
    async with served.client() as sleeper, served.client() as asker:
        await sleeper.call("subscribe")
        (connection,) = (c for c in served.control.connections if c._unsubscribe)
        transport = connection._transport
        assert transport is not None
        sleeper.stop_reading()
        for _count in range(400):
            await asker.call("stand")
            await asker.call("sit")
        await asker.call("stand")
        assert connection._is_unread, "the test has not filled the socket"
        assert transport.get_write_buffer_size() < 128 * 1024

        sleeper.go_on_reading()
        await sleeper.news(lambda snapshot: bool(snapshot["standing"]) and not connection._is_news_missed)
        await asker.call("sit")
        await sleeper.news(lambda snapshot: not snapshot["standing"] and served.is_newest(snapshot))


# ------------------------------------------------------------------------------------------------------- broken messages


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", -32700),
        (b"hello", -32700),
        (b'{"jsonrpc":"2.0","method":"ping","id":1}}', -32700),
        (b'{"jsonrpc":"2.0","method":"\xff\xfe","id":1}', -32700),
        (b'{"jsonrpc":"2.0","method":"\\ud800","id":1}', -32700),
        (b'\xef\xbb\xbf{"jsonrpc":"2.0","method":"ping","id":1}', -32700),
        (b"\x00\x01\x02", -32700),
        (b"[" * 60_000, -32700),
        (b'{"a":' * 10_000, -32700),
        (b'{"jsonrpc":"2.0","method":"ping","id":1e400}', -32700),
        (b'{"jsonrpc":"2.0","method":"ping","id":' + b"9" * 5000 + b"}", -32700),
        (b"null", -32600),
        (b"42", -32600),
        (b'"ping"', -32600),
        (b"[]", -32600),
        (b'[{"jsonrpc":"2.0","method":"ping","id":1}]', -32600),
        (b"{}", -32600),
        (b'{"jsonrpc":"2.0","id":1}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":5}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":null}', -32600),
        (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600),
        (b'{"id":1,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":true,"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":[1],"method":"ping"}', -32600),
        (b'{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}', -32600),
    ],
    ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else None,
)
async def test_what_is_no_request_is_answered_with_an_error(client: Client, line: bytes, code: int) -> None:
    """And the connection goes on: the next line is a message again."""
    client.send_line(line)

    assert (await client.message())["error"]["code"] == code
    assert "result" in await client.call("ping")


@pytest.mark.parametrize("number", [0, -1, 2**63, 10**40, 1.5, "", "a", "\u0000\u20ac\U0001f600", "x" * 1000, None])
async def test_an_id_comes_back_as_it_was(client: Client, number: object) -> None:
    """Numbers and texts of any kind; null is an id too, though nobody should use it."""
    client.send({"jsonrpc": "2.0", "id": number, "method": "ping"})

    answer = await client.message()
    assert answer["id"] == number
    assert "result" in answer


async def test_without_an_id_there_is_no_answer(client: Client) -> None:
    """A notification in the words of JSON-RPC: it is obeyed, and nobody hears of it, not of a refusal either."""
    for method, params in (("stand", {}), ("stand", {}), ("nonsense", {}), ("snooze", {"for": []}), ("status", 5)):
        client.send({"jsonrpc": "2.0", "method": method, "params": params})

    answer = await client.call("status")
    assert answer["result"]["standing"] is True
    assert client.pending == []


async def test_a_message_of_exactly_the_limit_is_read_and_one_more_byte_is_not(served: Served) -> None:
    """64 KiB; the connection ends after the error, since what follows may be the rest of it."""
    message = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'
    async with served.client() as client:
        client.send_line(message.ljust(MESSAGE_MOST_BYTES))
        assert "result" in await client.message()
        client.send_line(message.ljust(MESSAGE_MOST_BYTES + 1))
        assert (await client.message())["error"]["code"] == -32002
        assert await client.rest() == b""


async def test_a_line_that_never_ends_is_cut_off(served: Served) -> None:
    """Ten megabytes without a line end take no ten megabytes here, and the reason can still be read."""
    printed = await _storm(
        served.path,
        """
s, sent = dial(), 0
try:
    while sent < 10_000_000:
        sent += s.send(b'x' * 65536)
except ConnectionError:
    print(json.loads(s.recv(1000))['error']['code'])
""",
    )
    assert printed == "-32002"
    await served.until(lambda: not served.control.connections)


async def test_messages_arrive_in_any_pieces(client: Client) -> None:
    """Byte by byte, or many at once, with empty lines and either end of line."""
    for byte in b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n':
        client.send_raw(bytes([byte]))
        await client.flush()
    assert (await client.message())["id"] == 1

    client.send_raw(b'\n \r\n{"jsonrpc":"2.0","id":2,"method":"ping"}\r\n\n{"jsonrpc":"2.0","id":3,"method":"ping"}\n')
    assert [(await client.message())["id"], (await client.message())["id"]] == [2, 3]


async def test_half_a_line_and_then_the_end_is_an_error(served: Served) -> None:
    """No half of a JSON object is JSON: nothing of it is obeyed."""
    async with served.client() as client:
        client.send_raw(b'{"jsonrpc":"2.0","id":1,"method":"stand"')
        client.end()
        assert (await client.message())["error"]["code"] == -32700
        assert await client.rest() == b""
    assert served.shell.snapshot().standing is False


async def test_what_was_asked_before_the_end_is_answered(served: Served) -> None:
    """`printf ... | nc -N -U` works, without a line end too, and with many questions at once, answered in their order."""
    async with served.client() as client:
        for number in range(200):
            client.send({"jsonrpc": "2.0", "id": number, "method": "status"})
        client.send_raw(b'{"jsonrpc":"2.0","id":"last","method":"stand"}')
        client.end()
        answers = [json.loads(line) for line in (await client.rest()).splitlines()]

    assert [answer["id"] for answer in answers] == [*range(200), "last"]
    assert all("result" in answer for answer in answers)
    await served.until(lambda: not served.control.connections)


async def test_a_client_that_vanishes_is_obeyed_and_forgotten(served: Served) -> None:
    """It said what it wanted before it went."""
    async with served.client() as client:
        client.send({"jsonrpc": "2.0", "id": 1, "method": "stand"})
        await client.flush()
    await served.until(lambda: not served.control.connections)

    assert served.shell.snapshot().standing is True


# ------------------------------------------------------------------------------------------------------------- storms


class LongestTurn:
    """The most processor time that one turn of the loop took, while this runs."""

    def __init__(self) -> None:
        self.cpu_s = 0.0
        self._last_s: float | None = None
        self._runs = True

    def __enter__(self) -> LongestTurn:
        gc.freeze()  # what all the tests of this run have left is not the daemon's to collect
        self._last_s = time.thread_time()
        asyncio.get_running_loop().call_soon(self._turn)
        return self

    def __exit__(self, *_: object) -> None:
        self._runs = False
        gc.unfreeze()

    def _turn(self) -> None:
        now_s = time.thread_time()
        assert self._last_s is not None
        self.cpu_s = max(self.cpu_s, now_s - self._last_s)
        self._last_s = now_s
        if self._runs:
            asyncio.get_running_loop().call_soon(self._turn)


async def _storm(path: Path, script: str, **env: str) -> str:
    """Run in another process what is done to the socket at `path`; what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import json, os, socket, struct, sys, time\npath = sys.argv[1]\n"
        "def dial():\n"
        "    s = socket.socket(socket.AF_UNIX)\n"
        "    s.settimeout(20)\n"
        "    s.connect(path)\n"
        "    return s\n" + script,
        str(path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **env},
    )
    out, errors = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    assert process.returncode == 0, errors.decode()
    return out.decode().strip()


STORMS = {
    "empty lines": "s = dial(); s.sendall(b'\\n' * 300_000)",
    "short nonsense, its answers read": """
import threading
s = dial()
threading.Thread(target=lambda: [None for _ in iter(lambda: s.recv(1 << 20), b'')], daemon=True).start()
s.sendall(b'1\\n' * 20_000)
s.shutdown(socket.SHUT_WR)
""",
    "questions, no answer read": """
s = dial()
s.setblocking(False)
question = b'{"jsonrpc":"2.0","id":1,"method":"status"}\\n' * 1000
end = time.monotonic() + 1
sent = 0
while time.monotonic() < end:
    try:
        sent += s.send(question)
    except BlockingIOError:
        time.sleep(0.01)
assert sent < 4_000_000, sent
""",
    "commands without answers": """
s = dial()
s.sendall(b'{"jsonrpc":"2.0","method":"stand"}\\n{"jsonrpc":"2.0","method":"sit"}\\n' * 200)
s.sendall(b'{"jsonrpc":"2.0","id":1,"method":"ping"}\\n')
assert b'"id":1' in s.recv(1000)
""",
    "a thousand connections": """
kept, refused = [], 0
for number in range(1000):
    s = dial()
    try:
        s.sendall(b'{"jsonrpc":"2.0","id":1,"method":"ping"}\\n')
    except BrokenPipeError:  # hung up on already; the reason can still be read
        pass
    answer = b''
    while not answer.endswith(b'\\n'):
        more = s.recv(4096)
        assert more
        answer += more
    message = json.loads(answer)
    if 'error' in message:
        assert message['error']['code'] == -32001, message
        refused += 1
        s.close()
    else:
        kept.append(s)
print(len(kept), refused)
""",
    "subscribers that come and go": """
for number in range(200):
    s = dial()
    s.sendall(b'{"jsonrpc":"2.0","id":1,"method":"subscribe"}\\n')
    if number % 3:
        s.recv(100)
    if number % 2:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    s.close()
""",
    "the largest messages": """
s = dial()
line = (b'{"jsonrpc":"2.0","id":1,"method":"begin","params":{"exercise":"' + b'x' * 65_000 + b'"}}\\n')
for number in range(50):
    s.sendall(line)
    assert b'-32602' in s.recv(4096)
""",
    "random bytes": """
import random
dice = random.Random(1)
for number in range(60):
    s = dial()
    try:
        s.sendall(dice.randbytes(dice.randrange(1, 50_000)))
        s.shutdown(socket.SHUT_WR)
        while s.recv(65536):
            pass
    except ConnectionError:
        pass
    s.close()
""",
}


@pytest.mark.parametrize("name", STORMS)
async def test_a_storm_does_not_stall_the_loop(served: Served, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """The tray and the tones live on the same loop: somebody else is answered all the while, no turn is long, and
    afterwards nothing is left over."""
    async with served.client() as bystander:
        with LongestTurn() as longest:
            storm = asyncio.create_task(_storm(served.path, STORMS[name]))
            while not storm.done():
                assert "result" in await bystander.call("ping")
                await asyncio.sleep(0.01)
            printed = await storm
            await served.until(lambda: len(served.control.connections) == 1)
        if name == "a thousand connections":
            assert printed == f"{CONNECTIONS_MOST - 1} {1000 - CONNECTIONS_MOST + 1}"
        assert longest.cpu_s < TURN_CPU_MOST_S
        assert "result" in await bystander.call("status")
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == []


# ----------------------------------------------------------------------------------------------------------- who may


async def test_only_the_person_may_connect(served: Served) -> None:
    """The file's mode says so, and stands from its first instant."""
    assert stat.S_IMODE(served.path.stat().st_mode) == 0o600


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
@pytest.mark.skipif(sys.platform != "linux", reason="peer credentials of Linux")
async def test_another_user_is_hung_up_on(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """Even where the mode does not keep them out: the kernel says who is at the other end."""
    attempt = (
        f"os.setgroups([]); os.setgid({OTHER_UID}); os.setuid({OTHER_UID})\n"
        "try:\n"
        "    s = dial()\n"
        """    s.sendall(b'{"jsonrpc":"2.0","id":1,"method":"stand"}\\n')\n"""
        "    print(s.recv(100))\n"
        "except OSError as error:\n"
        "    print(type(error).__name__)\n"
    )
    with socket_in_the_open(served) as path:
        assert await _storm(path, attempt) == "PermissionError"
        path.chmod(0o666)
        assert await _storm(path, attempt) in ("b''", "ConnectionResetError", "BrokenPipeError")

    assert served.shell.snapshot().standing is False
    assert "Somebody else" in caplog.text
    assert not served.control.connections


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
@pytest.mark.skipif(sys.platform != "linux", reason="peer credentials of Linux")
def test_another_users_daemon_is_not_asked() -> None:
    """Whoever made the folder in /tmp before us may listen there, and is told nothing."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        path = Path(folder, paths.SOCKET_NAME)
        os.chown(folder, OTHER_UID, -1)
        os.seteuid(OTHER_UID)  # the kernel notes who calls listen
        try:
            listener.bind(str(path))
            listener.listen()
        finally:
            os.seteuid(0)
        with pytest.raises(NoDaemon, match="somebody else"):
            ControlClient(path)


class socket_in_the_open:
    """The same socket under a path that every user can reach."""

    def __init__(self, served: Served) -> None:
        self._served = served

    def __enter__(self) -> Path:
        self._folder = Path("/tmp", f"unsit-open-{os.getpid()}")
        self._folder.mkdir(mode=0o755)
        self._folder.chmod(0o755)
        path = self._folder / "control.sock"
        os.link(self._served.path, path)
        return path

    def __exit__(self, *_: object) -> None:
        (self._folder / "control.sock").unlink()
        self._folder.rmdir()


async def test_a_socket_left_by_a_crash_is_replaced(tmp_path: Path) -> None:
    """SIGKILL takes nothing away; the file that stays answers nobody, and must not keep the next start from listening."""
    path = tmp_path / paths.SOCKET_NAME
    crash = "s = socket.socket(socket.AF_UNIX); s.bind(path); s.listen(); os.kill(os.getpid(), 9)"
    with pytest.raises(AssertionError):
        await _storm(path, crash)
    assert path.is_socket()
    with socket.socket(socket.AF_UNIX) as dead, pytest.raises(ConnectionRefusedError):
        dead.connect(str(path))

    async with serve(tmp_path, path=path) as served, served.client() as client:
        assert (await client.call("ping"))["result"]["pid"] == os.getpid()
    assert not path.exists()


async def test_a_path_too_long_for_a_socket_is_an_os_error(tmp_path: Path) -> None:
    """`unsit run` says it and ends with 1; it does not run deaf."""
    with pytest.raises(OSError, match="too long"):
        async with serve(tmp_path, path=tmp_path / ("x" * 120)):
            pass
