"""Seals: what left is written line by line, hashed into one root, signed, and can be checked without us. Pure."""
