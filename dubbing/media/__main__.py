"""`python -m dubbing.media probe PATH`: print what the portal sees in a file, as JSON."""

from dubbing.media.child import main

raise SystemExit(main())
