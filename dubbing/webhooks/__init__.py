"""Tell other programs what happened: signed messages, each at least once, in order for each video."""
