"""The image and ``compose.yaml``, built and run on this machine from Debian's packages alone: ``make stack``."""
