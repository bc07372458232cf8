"""Files that come together, by reading only: a ZIP or a folder, in the order of the camera, each with its fault."""
