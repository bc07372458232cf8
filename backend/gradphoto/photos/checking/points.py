"""Which of the 468 points of a face is what (MediaPipe's face mesh)."""

from typing import NamedTuple


class Eye(NamedTuple):
    """`lid` is the contour of the opening, `around` a ring a little outside of it."""

    outer: int
    inner: int
    lid: list[int]
    around: list[int]


RIGHT_EYE = Eye(
    33,
    133,
    [33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7],
    [226, 247, 30, 29, 27, 28, 56, 190, 243, 112, 26, 22, 23, 24, 110, 25],
)
LEFT_EYE = Eye(
    263,
    362,
    [263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249],
    [446, 467, 260, 259, 257, 258, 286, 414, 463, 341, 256, 252, 253, 254, 339, 255],
)
EYES = (RIGHT_EYE, LEFT_EYE)
RIGHT_SIDE, LEFT_SIDE, CHIN = 234, 454, 152
UPPER_LIP, LOWER_LIP = 13, 14
RIGHT_CHEEK, LEFT_CHEEK = [50, 205, 101, 36], [280, 425, 330, 266]
# Low on the forehead, where no fringe hangs.
FOREHEAD, LOWER_FACE, NOSE = [151, 9, 8, 168], [2, 164, 18, 200, 57, 287], [1, 4, 5, 45, 275]
OUTLINE = [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148,
    176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
]  # fmt: skip
