"""The phase diagram of surveyed families: python diagram.py OUT.png SURVEY…, where files hold what survey.py printed, one per seed.

Needs matplotlib. Left: how long the manifold is, and how much of the noise that can be removed the network removes; right: which criterion
holds for how many seeds. The criteria are those of docs/benchmarks/2026-11-28/sufficient.md.
"""

import re
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

HOLDS, FAILS, UNKNOWN = "#00695c", "#a8201a", "#b9bec6"
CRITERIA = ["learned", "score", "greedy", "response", "bias", "forgets", "temperature"]
MOST_STEPS = 8000  # of the survey's phases


def read(line):
    """A line of the survey: its name and its numbers."""
    name, *cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
    numbers = [float(number) for cell in cells for number in re.split(r", | of ", cell)]
    return name, numbers


def shown(name):
    """A run's name as people read it: τ in s, σ per √s."""
    name = re.sub(r"_seed=\d+$", "", name).replace("_s=", "=").replace("=", "_")
    words = {"tau": "τ", "sigma": "σ", "steps": "steps", "unbiased": "no pull", "box": "box of", "none": "none: 130 steps, τ 0.02, σ 0.17"}
    return " ".join(words.get(word, word) for word in name.split("_"))


def judge(numbers):
    """Which criteria hold, in order; none where a criterion has no number."""
    r2, cosine, slope, removed, removable, gain, _, mixing, forgets, bias, *exponents = numbers
    phase = min(max(1000, 8 * mixing), MOST_STEPS)
    near = [abs(beta / law - 1) <= 0.25 for beta, law in zip(exponents, (2, 1, 0.5))]
    return [
        r2 >= 0.9,
        cosine >= 0.8 and 0.5 <= slope <= 2,
        removable > 0 and removed >= 0.8 * removable,
        None if np.isnan(gain) else 0.5 <= gain <= 2,
        bias >= 0.1,
        forgets <= min(3 * mixing, phase / 4),
        all(near),
    ]


def main(out, *surveys):
    found = {}
    for survey in surveys:
        for line in Path(survey).read_text().splitlines():
            if line.startswith("|") and "target is not" not in line:
                name, numbers = read(line)
                found.setdefault(shown(name), []).append(numbers)
    names = list(found)
    judged = {name: [judge(numbers) for numbers in found[name]] for name in names}
    # Conditions that nothing but the exponents decides are last.
    score = {name: np.mean([[holds is not False for holds in each] for each in judged[name]]) for name in names}
    names.sort(key=lambda name: -score[name])

    figure, (left, right) = plt.subplots(1, 2, figsize=(12.5, 7.6), width_ratios=[1.1, 1], layout="constrained")
    left.axvspan(75, 150, color="#0072b2", alpha=0.1, lw=0)
    left.axhline(0.8, color="#5b6068", lw=1, ls="--")
    labels = []
    for place, name in enumerate(names):
        numbers = np.array(found[name], float)
        greed = np.clip(numbers[:, 3] / np.where(numbers[:, 4] > 0, numbers[:, 4], np.nan), -0.3, 1.05)
        greed = np.where(np.isnan(greed), -0.3, greed)
        whole = [all(holds is not False for holds in each) for each in judged[name]]
        for length, part, all_hold in zip(numbers[:, 6], greed, whole):
            face = HOLDS if all_hold else "none"
            left.scatter(length, part, s=34, facecolor=face, edgecolor=HOLDS if all_hold else FAILS, lw=1.2, zorder=3)
        labels.append((numbers[:, 6].mean(), greed.mean(), str(place + 1)))
    for x, y, text in labels:
        # Neighbours in the list are often neighbours here.
        offset = (7, 5) if int(text) % 2 else (-14, -11)
        left.annotate(text, (x, y), xytext=offset, textcoords="offset points", fontsize=9, color="#1c1e21")
    left.set(
        xscale="log",
        xlabel="length of the manifold ℓ, standard deviations of a step's noise",
        ylabel="noise removed, of what the score removes (below −0.3: at −0.3)",
        ylim=(-0.38, 1.12),
        title="filled: every criterion that was measured holds",
    )
    ticks = [40, 60, 80, 100, 150, 200, 300]
    left.set_xticks(ticks, [str(tick) for tick in ticks])
    left.set_xticks([], minor=True)
    left.text(106, -0.36, "tracks, and is dominated by noise", ha="center", va="bottom", color="#0072b2", fontsize=9)

    for row, name in enumerate(names):
        for column in range(len(CRITERIA)):
            known = [each[column] for each in judged[name] if each[column] is not None]
            if not known:
                color, alpha, text = UNKNOWN, 0.5, "–"
            else:
                part = np.mean(known)
                color, alpha = (HOLDS, 0.25 + 0.75 * part) if part > 0.5 else (FAILS, 1 - 0.75 * part)
                text = f"{sum(known)}/{len(known)}"
            right.add_patch(plt.Rectangle((column, row), 0.96, 0.92, color=color, alpha=alpha, lw=0))
            right.text(column + 0.48, row + 0.47, text, ha="center", va="center", fontsize=8.5, color="white" if alpha > 0.6 else "black")
    right.set(xlim=(0, len(CRITERIA)), ylim=(len(names), 0), title="seeds with which each criterion holds")
    right.set_xticks(np.arange(len(CRITERIA)) + 0.48, CRITERIA, rotation=30, ha="right")
    right.set_yticks(np.arange(len(names)) + 0.47, [f"{row + 1}  {name}" for row, name in enumerate(names)])
    right.tick_params(length=0)
    for spine in right.spines.values():
        spine.set_visible(False)
    figure.savefig(out, dpi=110)


if __name__ == "__main__":
    main(*sys.argv[1:])
