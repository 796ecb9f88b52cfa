"""A second stand-in for the provider, written from the notes alone, where everything unsaid is decided otherwise."""
