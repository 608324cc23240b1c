"""Where a stimulus lives: a box between walls, or the circle of headings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quiescent.errors import MeasurementError

__all__ = ["Space"]

#: Lowest and highest corner of a box; none for the circle.
Corners = tuple[list[float], list[float]] | None


@dataclass(frozen=True)
class Space:
    """A box, or the circle.

    Attributes
    ----------
    low_m, high_m
        Lowest and highest corner of a box in m; none for the circle.
    """

    low_m: tuple[float, ...] | None = None
    high_m: tuple[float, ...] | None = None

    @classmethod
    def circle(cls) -> Space:
        """Return the circle of headings, in rad."""
        return cls()

    @classmethod
    def box(cls, *sides_m: float) -> Space:
        """Return a box about the origin with sides of these lengths in m."""
        if not sides_m or any(not side > 0 for side in sides_m):
            raise MeasurementError(
                f"the sides of a box must be positive lengths in m, such as Space.box(2.2, 2.2); "
                f"given: {sides_m}"
            )
        half = tuple(side / 2 for side in sides_m)
        return cls(tuple(-x for x in half), half)

    @classmethod
    def between(cls, low_m: Sequence[float], high_m: Sequence[float]) -> Space:
        """Return a box between two corners in m."""
        if len(low_m) != len(high_m):
            raise MeasurementError(
                f"the corners of a box must have as many coordinates: {list(low_m)} has "
                f"{len(low_m)}, {list(high_m)} has {len(high_m)}"
            )
        return cls(tuple(float(x) for x in low_m), tuple(float(x) for x in high_m))

    @property
    def is_circle(self) -> bool:
        """Whether it is the circle."""
        return self.low_m is None

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return 1 if self.low_m is None else len(self.low_m)

    @property
    def unit(self) -> str:
        """Unit of values and distances: `m` or `rad`."""
        return "rad" if self.is_circle else "m"

    @property
    def names(self) -> list[str]:
        """Names of the coordinates: `heading`, or `x`, `y` and `z`."""
        return ["heading"] if self.is_circle else ["x", "y", "z"][: self.dim]

    @property
    def corners(self) -> Corners:
        """Lowest and highest corner, as the native functions take them."""
        if self.low_m is None or self.high_m is None:
            return None
        return list(self.low_m), list(self.high_m)

    @classmethod
    def of_corners(cls, corners: Corners) -> Space:
        """Return the space of these corners."""
        return cls() if corners is None else cls.between(*corners)

    def __str__(self) -> str:
        if self.low_m is None or self.high_m is None:
            return "circle"
        sides = (f"{high - low:g}" for low, high in zip(self.low_m, self.high_m, strict=True))
        return " × ".join(sides) + " m box"
