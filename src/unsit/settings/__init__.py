"""The layers of settings: read, check, explain, write."""

from unsit.settings.layers import apply_set, defaults_path, known_exercise_ids, load, load_file_only, reload
from unsit.settings.overrides import change_overrides, set_override, unset_override
from unsit.settings.own_file import own_file
from unsit.settings.types import AllSettings, GuideSettings, Loaded, Origin, Problem, SettingsError
from unsit.settings.values import check_cron

__all__ = [
    "AllSettings",
    "GuideSettings",
    "Loaded",
    "Origin",
    "Problem",
    "SettingsError",
    "apply_set",
    "change_overrides",
    "check_cron",
    "defaults_path",
    "known_exercise_ids",
    "load",
    "load_file_only",
    "own_file",
    "reload",
    "set_override",
    "unset_override",
]
