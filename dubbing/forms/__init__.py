"""Checking what people typed: one file per noun."""
