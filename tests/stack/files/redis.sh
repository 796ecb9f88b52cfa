#!/bin/sh
# As the published image does: not as root.
set -e
chown redis /data
exec setpriv --reuid=redis --regid=redis --clear-groups "$@" --protected-mode no
