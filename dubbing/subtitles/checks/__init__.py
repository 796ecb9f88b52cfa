"""What can be wrong with cues, one module for each family: what is found, and how it is mended. See `findings`."""
