"""What a package's ZIP is made of: file names that every Windows takes, the three lists, the note for people. Pure."""
