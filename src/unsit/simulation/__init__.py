"""`unsit simulate` and `unsit preview`: the real core over a written day, with no desktop and no waiting."""
