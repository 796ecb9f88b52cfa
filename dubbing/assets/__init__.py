"""What people do with an asset beside dubbing it: its name, due date and tags, its archive, project and trash."""
