"""A second, slow and obvious reading of the rules of the day, to hold the real core against.

It knows nothing of the program. From a handful of facts it works out anew which timers there are, goes to the earliest and does
what that one says. It predicts the sitting clock and the outcomes: the lines `prompt`, `held`, `withdraw`, `snooze`, `outcome`
and `natural`. Left out: reminders, undo, choose, clock, working hours, routines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from core.naive_parts import NEVER, Person, Prompt, Session, end_of_pause, seconds, stamp


class Day:
    def __init__(self) -> None:
        self.settings = {"prompt.every": 3600, "prompt.snoozes": 3, "away.idle_after": 300, "away.credit": 120,
                         "stretch.walk": 120, "stretch.hold": 0}  # fmt: skip
        self.out: list[str] = []
        self.t = self.settle = self.due_from = 0.0
        self.unseen, self.unseen_since, self.unseen_until = "", 0.0, NEVER  # nobody looks: suspend, kill, quit, reboot
        self.person = Person()
        self.idle: float | None = None  # the last input, if none followed
        self.absent: float | None = None  # since when, of a confirmed absence
        self.locked = self.after = False  # after: a session is over and no input has followed
        self.holds: dict[str, float] = {}
        self.ignored: set[str] = set()
        self.sitting: float | None = None
        self.due_now = self.standing = False
        self.paused_until: float | None = None  # None: not paused
        self.prompt: Prompt | None = None
        self.session: Session | None = None
        self.begun_from: Prompt | None = None
        self.completed: Counter[str] = Counter()
        self.hurt: set[str] = set()

    def say(self, text: str) -> None:
        self.out.append(f"{stamp(self.t)} {text}")

    def timers(self) -> Iterable[tuple[float, int, Callable[[], object]]]:
        """(when, order within one instant, what to do) of everything that is going to happen by itself."""
        p, x, here = self.prompt, self.session, self.absent is None and not self.after
        if self.unseen:
            yield self.unseen_until, 0, self.come
            return
        if self.paused_until is not None:
            yield self.paused_until, 2, lambda: self.end_pause(self.paused_until or 0)
        if here and self.idle is not None:
            yield self.idle + self.settings["away.idle_after"], 3, lambda: self.confirm(self.idle or 0)
        if self.absent is not None and p:
            yield self.absent + self.settings["away.credit"], 4, self.credit
        if p and p.stage == "offered":
            yield p.offered_at + p.every, 5, lambda: self.end("missed")
        if x:
            yield x.ends_at(), 6, lambda: self.enter(x, x.index + 1) if x.paused_at is None else self.finish(x, True)
        if here and p and p.stage == "snoozed":
            yield p.snoozed_until, 7, lambda: self.wait(p)
        if here and p and p.stage == "waiting":
            for reason in set(self.reasons()) - {"paused"}:
                limit = max(self.holds[reason], p.waiting_since) + 3 * 3600
                yield limit, 8, lambda reason=reason: self.ignored.add(reason)  # type: ignore[misc]  # its default
            if not self.reasons():
                yield self.settle, 8, lambda: self.offer(p)
            elif not p.held_said:
                yield self.t, 9, lambda: self.say_held(p)
        if here and not p and not x and self.sitting is not None:
            every = 3600 if self.standing else self.settings["prompt.every"]
            yield self.t if self.due_now else self.due_from + every, 10, self.fall_due

    def run_until(self, target: float) -> None:
        while due := [(max(when, self.t), order, do) for when, order, do in self.timers() if when <= target]:
            self.t, _, do = min(due, key=lambda timer: timer[:2])
            do()
        self.t = target

    def reasons(self) -> list[str]:
        return sorted([*(set(self.holds) - self.ignored), *(["paused"] if self.paused_until is not None else [])])

    def fall_due(self) -> None:
        self.prompt = Prompt("walk" if "standing-lunge" in self.hurt else "standing-lunge", self.t)
        self.due_now = False

    def offer(self, p: Prompt) -> None:
        p.stage, p.offered_at, p.held_said = "offered", self.t, False
        p.every, p.snoozes_most = self.settings["prompt.every"], self.settings["prompt.snoozes"]
        self.show(p)

    def show(self, p: Prompt, again: str = "") -> None:
        left = max(0, p.snoozes_most - p.snoozes)
        self.say(f"prompt exercise={p.exercise} sat={self.sat()} snoozes_left={left}{again}")

    def say_held(self, p: Prompt) -> None:
        p.held_said = True
        self.say(f"held exercise={p.exercise} reasons={','.join(self.reasons())}")

    def wait(self, p: Prompt, reason: str = "") -> None:
        if reason:
            self.say(f"withdraw reason={reason}")
        p.stage, p.waiting_since, p.held_said = "waiting", self.t, reason == "pause"

    def sat(self, until: float | None = None) -> int:
        return 0 if self.sitting is None else int((self.t if until is None else until) - self.sitting)

    def end(self, word: str, until: float | None = None) -> None:
        self.say(f"outcome {word} sat={self.sat(until)}")
        self.prompt, self.due_now = None, word == "missed"

    def end_pause(self, at: float) -> None:
        self.paused_until, self.settle = None, max(self.settle, at + 300)

    def enter(self, x: Session, index: int) -> None:
        if not x.enter(index, self.t):
            self.finish(x)

    def finish(self, x: Session, stopped: bool = False, pain: bool = False) -> None:
        x.leave_piece(self.t)
        self.session, work, word = None, x.work(), "partial" if stopped or not x.is_whole() else "completed"
        if word == "partial" and not pain and sum(work.values()) < 30:
            if self.begun_from:
                return self.give_back(self.begun_from)
            word = "void"
        self.say(f"outcome {word} " + " ".join(f"{c}={int(got)}" for c, got in work.items()) + " reason=pain" * pain)
        self.completed[x.exercise] += word == "completed"
        self.hurt |= {x.exercise} if pain else set()
        if word != "void":
            self.after = self.idle is not None or self.absent is not None
            self.absent, self.due_now, self.sitting = None, False, None if self.after else self.t
            self.due_from = self.t
        return None

    def give_back(self, p: Prompt) -> None:
        """The session was too short to count: its prompt is open again, and at once."""
        self.prompt, stage = p, p.stage
        p.stage, p.waiting_since = "waiting", p.waiting_since if stage == "waiting" else self.t
        if self.absent is not None:
            self.credit()
        elif not self.unseen and self.paused_until is None and (stage == "offered" or not self.reasons()):
            self.offer(p)

    def confirm(self, since: float) -> None:
        if self.absent is None and not self.after:
            self.absent = since
            if not self.session and not self.credit() and self.prompt and self.prompt.stage == "offered":
                self.wait(self.prompt, "away")

    def credit(self) -> bool:
        is_long = self.absent is not None and self.t >= self.absent + self.settings["away.credit"]
        if is_long and self.prompt:
            self.end("away", self.absent)
        return is_long

    def sign(self) -> None:
        """The person is there."""
        self.idle, since = None, self.absent
        if since is not None and not self.session and not self.after:
            if self.credit():
                self.say(f"natural seconds={int(self.t - since)}")
                self.sitting = None
            else:
                self.settle = max(self.settle, self.t + 30)
        self.absent = None
        if self.sitting is None and not self.session:
            self.sitting, self.due_from, self.due_now, self.after = self.t, self.t, False, False

    def look(self, signs: bool) -> None:
        """The daemon sees what is so, and, if it may take input for a sign, who is there."""
        for reason in set(self.holds) - self.person.on:
            del self.holds[reason]
            self.ignored.discard(reason)
            if not set(self.holds) - self.ignored:
                self.settle = max(self.settle, self.t + 30)
        self.holds |= dict.fromkeys(self.person.on - set(self.holds), self.t)
        if not self.person.flows and self.idle is None:
            self.idle = self.person.last_input
        if self.person.is_locked and not self.locked:
            self.locked = True
            self.confirm(self.t if self.idle is None else self.idle)
        self.run_until(self.t)
        if signs or (self.locked and not self.person.is_locked):
            self.locked, self.idle = self.person.is_locked, None
            if not self.locked:
                self.sign()
            if not self.person.flows:  # they unlocked it, and left again
                self.idle = self.person.last_input = self.t

    def go(self, word: str, until: float) -> None:
        """Asleep, or dead: nobody looks from here on."""
        self.unseen, self.unseen_since, self.unseen_until = word, self.t, until
        if self.session:
            self.session.freeze(self.t)
        if word != "kill" and self.idle is None:
            self.idle = self.t
        if word == "suspend":
            self.confirm(self.idle or 0)
        elif word == "quit" and self.session:
            self.finish(self.session, stopped=True)

    def come(self) -> None:
        """Awake, or started again."""
        how, x, since = self.unseen, self.session, self.unseen_since
        if how == "suspend":
            if x and self.t - since >= self.settings["away.credit"]:
                self.finish(x, stopped=True)
            elif not x:
                self.credit()
            self.unseen = ""
            self.look(signs=self.person.flows)
        elif how == "kill":
            shown, self.unseen = self.prompt if self.prompt and self.prompt.stage == "offered" else None, ""
            offered_at = shown and shown.offered_at
            self.look(signs=self.person.flows)
            self.run_until(self.t)
            if shown and self.prompt is shown and (shown.stage, shown.offered_at) == ("offered", offered_at):
                self.show(shown, " again=true")
        else:
            if x:
                self.absent = None
                self.finish(x, stopped=True)
            self.confirm(since)
            self.credit()
            self.unseen, self.standing, self.locked = "", False, False
            really, self.person.flows, self.person.is_locked = (self.person.flows, self.person.is_locked), True, False
            self.look(signs=True)
            (self.person.flows, self.person.is_locked), self.person.last_input = really, self.t
            self.look(signs=False)

    def command(self, word: str, arguments: list[str]) -> None:
        self.person.flows = True
        self.sign()
        self.run_until(self.t)
        p, x = self.prompt, self.session
        if word == "pause":
            self.paused_until = end_of_pause(self.t, *arguments)
            if p and p.stage == "offered":
                self.wait(p, "pause")
        elif word == "resume" and self.paused_until is not None:
            self.end_pause(self.t)
        elif x and word in ("stop", "hurts"):
            self.finish(x, stopped=True, pain=word == "hurts")
        elif x and word == "toggle":
            x.toggle(self.t)
        elif x and word in ("next", "previous"):
            self.enter(x, x.index + 1 if word == "next" else x.index - (x.elapsed(self.t) < 3 and x.index > 0))
        elif word == "begin" and not x and not {*arguments} & self.hurt:
            usual = "walk" if "standing-lunge" in self.hurt else "standing-lunge"
            exercise = arguments[0] if arguments else p.exercise if p else usual
            count, hold, walk = self.completed[exercise], self.settings["stretch.hold"], self.settings["stretch.walk"]
            self.session, self.begun_from, self.prompt = Session(exercise, self.t, count, hold, walk), p, None
        elif word == "snooze" and p and p.stage == "offered" and p.snoozes < p.snoozes_most:
            length = seconds(arguments[0]) if arguments else 600
            p.stage, p.snoozed_until, p.snoozes = "snoozed", self.t + length, p.snoozes + 1
            self.say(f"snooze for={length} until={stamp(p.snoozed_until)}")
        elif word == "skip" and p:
            self.end("skipped")
            self.due_from = self.t
        elif not x and (word == "done" or word == ("sit" if self.standing else "stand")):
            if p or word == "done":
                self.end("done")
            self.standing = self.standing if word == "done" else word == "stand"
            self.sitting, self.due_from, self.due_now = self.t, self.t, False


def run(lines: Iterable[str]) -> list[str]:
    """The lines of a script's output that this model predicts, for the shipped settings and UTC."""
    day = Day()
    for line in lines:
        when, word, *arguments = line.split()
        if word == "start":
            day.t = day.due_from = day.person.last_input = datetime.fromisoformat(when + "+00:00").timestamp()
            day.idle, day.absent, day.sitting = (day.t, day.t, None) if arguments else (None, None, day.t)
            day.person.flows = not arguments
        day.run_until(day.t + seconds(when) * (when[0] == "+"))
        day.person.live(word, "".join(arguments), day.t)
        if (day.unseen, word) == ("suspend", "wake"):
            day.come()
        elif day.unseen or word in ("start", "wake", "end"):
            continue
        elif word in ("leave", "back", "lock", "unlock", "hold", "free"):
            day.look(signs=word == "back")
        elif word in ("suspend", "kill", "quit", "reboot"):
            day.go(word, NEVER if word == "suspend" else day.t + seconds("".join(arguments)))
        elif word == "set":
            day.settings[arguments[0]] = seconds(arguments[1])
        else:
            day.command(word, arguments)
        day.run_until(day.t)
    return day.out
