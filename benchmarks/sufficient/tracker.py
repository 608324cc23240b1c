"""The exponent of rest of the best linear tracker: python tracker.py

A stimulus s of variance 1 is drawn to its mean by the fraction `pull` in each step. The tracker is told where a trial
begins and then each displacement d, and adds noise of variance 1/ratio a step: x <- a x + g d + noise. `best` finds the a and g with
the smallest mean squared error over a trial. Left alone, with noise of twice the variance, x has a normal law, which is p to the
power (1 - a^2) ratio / 2; greedily optimal would be 1. No package is needed.
"""


def loss(a, g, pull, steps, ratio, start):
    """Mean squared error before each step's own noise, from the second moments of (s, x)."""
    drive = 1 - (1 - pull) ** 2
    ss = sx = xx = start
    total = 0.0
    for _ in range(steps):
        keep, back = 1 - pull, -g * pull
        ss, sx, xx = (
            keep * keep * ss + drive,
            keep * (back * ss + a * sx) + g * drive,
            back * back * ss + 2 * back * a * sx + a * a * xx + g * g * drive,
        )
        total += ss - 2 * sx + xx
        xx += 1 / ratio
    return total / steps


def best(pull, steps, ratio, start):
    """a, g, R² and the exponent."""

    def best_gain(a):
        # The loss is quadratic in g.
        low, middle, high = (loss(a, g, pull, steps, ratio, start) for g in (0.5, 1.0, 1.5))
        return 1.0 - 0.25 * (high - low) / (high - 2 * middle + low)

    def at(a):
        return loss(a, best_gain(a), pull, steps, ratio, start)

    low, high = 0.9, 1.0
    golden = (5**0.5 - 1) / 2
    for _ in range(60):
        first, second = high - golden * (high - low), low + golden * (high - low)
        if at(first) < at(second):
            high = second
        else:
            low = first
    a = (low + high) / 2
    return a, best_gain(a), 1 - at(a), (1 - a * a) * ratio / 2


if __name__ == "__main__":
    print("pull steps pull*steps ratio  R2    exponent")
    for pull, start in ((0.05, 4.1), (0.02, 4.1)):
        for steps in (20, 50, 100, 130, 200, 400):
            for ratio in (250, 1000, 4000):
                a, g, r_squared, exponent = best(pull, steps, ratio, start)
                print(f"{pull:4} {steps:5} {pull * steps:10.1f} {ratio:5} {r_squared:6.3f} {exponent:6.2f}")
