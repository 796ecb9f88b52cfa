"""The language of the interface: choosing it, and the texts of scripts in it."""
