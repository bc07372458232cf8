"""The Merkle tree of RFC 6962 / RFC 9162 section 2.1: a leaf and a node are hashed with different prefixes, so that
neither can pass for the other; a path proves a leaf's place, without showing any other leaf.
"""

import hashlib
from collections.abc import Sequence

LEAF, NODE = b"\x00", b"\x01"


def leaf_hash(line: bytes) -> bytes:
    return hashlib.sha256(LEAF + line).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(NODE + left + right).digest()


def levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """From the leaf hashes up to the root. One left over at the end of a level goes up as it is: the RFC's own tree."""
    found = [list(leaves) or [hashlib.sha256().digest()]]
    while len(found[-1]) > 1:
        low = found[-1]
        pairs = [node_hash(low[i], low[i + 1]) for i in range(0, len(low) - 1, 2)]
        found.append(pairs + low[len(pairs) * 2 :])
    return found


def path(tree: Sequence[Sequence[bytes]], position: int) -> list[bytes]:
    """The neighbours from leaf `position` up to the root: 12 for 3,300 leaves."""
    found = []
    for level in tree[:-1]:
        if position ^ 1 < len(level):
            found.append(level[position ^ 1])
        position //= 2
    return found


def root_of(leaf: bytes, position: int, count: int, neighbours: Sequence[bytes]) -> bytes | None:
    """The root that the path leads to; None where it has not the length that this place in `count` leaves needs.

    RFC 9162 section 2.1.3.2: left or right follows from the place alone, so a path cannot prove another place.
    """
    if not 0 <= position < count:
        return None
    at, last, found = position, count - 1, leaf
    for neighbour in neighbours:
        if last == 0:
            return None
        if at & 1 or at == last:
            found = node_hash(neighbour, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, neighbour)
        at, last = at >> 1, last >> 1
    return found if last == 0 else None
