"""``python -m tests.bench.bare web``: ``python -m portal.run web`` with the bare application in its place."""

from portal import run

run.COMMANDS["web"] = run.COMMANDS["web"].replace("portal.wsgi", "tests.bench.bare.wsgi")
run.main()
