"""The portal as seen by those who run it: health lines, signs of life, access checks, alerts and metrics."""
