"""What other systems ask for beyond the API that everybody uses: the feed of changes."""
