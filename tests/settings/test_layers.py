from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.settings_home import SettingsHome
from unsit.core import model
from unsit.settings import SettingsError, apply_set, load, load_file_only, reload, set_override
from unsit.settings.keys import KEYS, TABLES
from unsit.settings.layers import defaults_path, files, known_exercise_ids
from unsit.settings.types import Loaded, flat

EVERY_KEY: dict[str, tuple[str, object]] = {
    "days_off": ('["2026-12-24"]', ("2026-12-24",)),
    "prompt.every": ("45 min", 2700.0),
    "prompt.every_standing": ("30m", 1800.0),
    "prompt.settle": ("1s", 1.0),
    "prompt.settle_after_pause": ("90", 90.0),
    "prompt.remind_every": ('"1h30m"', 5400.0),
    "prompt.reminders": ("0", 0),
    "prompt.snooze": ("15m", 900.0),
    "prompt.snoozes": ("7", 7),
    "prompt.sound": ("tone", "tone"),
    "away.idle_after": ("10m", 600.0),
    "away.credit": ("3m", 180.0),
    "away.video_is_presence": ("false", False),
    "hold.call": ("false", False),
    "hold.dnd": ("false", False),
    "hold.fullscreen": ("false", False),
    "hold.apps": ('["obs", "steam"]', ("obs", "steam")),
    "hold.ignore": ('["easyeffects"]', ("easyeffects",)),
    "hold.limit": ("1h", 3600.0),
    "stretch.hold": ("45s", 45.0),
    "stretch.walk": ("0s", 0.0),
    "stretch.place": ("floor,bed", ("floor", "bed")),
    "stretch.avoid": ("kneeling", ("kneeling",)),
    "stretch.level": ("deeper", "deeper"),
    "guide.screen": ("card", "card"),
    "guide.browser": ("firefox --new-window", "firefox --new-window"),
    "guide.close_after": ("10s", 10.0),
    "guide.end_stays": ("20s", 20.0),
    "sound.mute": ("true", True),
    "sound.tones": ("false", False),
    "sound.voice": ("always", "always"),
    "sound.volume": ("40", 40),
    "sound.rate": ("120", 120),
    "sound.voice_name": ("en-gb-x-rp", "en-gb-x-rp"),
    "sound.music": ("duck", "duck"),
    "tray.show": ("false", False),
    "log.level": ("debug", "debug"),
    "hours": (
        '[{days = ["mon"], from = "09:00", to = "17:00"}]',
        (model.HoursEntry(("mon",), "09:00", "17:00"),),
    ),
    "routine": (
        '[{name = "r", cron = "0 9 * * *", exercises = ["bridge"]}]',
        (model.Routine("r", "0 9 * * *", ("bridge",)),),
    ),
    "exercises.half-kneeling": ("false", False),
}


def value_of(loaded: Loaded, key: str) -> object:
    return flat(loaded.settings)[key]


def said(loaded: Loaded) -> list[str]:
    return [str(problem) for problem in loaded.problems]


def test_each_layer_wins_over_the_one_before(home: SettingsHome) -> None:
    """From the shipped file to the command line, one at a time, with the place it comes from."""
    steps: list[tuple[str, Path | None, str]] = [
        ("system", home.vendor, "1 min"),
        ("system", home.system, "2 min"),
        ("user", home.user, "3 min"),
        ("overrides", home.overrides, "4 min"),
    ]
    seen = [(str(load().origin["prompt.every"]), value_of(load(), "prompt.every"))]
    for _layer, file, value in steps:
        assert file
        home.write(file, f'[prompt]\nevery = "{value}"\n')
        seen.append((str(load().origin["prompt.every"]), value_of(load(), "prompt.every")))
    environ = {"UNSIT_PROMPT__EVERY": "5 min"}
    seen.extend(
        (str(loaded.origin["prompt.every"]), value_of(loaded, "prompt.every"))
        for loaded in (load(environ=environ), load({"prompt.every": "6 min"}, environ=environ))
    )

    assert seen == [
        (f"defaults {defaults_path()}", 3600.0),
        *((f"{layer} {file}", 60.0 * number) for number, (layer, file, _value) in enumerate(steps, 1)),
        ("environment UNSIT_PROMPT__EVERY", 300.0),
        ("flags", 360.0),
    ]


def test_tables_merge_by_key_and_lists_as_a_whole(home: SettingsHome) -> None:
    """One key of [prompt] leaves the others; a list, and a list of tables, is taken as it is."""
    home.write(
        home.system,
        'days_off = ["2026-01-01"]\n[prompt]\nsnoozes = 1\nreminders = 1\n[exercises]\nwalk = false\nbridge = false\n'
        '[[hours]]\ndays = ["mon"]\nfrom = "08:00"\nto = "12:00"\n'
        '[[hours]]\ndays = ["tue"]\nfrom = "08:00"\nto = "12:00"\n',
    )
    home.write(
        home.user,
        'days_off = ["2026-05-01"]\nroutine = []\n'
        '[prompt]\nsnoozes = 2\n[exercises]\nwalk = true\n[[hours]]\ndays = ["wed"]\nfrom = "09:00"\nto = "10:00"\n',
    )

    settings = load().settings

    assert (settings.prompt.snoozes, settings.prompt.reminders) == (2, 1)
    assert settings.exercises == {"walk": True, "bridge": False}
    assert settings.days_off == ("2026-05-01",)
    assert settings.hours == (model.HoursEntry(("wed",), "09:00", "10:00"),)
    assert settings.routine == ()


@pytest.mark.parametrize("key", EVERY_KEY)
def test_every_key_can_be_set_everywhere(key: str, home: SettingsHome) -> None:
    """In a variable, as a flag, in overrides.toml and in a simulation, with the same text."""
    text, value = EVERY_KEY[key]
    variable = "UNSIT_" + key.replace(".", "__").replace("-", "_").upper()

    assert value_of(load(environ={variable: text}), key) == value
    assert value_of(load({key: text}), key) == value
    assert flat(apply_set(load().settings, key, text))[key] == value
    changed = set_override(key, text)
    assert value_of(changed, key) == value
    assert changed.problems == []
    assert load().origin[key].layer == "overrides"


def test_no_key_is_left_out_of_these_tests() -> None:
    """A new key must come with an example here."""
    assert {key for key in EVERY_KEY if not key.startswith("exercises.")} == set(KEYS)


def test_a_broken_layer_is_left_out_as_a_whole_at_the_start(home: SettingsHome) -> None:
    """Half a file is nobody's intention; the other layers count."""
    home.write(home.system, "[prompt]\nsnoozes = 1\n")
    home.write(home.user, "[prompt]\nsnoozes = 2\nreminders = -1\nsettle = 'x'\n")
    home.write(home.overrides, "[prompt]\nreminders = 4\n")

    loaded = load()

    assert (loaded.settings.prompt.snoozes, loaded.settings.prompt.reminders) == (1, 4)
    assert [(problem.file, problem.line, problem.key) for problem in loaded.problems] == [
        (str(home.user), 3, "prompt.reminders"),
        (str(home.user), 4, "prompt.settle"),
    ]


def test_a_layer_that_breaks_keeps_what_it_said_before(home: SettingsHome) -> None:
    """A slip while the daemon runs changes nothing of that file; what changes elsewhere counts, and so does the repair."""
    home.write(home.user, "[prompt]\nsnoozes = 2\n")
    first = load({"prompt.reminders": 1})
    home.write(home.user, "[prompt]\nsnoozes = 5\nevery = 1h\n")
    home.write(home.overrides, '[prompt]\nsettle = "1m"\n')

    broken = reload(first)
    still_broken = reload(broken)
    home.write(home.user, "[prompt]\nsnoozes = 5\n")
    mended = reload(still_broken)
    home.user.unlink()
    gone = reload(mended)

    assert [(at.settings.prompt.snoozes, len(at.problems)) for at in (first, broken, still_broken, mended, gone)] == [
        (2, 0),
        (2, 1),
        (2, 1),
        (5, 0),
        (3, 0),
    ]
    assert broken.settings.prompt.settle_s == 60
    assert gone.settings.prompt.reminders == 1
    before, after = flat(first.settings), flat(gone.settings)
    assert {key for key in before if before[key] != after[key]} == {"prompt.settle", "prompt.snoozes"}


def test_a_locked_key_stays_and_the_rest_of_the_layer_counts(home: SettingsHome) -> None:
    """Who tries is told by which file; a file that only repeats the value is right. Keys and whole tables can be locked."""
    home.write(home.system, 'locked = ["prompt.every", "stretch"]\n[prompt]\nevery = "50 min"\n')
    home.write(home.user, '[prompt]\nevery = "2h"\nsnoozes = 1\n[stretch]\nwalk = "5m"\n')
    home.write(home.overrides, '[prompt]\nevery = "50m"\n')

    loaded = load({"stretch.level": "deeper"}, environ={"UNSIT_PROMPT__EVERY": "1h"})

    settings = loaded.settings
    assert (settings.prompt.every_s, settings.prompt.snoozes, settings.stretch) == (3000, 1, model.StretchSettings())
    locked = (
        f"it is locked by {home.system} and stays as it is. "
        "Right: leave it out, or ask whoever looks after this computer"
    )
    assert said(loaded) == [
        f"{home.user}:2: prompt.every: {locked}",
        f"{home.user}:5: stretch.walk: {locked}",
        f"UNSIT_PROMPT__EVERY: prompt.every: {locked}",
        f"stretch.level: {locked}",
    ]
    assert loaded.origin["prompt.every"].where == str(home.system)


def test_what_is_locked_first_is_locked_for_the_next_system_file_too(home: SettingsHome) -> None:
    """Of two system folders the lesser one can lock; with the shipped value, if it gives none."""
    home.write(home.vendor, 'locked = ["hours"]\n')
    home.write(home.system, '[[hours]]\ndays = ["mon"]\nfrom = "09:00"\nto = "10:00"\n')

    loaded = load()

    assert loaded.settings.hours == ()
    assert [problem.key for problem in loaded.problems] == ["hours"]


def test_a_lock_on_nothing_is_a_mistake(home: SettingsHome) -> None:
    """A lock that does not hold, for a slip in its name, would be found too late."""
    home.write(home.system, 'locked = [\n"prompt.every",\n"prompt.evry",\n5]\n')

    right = 'Right: a list of settings or tables, like "prompt.every", "hours"'
    assert said(load()) == [
        f'{home.system}:3: locked: "prompt.evry" is no setting (did you mean prompt.every?). {right}',
        f"{home.system}:4: locked: 5 is no setting. {right}",
    ]


def test_variables_of_others_are_left_alone_and_slips_are_told(home: SettingsHome) -> None:
    """UNSIT_ with one underscore is nobody's setting; with two it is meant as one."""
    loaded = load(
        environ={
            "UNSIT_DEBUG": "1",
            "HOME": "/nowhere",
            "UNSIT_PROMPT__EVRY": "5m",
            "UNSIT_PROMPT__SNOOZES": "many",
            "UNSIT_EXERCISES__HALF_KNELING": "false",
        }
    )

    assert [(problem.file, problem.key, problem.wrong) for problem in loaded.problems] == [
        (
            "UNSIT_EXERCISES__HALF_KNELING",
            "exercises.half-kneling",
            "there is no such exercise (did you mean half-kneeling?)",
        ),
        ("UNSIT_PROMPT__EVRY", "prompt.evry", "there is no such key (did you mean prompt.every?)"),
        ("UNSIT_PROMPT__SNOOZES", "prompt.snoozes", '"many" is no whole number'),
    ]


def test_the_persons_own_exercises_are_known(home: SettingsHome) -> None:
    """One that is in the config folder can be switched off and put in a routine."""
    home.write(home.user.parent / "exercises" / "my_own.toml", "")
    home.write(home.user, "[exercises]\nmy_own = false\n")

    loaded = load(environ={"UNSIT_EXERCISES__MY_OWN": "true"})

    assert loaded.problems == []
    assert loaded.settings.exercises == {"my_own": True}


def test_a_simulation_reads_the_named_file_and_no_other_layer(
    home: SettingsHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the person's files nor the environment."""
    for file in (home.system, home.user, home.overrides):
        home.write(file, "[prompt]\nsnoozes = 9\nreminders = 9\n")
    monkeypatch.setenv("UNSIT_PROMPT__SNOOZES", "8")
    file = tmp_path / "tuesday.toml"
    file.write_text('[prompt]\nevery = "1s"\n')

    settings = load_file_only(file)

    assert type(settings) is model.Settings
    assert (settings.prompt.every_s, settings.prompt.snoozes, settings.prompt.reminders) == (1, 3, 2)


@pytest.mark.parametrize(
    ("key", "text", "reason"),
    [
        ("prompt.every", "soon", 'prompt.every: "soon" is no duration; write it like 45 min. '
         'Right: a duration from 1s to 12h, like "45 min"'),
        ("prompt.every", "", "prompt.every: a duration is missing; write it like 45 min. "
         'Right: a duration from 1s to 12h, like "45 min"'),
        ("prompt.evry", "5m", None),
        ("prompt", "5m", "prompt: it is a table. Right: one of its keys: prompt.every, prompt.every_standing, "
         "prompt.settle, prompt.settle_after_pause, prompt.remind_every, prompt.reminders, prompt.snooze, "
         "prompt.snoozes, prompt.sound"),
        ("stretch.place", "desk,roof", 'stretch.place: "roof" is not known here. '
         'Right: a list of "desk", "floor", "bed"'),
        ("stretch.hold", "5", 'stretch.hold: 5 is too short. Right: "auto", or a duration from 15s to 2m, like "45 s"'),
        ("exercises.bridge", "maybe", 'exercises.bridge: "maybe" is neither true nor false. Right: true or false'),
        ("prompt.snoozes", "1\nlocked = 2", 'prompt.snoozes: "1?locked = 2" is no whole number. '
         "Right: a whole number from 0 to 100"),
        ("hours", '[{days = ["mon"]}]', 'hours.from: it is missing. Right: a time of day like "09:00"\n'
         'hours.to: it is missing. Right: a time of day like "09:00"'),
        ("", "1", None),
    ],
)  # fmt: skip
def test_a_wrong_change_in_a_simulation_says_why(key: str, text: str, reason: str | None) -> None:
    """A ValueError with a sentence for each mistake."""
    with pytest.raises(ValueError) as caught:
        apply_set(model.Settings(), key, text)

    assert isinstance(caught.value, SettingsError)
    assert reason is None or str(caught.value) == reason
    assert str(caught.value)


def test_a_change_that_decides_nothing_changes_nothing_in_a_simulation() -> None:
    """The core has no place for the browser; it is no mistake to name it."""
    assert apply_set(model.Settings(), "guide.browser", "firefox") == model.Settings()


def test_one_date_and_one_word_stand_for_a_list() -> None:
    """As they are typed on a command line, with quotes or without."""
    settings = model.Settings()

    for text in ("2026-12-24", '"2026-12-24"', '["2026-12-24"]', "[2026-12-24]"):
        assert apply_set(settings, "days_off", text).days_off == ("2026-12-24",)
    assert apply_set(settings, "days_off", "2026-12-24..2026-12-26, 2027-01-01").days_off == (
        "2026-12-24..2026-12-26",
        "2027-01-01",
    )
    assert apply_set(settings, "days_off", "[]").days_off == ()


def test_all_five_files_are_read(home: SettingsHome) -> None:
    """Each of the places may have one, and they may all say the same."""
    for file in (home.vendor, home.system, home.user, home.overrides):
        home.write(file, defaults_path().read_text())

    assert load().problems == []
    assert len([path for _name, path in files() if path.exists()]) == 5


NAMES = st.sampled_from([*TABLES, *(part for key in KEYS for part in key.split(".")), "locked", "from", "x y", ""])
SCALARS = st.one_of(
    st.none().map(lambda _none: date(2026, 12, 24)),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.times(),
    st.datetimes(),
    st.sampled_from(["5m", "mon", "09:00", "desk", "0 15 * * *", "2026-12-24..2026-12-26", "auto", "bridge"]),
)
NESTED = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=10
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(NAMES, st.dictionaries(NAMES, NESTED, max_size=4) | NESTED, max_size=5))
def test_any_toml_is_settings_or_problems(tmp_path: Path, document: dict[str, Any]) -> None:
    """Nothing is raised, whatever stands where; each problem of a file in one piece has its line."""
    file = tmp_path / "any.toml"
    file.write_text(tomli_w.dumps(document), newline="\n")

    found = load_file_only(file)

    if isinstance(found, list):
        assert found
        assert all(problem.line and problem.wrong and problem.right for problem in found)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 6000), st.integers(0, 20), st.binary(max_size=6))
def test_any_damage_to_a_file_is_settings_or_problems(tmp_path: Path, at: int, lost: int, put: bytes) -> None:
    """Bytes lost, bytes added, wherever they were."""
    data = defaults_path().read_bytes()
    file = tmp_path / "damaged.toml"
    file.write_bytes(data[:at] + put + data[at + lost :])

    found = load_file_only(file)

    assert isinstance(found, model.Settings) or all(str(problem) for problem in found)


@settings(deadline=None)
@given(st.sampled_from([*KEYS, *TABLES, "exercises.walk"]) | st.text(max_size=12), st.text(max_size=20))
def test_any_text_for_any_key_is_taken_or_refused(key: str, text: str) -> None:
    """What is typed on a command line may be anything."""
    try:
        apply_set(model.Settings(), key, text)
    except SettingsError as error:
        assert error.problems


def test_wrong_flags_are_told_and_left_out(home: SettingsHome) -> None:
    """All of them: half a command line is nobody's intention either."""
    loaded = load({"prompt.snoozes": "2", "prompt.reminders": "many", "tray.shw": False})

    assert loaded.settings.prompt.snoozes == 3
    assert [(problem.key, problem.wrong) for problem in loaded.problems] == [
        ("prompt.reminders", '"many" is no whole number'),
        ("tray.shw", "there is no such key (did you mean tray.show?)"),
    ]


def test_a_command_is_taken_as_it_is_typed(home: SettingsHome) -> None:
    """A browser that is called like a number is one; what could not be written into a file is refused."""
    assert load({"guide.browser": "360"}).settings.guide.browser == "360"
    assert load({"guide.browser": '"my browser" --new'}).settings.guide.browser == '"my browser" --new'
    for text in ('"a\\nb"', "fire\udcfffox"):
        (problem,) = load({"guide.browser": text}).problems
        assert "has control characters in it" in problem.wrong


def test_a_lock_that_is_no_list_is_a_mistake(home: SettingsHome) -> None:
    """One key alone stands in brackets too."""
    home.write(home.system, 'locked = "prompt.every"\n')

    assert [(problem.line, problem.wrong) for problem in load().problems] == [(1, '"prompt.every" is no list')]


def test_an_exercise_of_ones_own_is_known_by_its_id_and_not_by_its_file(home: SettingsHome) -> None:
    """Also while its file has a mistake in it: that is told of the file, not of the settings that name it."""
    folder = home.user.parent / "exercises"
    folder.mkdir(parents=True)
    (folder / "from-my-therapist.toml").write_text('# id = "no"\nid = "calf-stretch"\nname = 3\n')
    (folder / "no-id-yet.toml").write_text("")
    home.write(home.user, "[exercises]\ncalf-stretch = false\nno-id-yet = false\n")

    loaded = load()

    assert loaded.problems == []
    assert loaded.settings.exercises == {"calf-stretch": False, "no-id-yet": False}


def test_own_exercises_that_may_not_be_looked_at_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings are read all the same. (A name that is too long stands for a folder of somebody else's.)"""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ("x" * 300)))

    assert known_exercise_ids() == known_exercise_ids(with_own=False)
