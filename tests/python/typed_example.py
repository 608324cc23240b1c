"""An example that mypy checks: what a user with types would write."""

import quiescent as qs


def divergence(seed: int) -> float:
    """Return KL(quiescent ‖ active) of a small network."""
    net = qs.train("demo/head_direction/noisy_unbiased", {"training.batches": 100}, seed=seed)
    wake = net.wake(trials=50)
    rest = net.rest(wake, steps=100, noise="doubled_variance")
    found = qs.reactivation(wake, rest)
    low, high = found.kl.interval
    return found.kl.nats if low < high else float("nan")
