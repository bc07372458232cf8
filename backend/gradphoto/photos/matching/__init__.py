"""Whose face it is, by computing only: names of files, QR slates, and how many signs agree."""
