"""The checks of cues and their fixes, one module for each family. See `findings`."""
