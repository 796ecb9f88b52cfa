"""The interface language: choose it, and serve the texts of scripts in it."""
