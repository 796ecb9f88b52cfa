"""What people do with an asset besides dubbing: name, due date, tags, archive, project and trash."""
