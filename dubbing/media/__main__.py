"""`python -m dubbing.media probe PATH`: what the portal would see in a file, as JSON."""

from .child import main

raise SystemExit(main())
