"""A second, slow and obvious reading of the rules of the day, to hold the real core against.

It knows nothing of the program. It keeps a handful of facts, works out from them anew which timers exist, goes to the
earliest and does what it says. Left out: undo, choose, clock, working hours, routines. Where the rules can be read in
more than one way, it raises `Unclear` instead of guessing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

# exercise: (seconds to get ready, kind, seconds of one turn, per side)
EXERCISES = {
    "walk": (10, "walk", 0, False),
    "standing-lunge": (10, "hold", 0, True),
    "half-kneeling": (20, "hold", 0, True),
    "half-kneeling-reach": (20, "hold", 0, True),
    "supine": (20, "hold", 0, True),
    "constructive-rest": (20, "rest", 600, False),
    "bridge": (20, "breaths", 30, False),
    "glute-bridge": (20, "reps", 40, False),
    "straight-leg-raise": (20, "reps", 40, True),
    "bird-dog": (20, "reps", 40, True),
}
IN_SESSION = ("toggle", "next", "previous", "stop", "hurts")
PRESENCE = ("leave", "back", "lock", "unlock")
COMMANDS = (*IN_SESSION, "begin", "snooze", "skip", "done", "pause", "resume", "stand", "sit")


class Unclear(Exception):
    """The rules do not say, or this model does not cover it."""


def seconds(text: str) -> int:
    parts = re.findall(r"(\d+)([dhms])", text)
    return sum(int(number) * {"d": 86400, "h": 3600, "m": 60, "s": 1}[unit] for number, unit in parts)


@dataclass
class Prompt:
    exercise: str
    every: int
    snoozes_max: int
    waiting_since: float
    stage: str = "waiting"
    offered_at: float = 0
    reminders: int = 0
    snoozes: int = 0
    snoozed_until: float = 0
    held_said: bool = False


@dataclass
class Session:
    exercise: str
    segments: list[tuple[str, str, int]]  # kind, side, seconds
    prompt: Prompt | None
    since: float  # when the running stretch of the segment began
    index: int = 0
    before: float = 0  # seconds of the segment before `since`
    paused_at: float | None = None
    reached: list[float] = field(default_factory=list)
    returned: bool = False  # what would have been an absence began and ended in it


class Naive:
    def __init__(self) -> None:
        self.settings: dict[str, str] = {
            "prompt.every": "60m", "prompt.every_standing": "60m", "prompt.settle": "30s",
            "prompt.settle_after_pause": "5m", "prompt.remind_every": "5m", "prompt.reminders": "2",
            "prompt.snoozes": "3", "away.idle_after": "5m", "away.credit": "2m", "hold.limit": "3h",
            "stretch.walk": "2m", "stretch.hold": "auto",
        }  # fmt: skip
        self.out: list[str] = []
        self.t = 0.0
        self.idle: float | None = None  # the last input, if none followed
        self.gone = False  # locked or suspended since the last sign of the person
        self.locked = False
        self.absent = False
        self.after = False  # a session is over and no input has followed
        self.sitting: float | None = None
        self.due_from = 0.0
        self.due_now = self.standing = False
        self.holds: dict[str, float] = {}
        self.ignored: set[str] = set()
        self.paused = False
        self.paused_until: float | None = None
        self.settle = 0.0
        self.prompt: Prompt | None = None
        self.session: Session | None = None
        self.completed: dict[str, int] = {}
        self.hurt: set[str] = set()

    def s(self, key: str) -> int:
        return seconds(self.settings[key])

    def say(self, text: str) -> None:
        self.out.append(f"{stamp(self.t)} {text}")

    def sat(self, until: float | None = None) -> int:
        return 0 if self.sitting is None else int((self.t if until is None else until) - self.sitting)

    # ------------------------------------------------------------------------------------------------------- timers

    def timers(self) -> list[tuple[float, int, Callable[[], None]]]:
        """(when, order within one instant, what to do) of everything that is going to happen by itself."""
        found: list[tuple[float, int, Callable[[], None]]] = []
        p, x, free = self.prompt, self.session, not self.absent and self.session is None and not self.after
        if self.paused_until is not None:
            found.append((self.paused_until, 2, self.end_pause))
        if free and self.idle is not None:
            found.append((self.t if self.gone else self.idle + self.s("away.idle_after"), 3, self.confirm))
        if self.absent and p and self.idle is not None:
            found.append((self.idle + self.s("away.credit"), 4, self.end_away))
        if p and p.stage == "offered":
            found.append((p.offered_at + p.every, 5, self.end_missed))
            if p.reminders < int(self.settings["prompt.reminders"]):
                found.append((p.offered_at + (p.reminders + 1) * self.s("prompt.remind_every"), 10, self.remind))
        if x:
            rest = x.segments[x.index][2] - x.before
            found.append(
                (x.since + rest, 6, self.move_on) if x.paused_at is None else (x.paused_at + 600, 6, self.stop)
            )
        if free and p and p.stage == "snoozed":
            found.append((p.snoozed_until, 7, self.end_snooze))
        if free and p and p.stage == "waiting":
            reasons = self.reasons()
            for reason in reasons:
                if reason in self.holds:
                    limit = max(self.holds[reason], p.waiting_since) + self.s("hold.limit")
                    found.append((limit, 8, lambda reason=reason: self.ignored.add(reason)))  # type: ignore[misc]
            if reasons and not p.held_said:
                found.append((self.t, 8, self.say_held))
            if not reasons:
                found.append((self.settle, 8, self.offer))
        if free and not p and self.sitting is not None:
            every = self.s("prompt.every_standing" if self.standing else "prompt.every")
            found.append((self.t if self.due_now else self.due_from + every, 9, self.fall_due))
        return [(max(when, self.t), order, do) for when, order, do in found]

    def run_until(self, target: float) -> None:
        while due := [timer for timer in self.timers() if timer[0] <= target]:
            self.t, _, do = min(due, key=lambda timer: timer[:2])
            do()
        self.t = target

    def reasons(self) -> list[str]:
        return sorted([*(set(self.holds) - self.ignored), *(["paused"] if self.paused else [])])

    def end_pause(self) -> None:
        ended = self.t if self.paused_until is None else min(self.t, self.paused_until)
        self.settle = max(self.settle, ended + self.s("prompt.settle_after_pause"))
        self.paused, self.paused_until = False, None

    def confirm(self) -> None:
        assert self.idle is not None
        self.absent = True
        if self.t < self.idle + self.s("away.credit"):
            self.withdraw("away")

    def end_away(self) -> None:
        self.say(f"outcome away sat={self.sat(self.idle)}")
        self.prompt = None

    def end_missed(self) -> None:
        self.say(f"outcome missed sat={self.sat()}")
        self.prompt, self.due_now = None, True

    def end_snooze(self) -> None:
        assert self.prompt
        self.prompt.stage, self.prompt.waiting_since = "waiting", self.t

    def say_held(self) -> None:
        assert self.prompt
        self.prompt.held_said = True
        self.say(f"held exercise={self.prompt.exercise} reasons={','.join(self.reasons())}")

    def fall_due(self) -> None:
        self.due_now = False
        self.prompt = Prompt(self.next_exercise(), self.s("prompt.every"), int(self.settings["prompt.snoozes"]), self.t)

    def offer(self) -> None:
        assert self.prompt
        p = self.prompt
        p.stage, p.offered_at, p.reminders, p.held_said = "offered", self.t, 0, False
        p.every, p.snoozes_max = self.s("prompt.every"), int(self.settings["prompt.snoozes"])
        self.say_prompt("")

    def say_prompt(self, again: str) -> None:
        assert self.prompt
        left = self.prompt.snoozes_max - self.prompt.snoozes
        self.say(f"prompt exercise={self.prompt.exercise} sat={self.sat()} snoozes_left={left}{again}")

    def remind(self) -> None:
        assert self.prompt
        self.prompt.reminders += 1
        if not set(self.holds) - self.ignored:
            self.say("remind")

    def withdraw(self, reason: str) -> None:
        p = self.prompt
        if p and p.stage == "offered":
            p.stage, p.waiting_since, p.held_said = "waiting", self.t, reason == "pause"
            self.say(f"withdraw reason={reason}")

    # ----------------------------------------------------------------------------------------------------- sessions

    def next_exercise(self) -> str:
        return "walk" if "standing-lunge" in self.hurt else "standing-lunge"

    def begin(self, exercise: str | None) -> None:
        exercise = exercise or (self.prompt.exercise if self.prompt else self.next_exercise())
        if exercise not in EXERCISES or exercise in self.hurt:
            raise Unclear("begin what is off or unknown")
        ready, kind, turn, per_side = EXERCISES[exercise]
        count = self.completed.get(exercise, 0)
        if kind == "hold":
            fixed = self.settings["stretch.hold"]
            turn = min(60, 30 + 5 * (count // 10)) if fixed == "auto" else int(fixed)
        segments = [("prepare", "", ready)]
        if per_side:
            first, second = ("left", "right") if count % 2 == 0 else ("right", "left")
            segments += [(kind, first, turn), ("switch", "", 8), (kind, second, turn)]
        elif kind != "walk":
            segments += [(kind, "", turn)]
        walk = self.s("stretch.walk") or (120 if kind == "walk" else 0)
        if kind != "rest" and walk:
            segments += [("walk", "", walk)]
        self.session = Session(exercise, segments, self.prompt, self.t, reached=[0.0] * len(segments))
        self.prompt = None
        self.say(f"session exercise={exercise} seconds={sum(length for _, _, length in segments)}")
        self.enter(0)

    def elapsed(self) -> float:
        assert self.session
        x = self.session
        return x.before + (self.t - x.since if x.paused_at is None else 0)

    def note(self) -> None:
        assert self.session
        x = self.session
        x.reached[x.index] = max(x.reached[x.index], self.elapsed())

    def enter(self, index: int) -> None:
        assert self.session
        x = self.session
        x.index, x.since, x.before = index, self.t, 0.0
        kind, side, length = x.segments[index]
        self.say(f"cue {kind}{f' side={side}' if side else ''} seconds={length}")

    def move_on(self) -> None:
        assert self.session
        x = self.session
        self.note()
        if x.index + 1 < len(x.segments):
            return self.enter(x.index + 1)
        short = [k for (k, _, length), got in zip(x.segments, x.reached, strict=True) if got < length]
        if x.exercise == "walk" and short:
            raise Unclear("a walk that was skipped")
        return self.finish("partial" if {"hold", "reps", "breaths", "rest"} & set(short) else "completed")

    def stop(self) -> None:
        self.finish("partial")

    def freeze(self) -> None:
        """Pause the session, if it runs."""
        x = self.session
        if x and x.paused_at is None:
            self.note()
            x.before, x.paused_at = self.elapsed(), self.t

    def finish(self, word: str, pain: bool = False) -> None:
        assert self.session
        self.note()
        x = self.session
        self.session = None
        work = dict.fromkeys(["left", "right", "walk"], 0.0)
        for (kind, side, _), got in zip(x.segments, x.reached, strict=True):
            if kind not in ("prepare", "switch"):
                name = side if kind == "hold" else kind
                work[name] = work.get(name, 0) + got
        self.say("cue end")
        void = word == "partial" and not pain and sum(work.values()) < 30
        if void and x.returned:
            raise Unclear("an absence within a session that was none")
        if void:
            self.prompt = x.prompt
            if self.prompt:
                was_offered, self.prompt.stage = self.prompt.stage == "offered", "waiting"
                left = self.gone or (self.idle is not None and self.t >= self.idle + self.s("away.idle_after"))
                if not left and not self.paused and (was_offered or not self.reasons()):
                    self.offer()
        if not self.prompt:
            order = ["left", "right", "walk", *(kind for kind in ("reps", "breaths", "rest") if kind in work)]
            parts = " ".join(f"{name}={int(work[name])}" for name in order)
            self.say(f"outcome {'void' if void else word} {parts}{' reason=pain' if pain else ''}")
        if word == "completed":
            self.completed[x.exercise] = self.completed.get(x.exercise, 0) + 1
        if pain:
            self.hurt.add(x.exercise)
        if not void:
            self.after, self.absent, self.sitting, self.due_now = True, False, None, False
            if self.idle is None:
                self.arrive()

    # ----------------------------------------------------------------------------------------------------- presence

    def arrive(self) -> None:
        """The sitting clock starts."""
        self.sitting = self.due_from = self.t
        self.due_now = self.after = False

    def sign(self) -> None:
        """The person is there."""
        if self.session and self.idle is not None and (self.gone or self.t >= self.idle + self.s("away.idle_after")):
            self.session.returned = True
        if self.absent and self.idle is not None:
            length = self.t - self.idle
            if length >= self.s("away.credit"):
                self.say(f"natural seconds={int(length)}")
                self.arrive()
            else:
                self.settle = max(self.settle, self.t + self.s("prompt.settle"))
        self.idle, self.gone, self.absent = None, False, False
        if self.session is None and (self.after or self.sitting is None):
            self.arrive()

    def presence(self, word: str) -> None:
        if word == "lock" and not self.locked:
            self.locked = self.gone = True
            self.idle = self.t if self.idle is None else self.idle
        elif word == "unlock" and self.locked:
            self.locked = False
            self.sign()
        elif word == "leave" and not self.locked and self.idle is None:
            self.idle = self.t
        elif word == "back" and not self.locked:
            self.sign()
        if word in ("leave", "back") and self.locked and not self.gone:
            raise Unclear("input behind a lock that a command has passed by")

    def found(self, lines: list[str]) -> None:
        """What happened while nobody was looking is seen now."""
        holds, signs = set(self.holds), [line.split()[0] for line in lines if line.split()[0] in PRESENCE]
        locked = self.locked
        here = False
        for word in signs:
            if word == "leave" and here and not locked:
                raise Unclear("somebody came and went while nobody was looking")
            here = (word == "unlock" and locked) or (word == "back" and not locked) or (here and word != "lock")
            locked = word == "lock" or (locked and word != "unlock")
        for line in lines:
            if line.split()[0] in ("hold", "free"):
                (holds.add if line.startswith("hold") else holds.discard)(line.split()[1])
        for reason in sorted(set(self.holds) - holds):
            self.free(reason)
        self.holds.update(dict.fromkeys(holds - set(self.holds), self.t))
        self.locked = locked
        if here and not locked:
            self.sign()

    def free(self, reason: str) -> None:
        if self.holds.pop(reason, None) is not None:
            self.ignored.discard(reason)
            if not set(self.holds) - self.ignored:
                self.settle = max(self.settle, self.t + self.s("prompt.settle"))

    # ----------------------------------------------------------------------------------- asleep, dead, and at the end

    def fall_asleep(self) -> None:
        self.freeze()
        self.gone = True
        self.idle = self.t if self.idle is None else self.idle
        self.run_until(self.t)

    def wake(self, slept: float, lines: list[str]) -> None:
        if self.session and slept >= self.s("away.credit"):
            self.stop()
        self.run_until(self.t)
        self.found(lines)

    def die(self, how: str, for_s: float) -> None:
        if how == "kill" and self.session and self.session.paused_at is None and for_s:
            raise Unclear("how far a session got while the daemon was dead")
        self.left = self.idle is not None
        if how != "kill" and self.idle is not None and not self.absent and not self.after:
            raise Unclear("whether the absence counts from the last input or from the stop")
        self.freeze()
        if how != "kill":
            self.gone, self.standing = True, False
            self.idle = self.t if self.idle is None else self.idle
        if how == "quit" and self.session:
            self.stop()

    def revive(self, how: str, lines: list[str]) -> None:
        if how == "kill":
            if any(line.split()[0] in PRESENCE for line in lines):
                raise Unclear("who came and went while the daemon was dead")
            shown = p = self.prompt if self.prompt and self.prompt.stage == "offered" else None
            if p:
                passed = int((self.t - p.offered_at) // self.s("prompt.remind_every"))
                p.reminders = max(p.reminders, min(passed, int(self.settings["prompt.reminders"])))
            self.found(lines)
            self.run_until(self.t)
            if shown and self.prompt is shown and shown.stage == "offered":
                self.say_prompt(" again=true")
            return
        if how == "reboot" and self.session:
            self.stop()
        self.run_until(self.t)
        self.sign()
        locked, self.locked = self.locked and how == "quit", False
        here = not (self.left and how == "quit")
        for line in lines:
            word = line.split()[0]
            here = word in ("back", "unlock") or (here and word not in ("leave", "lock"))
            locked = word == "lock" or (locked and word != "unlock")
        self.found([line for line in lines if line.split()[0] not in PRESENCE])
        if locked:
            self.presence("lock")
        elif not here:
            self.idle = self.t

    # ----------------------------------------------------------------------------------------------------- commands

    def command(self, word: str, arguments: list[str]) -> None:
        self.sign()
        self.run_until(self.t)
        p, x = self.prompt, self.session
        refused = (
            (word in IN_SESSION and not x)
            or (bool(x) and word in ("begin", "done", "snooze", "skip", "stand", "sit"))
            or (word == "snooze" and (not p or p.stage != "offered" or p.snoozes >= p.snoozes_max))
            or (word == "skip" and not p)
            or (word == "resume" and not self.paused)
            or (word == "stand" and self.standing)
            or (word == "sit" and not self.standing)
        )
        if refused:
            return self.say(f"refused command={word}")
        if word == "begin":
            self.begin(arguments[0] if arguments else None)
        elif word == "snooze":
            assert p
            length = seconds(arguments[0]) if arguments else 600
            p.stage, p.snoozed_until, p.snoozes = "snoozed", self.t + length, p.snoozes + 1
            self.say(f"snooze for={length} until={stamp(p.snoozed_until)}")
        elif word == "skip":
            self.say(f"outcome skipped sat={self.sat()}")
            self.prompt, self.due_from, self.due_now = None, self.t, False
        elif word in ("done", "stand", "sit"):
            if p or word == "done":
                self.say(f"outcome done sat={self.sat()}")
            self.prompt, self.standing = None, word == "stand" or (word == "done" and self.standing)
            self.arrive()
        elif word == "pause":
            self.paused, self.paused_until = True, self.end_of_pause(arguments)
            self.withdraw("pause")
        elif word == "resume":
            self.paused_until = None
            self.end_pause()
        elif word in IN_SESSION:
            self.in_session(word)
        return None

    def end_of_pause(self, arguments: list[str]) -> float | None:
        if not arguments:
            return None
        if arguments[0] not in ("tomorrow", "until"):
            return self.t + seconds(arguments[0])
        now = datetime.fromtimestamp(self.t, UTC)
        hour, minute = (6, 0) if arguments[0] == "tomorrow" else map(int, arguments[1].split(":"))
        end = now.replace(hour=hour, minute=minute, second=0)
        return (end + timedelta(days=arguments[0] == "tomorrow" or end <= now)).timestamp()

    def in_session(self, word: str) -> None:
        assert self.session
        x = self.session
        if word == "stop":
            self.stop()
        elif word == "hurts":
            if x.exercise == "walk":
                raise Unclear("a walk that hurts")
            self.finish("partial", pain=True)
        elif word == "toggle" and x.paused_at is None:
            self.freeze()
        elif word == "toggle":
            x.since, x.paused_at = self.t, None
        elif word == "next":
            self.move_on()
        else:
            self.note()
            self.enter(x.index - 1 if self.elapsed() < 3 and x.index else x.index)


def stamp(t: float) -> str:
    return datetime.fromtimestamp(t, UTC).isoformat(timespec="seconds")


def run(lines: list[str]) -> list[str]:
    """The output of a script; of a `refused` line only `refused command=WORD`: the reasons are wording."""
    day = Naive()
    clock = 0.0
    unseen: tuple[str, float, float | None, list[str]] | None = None  # how, since, until, lines while asleep or dead
    for line in lines:
        when, word, *arguments = line.split("#")[0].split()
        clock = clock + seconds(when) if when[0] == "+" else datetime.fromisoformat(when + "+00:00").timestamp()
        if unseen and unseen[2] is not None and clock >= unseen[2]:
            day.t = unseen[2]
            day.revive(unseen[0], unseen[3])
            unseen = None
        if unseen and word == "wake":
            day.t = clock
            day.wake(clock - unseen[1], unseen[3])
            unseen = None
        elif unseen:
            unseen[3].append(" ".join([word, *arguments]))
            continue
        if word != "start":
            day.run_until(clock)
        day.t = clock
        if word == "start":
            day.idle = clock if arguments else None
            day.absent = bool(arguments)
            if not arguments:
                day.arrive()
        elif word in PRESENCE:
            day.presence(word)
        elif word == "hold":
            day.holds.setdefault(arguments[0], clock)
        elif word == "free":
            day.free(arguments[0])
        elif word in COMMANDS:
            day.command(word, arguments)
        elif word == "suspend":
            day.fall_asleep()
            unseen = ("suspend", clock, None, [])
        elif word in ("kill", "quit", "reboot"):
            for_s = seconds(arguments[0]) if arguments else 0
            day.die(word, for_s)
            unseen = (word, clock, clock + for_s, [])
            if not for_s:
                day.revive(word, [])
                unseen = None
        elif word == "set":
            if day.prompt and arguments[0].startswith("prompt."):
                raise Unclear("what a prompt that is open keeps")
            day.settings[arguments[0]] = arguments[1]
        elif word not in ("wake", "end"):
            raise Unclear(f"{word} is not covered")
        if not unseen:
            day.run_until(clock)
        if word == "end":
            break
    return day.out
