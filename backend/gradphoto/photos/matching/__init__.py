"""Whose face it is, by computing only: names of files, QR slates, the order of shots, and how many signs agree."""
