"""Second stand-ins for the providers that take one locale per job, which know nothing of the sandbox.

Written from the documentation alone, with what it leaves open decided differently: what passes here does not pass
because client and sandbox share a misunderstanding.
"""
