"""Runs quiescent and the peers in turn, and writes medians, ratios and the circumstances.

Started by compare.sh, which builds quiescent and installs the peers. Standard library only.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE / "peers"))

from common import pin  # noqa: E402

TASKS = ("spatial", "gru", "head_direction")
PEERS = ("torch", "torch.compile", "jax")
TIMINGS = ("step_s", "step_with_data_s")
# Others may use this share of the processors before a run counts as disturbed. Eager PyTorch
# meets at a barrier several hundred times a step, and slows tenfold and more on a busy machine.
BUSY = 0.05


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="compare.sh",
        description="Time the training step of quiescent, PyTorch and JAX in turn.",
    )
    parser.add_argument("--rounds", type=int, default=3, help="times each program runs (default 3)")
    parser.add_argument("--threads", type=int, default=2, help="threads of each program (default 2)")
    parser.add_argument(
        "--repeats", type=int, default=7, help="timed steps of a peer in each round (default 7)"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=ROOT / "docs" / "benchmarks" / f"{datetime.now():%Y-%m-%d}",
        help="folder for compare.json and compare.txt (default docs/benchmarks/DATE)",
    )
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    for name in ("rounds", "threads", "repeats"):
        if getattr(given, name) < 1:
            parser.error(f"--{name} must be at least 1")
    return given


def output_of(*command: str) -> str:
    """What a command prints, or "unknown" where it is missing or fails."""
    try:
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return run.stdout.strip()


def cpu_model() -> str:
    for line in output_of("lscpu").splitlines():
        if line.startswith("Model name:"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"


def circumstances(threads: int) -> dict:
    commit = output_of("git", "rev-parse", "HEAD")
    if output_of("git", "status", "--porcelain", "--", "Cargo.*", "crates", "benchmarks"):
        commit += " with uncommitted changes"
    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "command": " ".join(["benchmarks/compare.sh", *sys.argv[1:]]),
        "commit": commit,
        "cpu": cpu_model(),
        "processors": os.cpu_count(),
        "threads": threads,
        "system": f"{platform.system()} {platform.release()}",
        "rustc": output_of("rustc", "--version"),
        "python": platform.python_version(),
    }


def processor_times() -> tuple[float, float] | None:
    """Time in use and whole time of all processors so far, in s, where Linux tells."""
    try:
        first = Path("/proc/stat").read_text().split("\n", 1)[0]
    except OSError:
        return None
    fields = [int(field) / os.sysconf("SC_CLK_TCK") for field in first.split()[1:9]]
    # The fourth and fifth are idle and waiting for a disk; the eighth was taken by other guests.
    return sum(fields) - fields[3] - fields[4], sum(fields)


def run(name: str, command: list[str]) -> dict:
    """Runs one program; returns its JSON and what share of the machine others used meanwhile."""
    before, own = processor_times(), os.times()
    finished = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    after, own_after = processor_times(), os.times()
    if finished.returncode != 0:
        raise SystemExit(f"{name} failed with exit code {finished.returncode}: {' '.join(command)}")
    others = None
    if before and after:
        ours = sum(own_after[:4]) - sum(own[:4])
        others = max(0.0, (after[0] - before[0] - ours) / max(after[1] - before[1], 1e-9))
        if others > BUSY:
            print(f"    others used {others:.0%} of the processors meanwhile", file=sys.stderr)
    try:
        return {"used_by_others": others, **json.loads(finished.stdout)}
    except json.JSONDecodeError as error:
        raise SystemExit(f"{name} printed something that is not JSON ({error}):\n{finished.stdout}")


def summarize(runs: dict[str, list[dict]]) -> dict:
    """Medians over rounds, and each peer's time over ours."""
    summary = {}
    for task in TASKS:
        ours = {
            key: statistics.median(result[task][key] for result in runs["quiescent"])
            for key in ("step_s", "gflops", "fraction_of_sgemm")
        }
        summary[task] = {"quiescent": ours}
        for peer in PEERS:
            times = {
                key: statistics.median(result[task][key] for result in runs[peer])
                for key in TIMINGS
            }
            ratios = {f"ratio_{key}": seconds / ours["step_s"] for key, seconds in times.items()}
            # Each round's own ratio shows how far the rounds agree.
            rounds = [
                theirs[task]["step_s"] / mine[task]["step_s"]
                for theirs, mine in zip(runs[peer], runs["quiescent"])
            ]
            summary[task][peer] = {**times, **ratios, "ratios_of_rounds": rounds}
    return summary


def render(head: dict, runs: dict[str, list[dict]], summary: dict) -> str:
    rounds = len(runs[PEERS[-1]])
    lines = [f"{key:<15}{value}" for key, value in head.items()]
    for name, results in runs.items():
        lines.append(f"{name:<15}{results[0].get('version', 'unknown')}")
    rate = statistics.median(result["sgemm_gflops"] for result in runs["quiescent"])
    lines += [f"{'sgemm':<15}{rate:.0f} GFLOP/s", f"{'rounds':<15}{rounds}", ""]
    lines.append(f"{'':<30}{'step':>10}{'ratio':>8}  {'rounds':<16}{'with data':>10}{'ratio':>8}")
    for task in TASKS:
        ours = summary[task]["quiescent"]
        lines.append(
            f"{task:<16}{'quiescent':<14}{'':>36}{ours['step_s'] * 1e3:>7.1f} ms{'1':>8}"
            f"  {ours['fraction_of_sgemm']:.0%} of sgemm"
        )
        for peer in PEERS:
            theirs = summary[task][peer]
            spread = theirs["ratios_of_rounds"]
            lines.append(
                f"{'':<16}{peer:<14}{theirs['step_s'] * 1e3:>7.1f} ms{theirs['ratio_step_s']:>8.1f}"
                f"  {f'{min(spread):.1f} to {max(spread):.1f}':<16}"
                f"{theirs['step_with_data_s'] * 1e3:>7.1f} ms{theirs['ratio_step_with_data_s']:>8.1f}"
            )
    lines += [
        "",
        "Ratios are the peer's time over quiescent's, which always includes drawing the data.",
    ]
    shares = [result["used_by_others"] for results in runs.values() for result in results]
    if any(share is not None and share > BUSY for share in shares):
        worst = max(share for share in shares if share is not None)
        lines.append(f"DISTURBED: others used up to {worst:.0%} of the machine; do not quote these.")
    return "\n".join(lines) + "\n"


def write(path: Path, text: str) -> None:
    """Writes under a temporary name and renames, so that a file is never half there."""
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def main() -> None:
    given = arguments()
    if given.check:
        return
    pin(given.threads)
    target = Path(os.environ.get("CARGO_TARGET_DIR", "target"))
    threads = ["--threads", str(given.threads)]
    commands = {
        "quiescent": [str(ROOT / target / "release" / "quiescent"), "bench", "--json", *threads]
    }
    for peer in PEERS:
        program, _, way = peer.partition(".")
        script = str(HERE / "peers" / f"{program}_step.py")
        commands[peer] = [sys.executable, script, "--repeats", str(given.repeats), *threads]
        commands[peer] += [f"--{way}"] if way else []

    given.out.mkdir(parents=True, exist_ok=True)
    head = circumstances(given.threads)
    runs: dict[str, list[dict]] = {name: [] for name in commands}
    for round_ in range(given.rounds):
        for name, command in commands.items():
            print(f"round {round_ + 1} of {given.rounds}: {name}", file=sys.stderr)
            runs[name].append(run(name, command))
            # After every run, so that a later failure loses nothing.
            write(given.out / "compare.json", json.dumps({**head, "runs": runs}, indent=2) + "\n")
    summary = summarize(runs)
    text = render(head, runs, summary)
    whole = {**head, "summary": summary, "runs": runs}
    write(given.out / "compare.json", json.dumps(whole, indent=2) + "\n")
    write(given.out / "compare.txt", text)
    print(text)
    print(f"written to {given.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
