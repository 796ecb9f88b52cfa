"""Back up the database and the media files, restore them, and find at the providers what was sent after the backup."""
