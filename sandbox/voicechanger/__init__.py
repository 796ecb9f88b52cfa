"""A stand-in for VoiceChangerAPI's dubbing: slot, upload to an object storage, start, poll, result."""
