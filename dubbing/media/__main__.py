"""`python -m dubbing.media probe PATH`: what the portal would see in a file, as JSON."""

from dubbing.media.child import main

raise SystemExit(main())
