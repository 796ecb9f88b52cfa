"""A stand-in for the Panjaya Dubbing Studio API: speaks the contract over real HTTP and really dubs.

A program of its own. It imports nothing of the portal and the portal imports nothing of it.
"""
