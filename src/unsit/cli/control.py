"""The verbs that ask the running daemon and print what it says."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from unsit.cli.exits import DONE, NO_DAEMON, REFUSED, WRONG_CALL, complain
from unsit.control_client import CommandError, ControlClient, NoDaemon
from unsit.words import _, format_time_within

QUIT_WITHIN_S: Final = 5.0
LINK_VERBS: Final = ("begin", "guide", "status", "settings")


def ask(method: str, **params: Any) -> tuple[int, Any]:
    """One question: the exit code and the answer. What went wrong is said."""
    try:
        with ControlClient() as client:
            return DONE, client.call(method, **params)
    except NoDaemon:
        complain(_("Unsit is not running."), _("Start it with `unsit`."))
        return NO_DAEMON, None
    except CommandError as error:
        return say(error), None


def say(error: CommandError) -> int:
    """What went wrong, and the next step. Returns: the exit code."""
    complain(str(error)[:1].upper() + str(error)[1:].removesuffix(".") + ".", error.next_step)
    return WRONG_CALL if error.is_wrong_call else REFUSED


def _token() -> dict[str, str]:
    """The desktop's permission to bring a window to the front, where it started us with one."""
    token = os.environ.get("XDG_ACTIVATION_TOKEN") or os.environ.get("DESKTOP_STARTUP_ID")
    return {"token": token} if token else {}


def command(word: str, **params: Any) -> int:
    code, _snapshot = ask(word, **params, **_token())
    if code == DONE and word in ("mute", "unmute"):  # of which the state of things says nothing
        print(_("No voice and no tones from now on.") if word == "mute" else _("Voice and tones are on again."))
    elif code == DONE:
        code, answer = ask("status", text=True)
        if code == DONE:
            print(answer["line"])
    return code


def pause_session(*, is_paused: bool) -> int:
    """Of the words of docs/control.md `toggle`, where it changes something."""
    code, answer = ask("status", text=True)
    if code != DONE:
        return code
    session = answer["snapshot"]["session"]
    if session is None or session["paused"] != is_paused:
        return command("toggle")
    print(answer["line"])
    return DONE


def status(*, as_json: bool, follow: bool, waybar: bool) -> int:
    if follow or waybar:
        return _follow(is_waybar=waybar)
    code, answer = ask("status", text=True)
    if code != DONE:
        return code
    if as_json:
        json.dump(answer["snapshot"], sys.stdout, ensure_ascii=False)
        print()
        return DONE
    print(answer["line"])
    for problem in answer["snapshot"]["problems"]:
        print("! " + problem)
    if no_stretch := answer["snapshot"].get("no_stretch"):  # which an older daemon does not say
        print("  " + no_stretch)
    for hold in answer["snapshot"]["holds"]:
        print("  " + _hold_line(hold, answer["snapshot"]["wall"]))
    names = {"tray": _("Tray: "), "notifications": _("Notifications: "), "sound": _("Sound: "), "screen": _("Screen: ")}
    for surface, lines in answer["surfaces"].items():
        for line in lines:
            print("  " + names.get(surface, "") + line)
    return DONE


def _hold_line(hold: Mapping[str, Any], now: str) -> str:
    """Something that keeps prompts back, and since when."""
    from unsit.words.holding import held_by

    words = _("In the way: {reason}, since {time}")
    if hold["ignored"]:
        words = _("In the way: {reason}, since {time}; for too long, so it no longer counts")
    time = format_time_within(datetime.fromisoformat(hold["since"]["wall"]), datetime.fromisoformat(now))
    return words.format(reason=held_by([hold["reason"]], {hold["reason"]: hold.get("by", ())}), time=time)


def _follow(*, is_waybar: bool) -> int:
    try:
        with ControlClient() as news, ControlClient() as asker:
            last = ""
            for _snapshot in news.follow():
                answer = asker.call("status", text=True)
                line = json.dumps(_for_bar(answer), ensure_ascii=False) if is_waybar else answer["line"]
                if line != last:
                    print(line, flush=True)
                    last = line
    except NoDaemon:
        complain(_("Unsit is not running."), _("Start it with `unsit`."))
        return NO_DAEMON
    except CommandError as error:
        return say(error)
    return DONE


def _for_bar(answer: dict[str, Any]) -> dict[str, Any]:
    """What waybar's custom modules with `return-type = json` read."""
    snapshot = answer["snapshot"]
    share = min(1.0, snapshot["sat_s"] / snapshot["every_s"]) if snapshot["every_s"] else 0.0
    tooltip = "\n".join([answer["line"], *snapshot["problems"]])
    return {
        "text": answer["line"],
        "alt": snapshot["phase"],
        "class": snapshot["phase"],
        "tooltip": tooltip,
        "percentage": round(100 * share),
    }


def open_page(page: str) -> int:
    code, _answer = ask("open", page=page, **_token())
    return code


def open_link(link: str) -> int:
    """An `unsit:` link opens a page or begins an exercise, nothing else: any web page may contain one."""
    parts = urlsplit(link)
    verb, _slash, exercise = (parts.netloc + parts.path).strip("/").partition("/")
    if verb not in LINK_VERBS:
        links = "unsit:guide, unsit:status, unsit:settings, unsit:begin, unsit:begin/EXERCISE"
        complain(
            _("The link {link} is not one of Unsit's.").format(link=link), _("There are: {names}").format(names=links)
        )
        return WRONG_CALL
    if verb != "begin":
        return open_page(verb)
    exercise = exercise or "".join(parse_qs(parts.query).get("exercise", [])[:1])
    return command("begin", **({"exercise": exercise} if exercise else {}))


def reload(touched: tuple[str, ...] = ()) -> int:
    code, answer = ask("reload", touched=list(touched))
    if code == DONE:
        for problem in answer["problems"]:
            complain(problem)
        return REFUSED if answer["problems"] else DONE
    return code


def tell_daemon(*touched: str) -> None:
    """The settings on the disk have changed, `touched` among them; nothing where no daemon runs."""
    try:
        with ControlClient() as client:
            client.call("reload", touched=list(touched))
    except (NoDaemon, CommandError):
        return


def quit_daemon() -> int:
    """Until it has ended: whoever starts it anew must find the way free."""
    from unsit import paths

    code, _answer = ask("quit")
    if code != DONE:
        return code
    socket = paths.control_socket()
    end = time.monotonic() + QUIT_WITHIN_S
    while socket.exists() and time.monotonic() < end:
        time.sleep(0.02)
    return DONE
