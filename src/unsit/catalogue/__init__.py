"""The exercises: their rules, their words, and the figure that shows them."""

from unsit.catalogue.exercise import ExerciseText, said
from unsit.catalogue.loading import Brief, Catalogue, load, picture_of

__all__ = ["Brief", "Catalogue", "ExerciseText", "load", "picture_of", "said"]
