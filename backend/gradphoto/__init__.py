"""gradphoto 毕业生图像采集: from the notice to the last accepted photo."""

# The packages in the order to read them, and the only order in which they may import each other:
# a package imports only packages to its left. tests/test_structure.py is the judge.
READING_ORDER = (
    "core",
    "accounts",
    "roster",
    "schedule",
    "fees",
    "checkin",
    "photos",
    "photo_imports",
    "mailroom",
    "delivery",
    "integration",
    "app",
)
