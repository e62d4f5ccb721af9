"""`unsit exercise`: what it prints, what it writes, and that the daemon knows of it."""

from __future__ import annotations

import asyncio
import json
import re
import stat
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from support.control import Served, serve
from support.settings_home import SettingsHome
from unsit.catalogue.advice import TEMPLATE_NAME
from unsit.catalogue.loading import load_alone
from unsit.cli.control import ask, tell_daemon
from unsit.cli.exercise import id_of, run_exercise
from unsit.daemon.shell import Origin, Refusal
from unsit.paths import shipped_config_dir

SHIPPED = shipped_config_dir() / "exercises"
ORIGIN = Origin("test", opens_guide=False)
Call = Callable[..., tuple[int, str, str]]
Asking = Callable[..., Awaitable[tuple[int, str, str]]]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[SettingsHome]:
    """With a patch of its own: whatever else sets the same variables takes them back in its own turn."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        yield SettingsHome(tmp_path, patch)


@pytest.fixture
def own(home: SettingsHome) -> Path:
    """The folder of the person's exercises; not made yet."""
    return home.user.parent / "exercises"


@pytest.fixture
def exercise(home: SettingsHome, capsys: pytest.CaptureFixture[str]) -> Call:
    """Runs `unsit exercise ...` where no daemon runs: (exit code, standard output, standard error)."""

    def call(*args: str) -> tuple[int, str, str]:
        code = run_exercise(list(args), ask, tell_daemon)
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
async def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "unsit").mkdir(mode=0o700)
    async with serve(tmp_path, path=tmp_path / "unsit" / "control.sock") as made:
        yield made


@pytest.fixture
def asking(served: Served, capsys: pytest.CaptureFixture[str]) -> Asking:
    """The same with a daemon."""

    async def call(*args: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(run_exercise, list(args), ask, tell_daemon)
        out, err = capsys.readouterr()
        return code, out, err

    return call


# ------------------------------------------------------------------------------------------------------------ list, show


async def test_the_list_says_what_is_offered(asking: Asking, served: Served) -> None:
    """By the settings, by the switches, and by what hurt."""
    await asking("off", "bridge")
    await served.shell.command("begin", {"exercise": "supine"}, ORIGIN)
    await served.shell.command("hurts", {}, ORIGIN)

    code, out, err = await asking("list")

    states = {line.split()[0]: re.split(r"  +", line)[2] for line in out.splitlines()}
    assert (code, err) == (0, "")
    assert states["standing-lunge"] == "offered"
    assert states["supine"] == "off, it hurt"
    assert states["bridge"] == "off"
    assert states["lying-1"] == "not offered, as it is set"
    assert states["bird-dog"] == "in routines, or when you start it"


async def test_the_list_for_programs_has_everything(asking: Asking, own: Path) -> None:
    """One object an exercise, the person's own with its file."""
    _write(own, "mine", MINE)

    code, out, _err = await asking("list", "--json")

    entries = {entry["id"]: entry for entry in json.loads(out)}
    assert code == 0
    assert entries["half-kneeling-reach"] == {
        "id": "half-kneeling-reach", "name": "Half-kneeling with overhead reach", "kind": "stretch", "place": "floor",
        "level": "deeper", "sides": True, "parts": 1, "rounds": 1, "dose": "30 to 60 seconds a side.", "on": True,
        "hurt": False, "left_out_for": ["place", "level"], "file": None,
    }  # fmt: skip
    assert entries["calf"]["file"] == str(own / "mine.toml")
    assert (entries["calf"]["parts"], entries["calf"]["sides"]) == (2, True)


def test_without_a_daemon_the_list_goes_by_the_settings(exercise: Call, home: SettingsHome) -> None:
    """And says what cannot be known so; a wrong file is named."""
    home.write(home.user, '[stretch]\nplace = ["bed"]\n[exercises]\nlying-1 = false\n')
    home.write(home.user.parent / "exercises" / "bad.toml", "id = 3\n")

    code, out, err = exercise("list")

    assert code == 0
    assert re.search(r"^lying-1 .* off$", out, re.M)
    assert re.search(r"^lying-2 .* not offered, as it is set$", out, re.M)
    assert "Unsit is not running, so what is off since it hurt is not known." in err
    assert f"{home.user.parent / 'exercises' / 'bad.toml'}:1: id: " in err


def test_show_says_what_one_does(exercise: Call, own: Path) -> None:
    """Parts by their names and amounts, steps, needs, cautions, source."""
    _write(own, "mine", MINE)

    code, out, _err = exercise("show", "calf")
    assert code == 0
    assert out.startswith("Calf, in two parts (calf)\nYours (")
    assert "1. Press: hold 6 s a side\n  - Hands to the wall, left leg back.\n" in out
    assert "2. Stretch: hold as long as you have set, each side\n" in out

    _code, out, _err = exercise("show", "straight-leg-raise")
    assert "10 times a side. (our own figure; the article names none)\n" in out
    assert "\nTake care\n  - " in out
    assert "\nSource\n  - C: How to Relieve Psoas Pain" in out


@pytest.mark.parametrize("verb", ["show", "on"])
async def test_an_exercise_that_is_not_there_is_a_wrong_call(verb: str, asking: Asking) -> None:
    """With the next step."""
    code, out, err = await asking(verb, "half-knee")

    assert (code, out) == (2, "")
    assert err.lower().startswith("no exercise is called half-knee")
    assert "See " in err
    assert "`unsit exercise list`." in err

    _code, _out, err = await asking(verb, "standing-lung")
    assert err.startswith("No exercise is called standing-lung (did you mean standing-lunge?). See ")


# --------------------------------------------------------------------------------------------------------------- on, off


async def test_on_and_off_are_the_daemons_word(asking: Asking, served: Served) -> None:
    """What is printed is what follows from it, under these settings."""
    assert await asking("off", "standing-lunge") == (
        0, "Standing lunge stretch: Off: neither offered nor part of a routine.\n", "",
    )  # fmt: skip
    assert served.shell.snapshot().next_exercises == ("walk",)
    code, out, _err = await asking("on", "standing-lunge")
    assert (code, out) == (0, "Standing lunge stretch: Offered at breaks, in turn with the others.\n")
    assert tomllib.loads(served.home.overrides.read_text()) == {"exercises": {"standing-lunge": True}}


async def test_what_is_off_since_it_hurt_is_called_by_its_name(asking: Asking, served: Served) -> None:
    """And by its id in what one is to type."""
    await served.shell.command("begin", {"exercise": "supine"}, ORIGIN)
    await served.shell.command("hurts", {}, ORIGIN)

    with pytest.raises(Refusal, match=r"^Supine psoas stretch is off since it hurt$") as refused:
        await served.shell.command("begin", {"exercise": "supine"}, ORIGIN)

    assert refused.value.next_step.endswith("`unsit exercise on supine`.")
    assert (await asking("on", "supine"))[0] == 0


async def test_what_is_locked_stays_and_says_why(asking: Asking, served: Served) -> None:
    served.home.write(served.home.system, 'locked = ["exercises"]\n')
    await served.shell.reload()

    code, out, err = await asking("off", "walk")

    assert (code, out) == (1, "")
    assert err == (
        f"Two-minute walk cannot be switched here: {served.home.system} locks it. Ask whoever looks after this computer.\n"
    )


# ------------------------------------------------------------------------------------------------------------------ check

MINE = """
id = "calf"
name = "Calf, in two parts"
kind = "stretch"
place = "desk"
per_side = true
steps = ["Hands to the wall, {side} leg back.", "Lean in."]
[cues.switch]
start = "{Side} leg back."
[[stages]]
name = "Press"
work = "hold"
seconds = 6
[stages.cues.hold]
start = "Press the {side} foot down."
[[stages]]
name = "Stretch"
work = "hold"
prepare = 0
[stages.cues.hold]
start = "Let go, lean in."
"""


def _write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path


def test_check_names_file_line_and_key_of_each_mistake(exercise: Call, own: Path) -> None:
    """Exit code 1, and the good file beside it is said to be good, with its length: a slip in the seconds is seen."""
    good = _write(own, "good", MINE)
    bad = _write(own, "bad", MINE.replace('"desk"', '"roof"').replace("seconds = 6", "seconds = 2"))

    code, out, err = exercise("check")

    assert (code, err) == (1, "")
    assert out.splitlines() == [
        f"{bad}:5: place: roof is not known. Right: desk, floor, bed",
        f"{good}: Calf, in two parts (calf), 1 min 20 s with both sides, no mistake.",
    ]
    _write(own, "bad", MINE.replace("seconds = 6", "seconds = 2"))
    code, out, _err = exercise("check", str(bad))
    assert code == 1
    assert out == f"{bad}:13: stages[0].seconds: is too short. Right: seconds, 3 or more\n"


def test_check_sees_one_id_in_two_files(exercise: Call, own: Path) -> None:
    """Each is right by itself."""
    first, second = _write(own, "a", MINE), _write(own, "b", MINE)

    code, out, _err = exercise("check")

    assert code == 1
    assert out.splitlines() == [
        f"{first}: Calf, in two parts (calf), 1 min 20 s with both sides, no mistake.",
        f"{second}:2: id: calf is already in a.toml. Right: another id, or only one of the two files",
    ]


def test_check_gives_hints_that_are_no_mistakes(exercise: Call, own: Path) -> None:
    """What cannot be said in time, what nobody remembers, what would never be offered."""
    text = (
        MINE.replace('start = "Press the {side} foot down."', f'start = "{"word " * 24}"')
        .replace('"Lean in."', '"Two.", "Three.", "Four.", "Five."')
        .replace("[cues.switch]", f'[cues.prepare]\nstart = "{"word " * 30}"\n[cues.switch]')
    )
    path = _write(own, "long", text)

    code, out, _err = exercise("check")

    assert code == 0
    assert [line.removeprefix(f"{path}:") for line in out.splitlines()[:-1]] == [
        "7: steps: are more than one remembers on the way down. Right: 4 or fewer; further ones as parts of their own"
        " (A hint; it works as it is.)",
        "9: cues.prepare.start: takes about 12 s to say, and has 10. Right: at most 25 words (A hint; it works as it is.)",
        "17: stages[0].cues.hold.start: takes about 10 s to say, and has 6. Right: at most 15 words"
        " (A hint; it works as it is.)",
    ]
    assert out.endswith("no mistake.\n")
    without_sides = re.sub(r"\{[Ss]ide\} |per_side = true\n|\[cues.switch\]\nstart = .*\n", "", MINE)
    _write(own, "long", without_sides)
    code, out, _err = exercise("check")
    assert code == 0
    assert out.startswith(f"{path}:4: kind: is a stretch without sides, which no break offers by itself. Right: ")


def test_a_figure_out_of_reach_is_a_mistake(exercise: Call, own: Path) -> None:
    """With the pose that asks for it."""
    template = _uncommented((shipped_config_dir() / TEMPLATE_NAME).read_text(), ("figure",))
    path = _write(own, "far", template.replace("ball = [-0.253, 0]", "ball = [-2.0, 0]"))

    code, out, _err = exercise("check")

    assert code == 1
    assert re.search(rf"^{re.escape(str(path))}:\d+: figure\.start: ", out, re.M)


def test_check_of_nothing_says_how_to_begin(exercise: Call, tmp_path: Path) -> None:
    """An empty folder is no mistake, a file that is not there is one."""
    code, out, _err = exercise("check")
    assert code == 0
    assert "`unsit exercise new NAME`" in out
    code, out, _err = exercise("check", str(tmp_path / "no.toml"))
    assert code == 1
    assert "no.toml: cannot be read (No such file or directory)" in out


@pytest.mark.parametrize("args", [(), ("chekc",), ("show",), ("new",), ("list", "--yaml")])
def test_a_wrong_call_is_two(args: tuple[str, ...], exercise: Call) -> None:
    code, out, err = exercise(*args)

    assert (code, out) == (2, "")
    assert err.startswith("usage: unsit exercise")


# -------------------------------------------------------------------------------------------------------------------- new


async def test_a_new_exercise_is_there_at_once_and_off(asking: Asking, served: Served) -> None:
    """Nothing half written is offered to somebody on the floor; it can be tried, and switched on when it is ready."""
    code, out, err = await asking("new", "Calf", "stretch", "on", "the", "wall")

    path = served.home.user.parent / "exercises" / "calf-stretch-on-the-wall.toml"
    assert (code, err) == (0, "")
    assert out.startswith(f"{path}\n")
    assert "unsit exercise on calf-stretch-on-the-wall" in out
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert "calf-stretch-on-the-wall" in served.shell.catalogue.names
    assert (await asking("check"))[0] == 0
    _code, out, _err = await asking("list")
    assert re.search(r"^calf-stretch-on-the-wall  +Calf stretch on the wall  +off$", out, re.M)
    assert (await asking("on", "calf-stretch-on-the-wall"))[0] == 0
    _code, out, _err = await asking("list")
    assert re.search(r"^calf-stretch-on-the-wall .* offered$", out, re.M)


def test_nothing_is_ever_overwritten(exercise: Call, own: Path) -> None:
    """Neither a file of that name, nor an id in another file, nor a shipped exercise."""
    mine = _write(own, "mine", MINE)
    theirs = _write(own, "wade", "# not an exercise yet\n")

    for name, wrong in (
        ("Calf", f"calf is already in {mine}. "),
        ("Wade", f"wade is already in {theirs}. "),
        ("Supine", "supine comes with Unsit. "),
    ):
        code, out, err = exercise("new", name)
        assert (code, out) == (1, ""), name
        assert err.startswith(wrong)
    assert mine.read_text() == MINE
    assert theirs.read_text() == "# not an exercise yet\n"


@pytest.mark.parametrize("name", ["", "  ", "!?", "12", "a\nb", "x" * 61])
def test_what_is_no_name_is_a_wrong_call(name: str, exercise: Call, own: Path) -> None:
    """Nothing is written."""
    assert exercise("new", name)[0] == 2
    assert not own.exists()


def test_a_folder_that_cannot_be_written_says_so(exercise: Call, own: Path) -> None:
    own.parent.mkdir(parents=True)
    own.write_text("in the way")

    code, out, err = exercise("new", "Calf")

    assert (code, out) == (1, "")
    assert str(own) in err


@pytest.mark.parametrize(
    ("name", "exercise_id"),
    [
        ("Calf stretch", "calf-stretch"),
        ("  Dehnung für die Wade! ", "dehnung-fur-die-wade"),
        ("2nd exercise (new)", "nd-exercise-new"),
        ('Say "ah"', "say-ah"),
        ("Ущелье", ""),
        ("a" * 39 + " b", "a" * 39),
    ],
)
def test_a_name_gives_an_id(name: str, exercise_id: str) -> None:
    """Small letters, digits and hyphens, as the format demands."""
    assert id_of(name) == exercise_id


# --------------------------------------------------------------------------------------------------------------- template


def test_what_still_says_what_the_template_says_is_hinted_at(exercise: Call, own: Path) -> None:
    """Until the last of its steps is one's own: nobody is to be guided with "Say here how one stands"."""
    assert exercise("new", "Calf stretch")[0] == 0
    path = own / "calf-stretch.toml"
    text = path.read_text()
    line = text[: text.index("\nsteps = [")].count("\n") + 2

    code, out, _err = exercise("check")
    assert code == 0
    assert out.startswith(
        f"{path}:{line}: steps: 3 sentences are still the template's. Right: what one does in this exercise"
        " (A hint; it works as it is.)\n"
    )

    changed = text.replace("Say here how one stands, sits or lies to begin with: {side} leg back.", "{Side} leg back.")
    path.write_text(changed.replace("Say here what one does then.", "Press the heel down."))
    assert f"{path}:{line}: steps: 1 sentence is still the template's. Right: " in exercise("check")[1]

    path.write_text(path.read_text().replace("And how it feels when it is right.", "The calf pulls gently."))
    assert "template" not in exercise("check")[1]


def _uncommented(template: str, what: tuple[str, ...] = ()) -> str:
    """With the # taken from the lines of some tables, or of every one."""
    blocks = template.split("\n\n")
    for number, block in enumerate(blocks):
        if re.match(r"#(\[\[?\w|\w+ = )", block.splitlines()[0]) and (
            not what or any(re.match(rf"#\[\[?{name}", block) for name in what)
        ):
            blocks[number] = re.sub(r"^#", "", block, flags=re.M)
    return "\n\n".join(blocks).replace("@ID@", "mine").replace("@NAME@", "Mine")


def _in_parts(template: str) -> str:
    """As its comments say: `work` and [cues.hold] out, the # away below PARTS."""
    text = _uncommented(template, ("stages", "figure"))
    return re.sub(r'^work = "hold"$|^\[cues\.hold\]\n(?:\w+ = .*\n)+', "", text, count=2, flags=re.M)


@pytest.mark.parametrize("form", [_uncommented, _in_parts], ids=["one thing, all said", "in parts"])
def test_the_template_is_right_in_each_of_its_forms(form: Callable[[str], str], tmp_path: Path) -> None:
    """Whichever # is taken away: no mistake, and nothing to hint at but what has to be replaced."""
    template = (shipped_config_dir() / TEMPLATE_NAME).read_text()
    text = form(template)
    if form is _uncommented:
        text = _uncommented(template, ("figure", r"\[sources"))
        text = re.sub(r"^#(?=(dose|dose_from|why|order|\[\[sources|title|letter)\b)", "", text, flags=re.M)
    path = _write(tmp_path, "mine", text)

    made, problems, hints = load_alone(path, SHIPPED)

    assert problems == []
    assert [hint.key for hint in hints] == ["steps"]
    assert made is not None
    assert made.figure is not None
    assert len(made.own_stages) == (3 if form is _in_parts else 0)


def test_the_template_names_every_key() -> None:
    """Of an exercise, and of its parts; those of a figure are in docs/exercises.md."""
    from unsit.catalogue.exercise import Cue, Cues, ExerciseText, Source, Stage

    text = (shipped_config_dir() / TEMPLATE_NAME).read_text()

    for kind in (ExerciseText, Stage, Cues, Cue, Source):
        for key in kind.__struct_encode_fields__:
            assert re.search(rf"\b{key}\b", text), f"{kind.__name__}.{key}"
