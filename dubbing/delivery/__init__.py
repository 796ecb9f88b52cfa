"""Deliveries: which files are handed over under which names, as one archive, with a record of it."""
