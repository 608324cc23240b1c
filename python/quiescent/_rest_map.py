"""Maps of rest as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_NUMBERS = (
    "kl_from_point",
    "kl_from_encoded",
    "step_distance",
    "continuity",
    "coverage",
    "activity",
    "exponent",
)


def rest_map_frame(found: dict[str, Any]) -> pd.DataFrame:
    """Return a map as a pandas frame, one row for each way to rest."""
    import pandas as pd

    frame = pd.DataFrame([_row(point) for point in found["points"]])
    kept = ("answer", "settings", "seed", "dt_s", "sigma", "own_noise", "point", "active")
    frame.attrs = {name: found[name] for name in kept}
    return frame


def _row(point: dict[str, Any]) -> dict[str, Any]:
    way, numbers = point["way"], point["found"]
    adaptation, momentum = way.get("adaptation"), way.get("momentum")
    row: dict[str, Any] = {
        "noise_ratio": way["noise_ratio"],
        "friction": momentum["friction"] if momentum else 1.0,
        "strength": adaptation["strength"] if adaptation else 0.0,
        "tau_s": adaptation["tau_s"] if adaptation else None,
    }
    for name in _NUMBERS:
        measured = numbers.get(name)
        if measured is None or "missing" in measured:
            continue
        row[name] = measured["nats" if "nats" in measured else "value"]
        row[f"{name}_low"] = measured["interval"]["low"]
        row[f"{name}_high"] = measured["interval"]["high"]
    for verdict in ("faithful", "continuous", "forgets"):
        row[verdict] = point[verdict]
    row["missing"] = numbers["missing"]["message"] if "missing" in numbers else None
    return row
