"""docs/objectives.md: the named objectives on densities that are known, and beside each other on digits."""

import json
from typing import Any

from tables import RESULTS, joined, load, made_by, picture, spread, table


def page() -> str:
    return joined(
        "# Objectives, measured",
        "The named objectives (`--objective`) are entries of [one table](../src/jaxgen/recipes/objectives.py).",
        theory_section(),
        densities_section(),
        equal_rounds_section(),
        objectives_section(),
    )


def densities_section() -> str:
    """Toy densities and Stacked MNIST: one row for each run, one for each old estimate."""
    found = [json.loads(path.read_text()) for path in sorted((RESULTS / "densities").glob("*.json"))]
    rows: list[list[Any]] = []
    old: dict[tuple[str, str], Any] = {}
    for f in found:
        name = f["objective"] + (f", {f['unroll']} steps unrolled" if f["unroll"] else "")
        good, jsd = f.get("good"), f.get("jsd")
        figures = [spread(f["modes"], 1), spread(good, 3), spread(f["kl"], 3), spread(jsd, 4)]
        rows.append([f["data"], name, f"{f['rounds']:,}", f["seeds"], *figures, f"{f['seconds']:,.0f}"])
        old |= {(f["data"], n): b for n, b in f.get("baselines", {}).items()}
    for (data, name), b in old.items():
        modes, kl = ("", "") if b["modes"] is None else (b["modes"], f"{b['kl']:.3f}")
        rows.append([data, name.replace("_", " "), "", 1, modes, f"{b['good']:.3f}", kl, f"{b['jsd']:.4f}", ""])
    head = ["data", "objective or estimate", "rounds", "seeds", "modes", "good", "KL, nats", "JSD, nats", "seconds"]
    words = (
        "Mean and spread over seeds, all seeds of a row in one run. Modes with a good sample (within three standard "
        "deviations) among 2,500; the JSD is of 100,000 samples from the exact density, on a grid. Stacked MNIST: "
        "26,000 samples, by our classifier. The seconds are of a machine that was busy with other trainings. R3GAN's "
        "settings were chosen in short sweeps on these same rings and grids; the other objectives' were not tuned, "
        "so the rows do not say which objective is better. "
        "Published: on the grid 3.3 modes for a GAN, 23.6 unrolled, 24.6 VEEGAN (Srivastava et al. 2017); on Stacked "
        "MNIST 99 for DCGAN, 959 for WGAN-GP, 1,000 and KL .029 for R3GAN (Huang et al. 2024)."
    )
    pictures = [picture(path) for kind in ("png", "gif") for path in sorted((RESULTS / "densities").glob(f"*.{kind}"))]
    commands = "\n\n".join(made_by(f["environment"], f["seconds"]) for f in found)
    seeds = load("seeds.json")
    commands += (
        f"\n\nAll {seeds['seeds']} seeds in one program: {seeds['many_ms']:.1f} ms a round, one alone "
        f"{seeds['one_ms']:.1f} ms, so {seeds['times_faster_than_one_after_another']:.1f} times faster than one after "
        f"another ({seeds['ratio_min']:.1f} to {seeds['ratio_max']:.1f}). "
        + made_by(seeds["environment"], seeds["seconds"])
    )
    return joined("## Densities that can be seen", words, table(head, rows), *pictures, commands)


def theory_section() -> str:
    found = load("theory.json")
    words = (
        f"D trained to its optimum, beside p / (p + q): off by {found['mean_error_of_D']:.4f} in the mean, and by "
        f"{found['largest_error_of_D']:.4f} at most where the mean density is over 5 % of its peak. Its cost is "
        f"{found['cost']:.5f}, and -log 4 + 2 JSD is {found['theory']:.5f}: "
        f"{100 * found['relative_error_of_cost']:.3f} % apart."
    )
    return joined("## The theory of the game", words, made_by(found["environment"], found["seconds"]))


def objectives_section() -> str:
    found = load("objectives.json")
    rows = [
        [name, f["classes"], f"{f['kl']:.3f}", f"{f['confidence']:.3f}", f"{f['seconds']:,.0f}"]
        for name, f in found["objectives"].items()
    ]
    words = (
        f"{found['rounds']:,} rounds of a DCGAN of width {found['width']} on {found['dataset']}, one seed each, with "
        "every objective as it stands: what learns and what collapses in a short run, not which is best. A classifier "
        "sees 2,000 samples. The time below is of the last start, which found most runs done; f-GAN's rows are a "
        "second try, after its G as in the game had collapsed with three of its five divergences."
    )
    head = ["objective", "classes seen", "KL to uniform, nats", "classifier's confidence", "seconds"]
    shown = f"One row for each objective, in the table's order:\n\n{picture(RESULTS / 'objectives.png')}"
    made = made_by(found["environment"], found["seconds"])
    return joined("## Every objective", words, table(head, rows), shown, made)


def equal_rounds_section() -> str:
    found = load("equal_rounds.json")
    rows = [
        [r["data"], r["objective"], found["tuned"][r["objective"]]["chosen"], r["seeds"], spread(r["modes"], 1),
         spread(r["good"], 3), spread(r["jsd"], 4), f"{r['seconds']:,.0f}"]
        for r in sorted(found["rows"], key=lambda row: (row["data"], row["jsd"]["mean"]))
    ]  # fmt: skip
    return joined(
        "## The recommended recipe beside others, at equal rounds",
        f"{found['rounds']:,} rounds of the same nets, batches and decay for all. Each objective was tuned the same "
        f"way: four settings, {found['tuning_rounds']:,} rounds of {found['tuning_seeds']} seeds on the grid, chosen "
        "by the divergence from the exact density. Fewer seeds for the two that take longest.",
        table(["data", "objective", "chosen settings", "seeds", "modes", "good", "JSD, nats", "seconds"], rows),
        made_by(found["environment"]),
    )
