"""The exercises: their rules, their words, and the figure that shows them."""

from unsit.catalogue.exercise import ExerciseText, said
from unsit.catalogue.loading import Catalogue, Index, load

__all__ = ["Catalogue", "ExerciseText", "Index", "load", "said"]
