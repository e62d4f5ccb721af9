"""The exercises: their rules, their words, and the figure that shows them."""

from unsit.catalogue.exercise import ExerciseText, said
from unsit.catalogue.loading import Brief, Catalogue, load

__all__ = ["Brief", "Catalogue", "ExerciseText", "load", "said"]
