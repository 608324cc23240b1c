"""How units move while quiescent, other than by the equations of training."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Adaptation", "Momentum"]


@dataclass(frozen=True)
class Adaptation:
    """Inhibition of every unit by its own past activity.

    After every step, `a += (Δt/τ_a) (b r − a)`, which is subtracted from what the nonlinearity is
    given at the next step (in a GRU, from what that of the candidate is given).

    Attributes
    ----------
    strength
        b, the inhibition by a lasting rate of 1; at least 0.
    tau_s
        τ_a in s, from a step to the whole quiescent phase.
    """

    strength: float
    tau_s: float


@dataclass(frozen=True)
class Momentum:
    """Units go on in the direction in which they move.

    With the first-order step Δr, noise included, `v = (1−λ) v + Δr` and `r += v`.

    Attributes
    ----------
    friction
        λ, above 0 and at most 1, which is no momentum.
    keep_temperature
        Whether the noise of units and inputs is multiplied by √λ, so that slow motion keeps the
        variance that it has without momentum.
    """

    friction: float
    keep_temperature: bool = True
