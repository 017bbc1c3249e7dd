"""Write docs/RESULTS.md, and the README's table, from the files that the measurements left in docs/results.

    python docs/make/results.py

No figure in the documents is typed: each comes from a file here and names the command that made it.
"""

import json
import re
from typing import Any

from explicit import likelihood_section, pretraining_section, sampling_section
from results_editing import editing_section
from results_inpainting import inpainting_section
from results_speed import speed_section
from results_trainings import readme_table, training_section
from scored import corruptions_section, latent_meaning_section, parity_section
from tables import DOCS, RESULTS, device, load, made_by, spread, table

# PyTorch's best / ours, to reach on two CPU cores.
TARGETS = {"mlp": 2.2, "dcgan-32": 1.2, "dcgan-64": 1.2, "vae": 2.5, "wgan-gp-32": 1.2, "inpainting-32": 3}
TARGETS |= {"pixelcnnpp-32": 1.2, "sngan-32": 1.2}
README = DOCS.parent / "README.md"


def torch_section() -> str:
    found = [load(path.name) for path in sorted(RESULTS.glob("torch-*.json"))]
    rows = [
        [
            f["recipe"],
            device(f["environment"]),
            f["batch"],
            f"{f['ours_ms']:.1f}",
            f"{f['pytorch_ms']:.1f} ({f['pytorch_mode']})",
            f"{f['ratio']:.2f} ({f['ratio_min']:.2f} to {f['ratio_max']:.2f})",
            f"{f['ratio_at_peak']:.2f}",
            f"{100 * f['ours_share']:.0f} %, {100 * f['pytorch_share']:.0f} %",
            f"{f['pytorch_ms'] / f['ours_alone_ms']:.2f}" if f.get("ours_alone_ms") else "",
            TARGETS.get(f["recipe"], "") if f.get("device", "cpu") == "cpu" else "",
            "yes" if f["losses_agree"] else "no",
        ]
        for f in found
    ]
    head = [
        "nets",
        "on",
        "batch",
        "ours, ms a round",
        "PyTorch's best, ms",
        "PyTorch / ours",
        "at the peak",
        "shares of it",
        "with nothing but convolutions and products",
        "aim",
        "losses agree",
    ]
    words = (
        "Both sides in turn on the same cores, with the same allocator settings, or on the same GPU, both in TF32. "
        "A round is a step of every player, of inpainting one of Adam for all codes. The peak is this machine's for a "
        "large product of matrices, through XLA: the ratio that a step at that peak would have, and ours and PyTorch's "
        "share of it. Then the ratio if ours took as long as its convolutions and products of matrices, each timed "
        "alone (two may run at once, so that a round can take less): an aim well above that asks for faster ones than "
        "the compiler's, or for fewer."
    )
    commands = "\n\n".join(made_by(f["environment"]) for f in found)
    return "\n\n".join(["## Beside PyTorch", words, table(head, rows), commands])


def devices_section() -> str:
    found = load("devices.json")
    apart = found["largest_difference_from_one_device"]
    rows = [[name, f"{difference:.1e}"] for name, difference in apart.items()]
    words = (
        "Largest difference of any number in the state (parameters, statistics, moments, averages) from one device's."
    )
    return "\n\n".join(
        [
            f"## The same numbers on any number of devices, after {found['rounds']} round(s)",
            words,
            table(["devices", "largest difference"], rows),
            made_by(found["environment"]),
        ]
    )


def kills_section() -> str:
    found = load("kill_points.json")
    words = (
        f"Killed {found['kills']} times at random moments ({found['while_saving']} during a save, "
        f"{found['while_starting']} while starting), {found['rounds']:,} rounds, "
        f"seed {found['settings']['seed']}: the digests are "
        f"{'equal' if found['equal'] else 'NOT equal'}."
    )
    digests = f"`{found['killed']}` killed, `{found['straight']}` never stopped."
    return "\n\n".join(["## kill -9", words, digests, made_by(found["environment"], found["seconds"])])


def densities_section() -> str:
    """Toy densities and Stacked MNIST: one row for each run, one for each old estimate."""
    found = [json.loads(path.read_text()) for path in sorted((RESULTS / "densities").glob("*.json"))]
    if not found:
        return ""
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
    pictures = [
        f"![{path.stem}](results/densities/{path.name})"
        for kind in ("png", "gif")
        for path in sorted((RESULTS / "densities").glob(f"*.{kind}"))
    ]
    commands = "\n\n".join(made_by(f["environment"], f["seconds"]) for f in found)
    seeds = load("seeds.json")
    commands += (
        f"\n\nAll {seeds['seeds']} seeds in one program: {seeds['many_ms']:.1f} ms a round, one alone "
        f"{seeds['one_ms']:.1f} ms, so {seeds['times_faster_than_one_after_another']:.1f} times faster than one after "
        f"another ({seeds['ratio_min']:.1f} to {seeds['ratio_max']:.1f}). "
        + made_by(seeds["environment"], seeds["seconds"])
    )
    return "\n\n".join(["## Densities that can be seen", words, table(head, rows), *pictures, commands])


def theory_section() -> str:
    found = load("theory.json")
    words = (
        f"D trained to its optimum, beside p / (p + q): off by {found['mean_error_of_D']:.4f} in the mean, and by "
        f"{found['largest_error_of_D']:.4f} at most where the mean density is over 5 % of its peak. Its cost is "
        f"{found['cost']:.5f}, and -log 4 + 2 JSD is {found['theory']:.5f}: "
        f"{100 * found['relative_error_of_cost']:.3f} % apart."
    )
    return "\n\n".join(["## The theory of the game", words, made_by(found["environment"], found["seconds"])])


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
    picture = "One row for each objective, in the table's order:\n\n![objectives](results/objectives.png)"
    made = made_by(found["environment"], found["seconds"])
    return "\n\n".join(["## Every objective", words, table(head, rows), picture, made])


def diagnostics_section() -> str:
    found = load("diagnostics.json")
    kinds = ("healthy", "collapse", "failure")
    parts = [
        "## Failure modes, caused and recognised",
        "What `jaxgen.diagnostics` says of short runs whose health is known by its cause. Thresholds were set on the "
        "seeds from 0 alone; later came kernels that are too large, and with them the rule for a run that goes to and "
        "fro between collapse and failure, which one run with such kernels had shown to be missing.",
    ]
    for name, words in (("checking", "seeds from 100, which no threshold has seen"), ("choosing", "seeds from 0")):
        part = found[name]
        if not part["runs"]:
            continue
        rows = [[f"caused: {kind}", *[part["confusion"][kind][said] for said in kinds]] for kind in kinds]
        wrong = [
            f"{r['cause']}, seed {r['seed']}: found {r['found']}, by its samples {r['by_samples']}"
            for r in part["misjudged"]
        ]
        apart = [
            f"{r['cause']}, seed {r['seed']}: by its samples {r['by_samples']}"
            for r in part["cause_and_samples_disagree"]
        ]
        parts += [
            f"{part['runs']} runs, {words}: {part['mistakes']} mistake(s).",
            table(["", *[f"found: {kind}" for kind in kinds]], rows),
            f"Misjudged: {'; '.join(wrong) or 'none'}.",
            "Where a scikit-learn classifier's precision and coverage of the samples speak against the cause: "
            f"{'; '.join(apart) or 'nowhere'}.",
        ]
    parts += [
        "![failure modes](results/failure_modes.png)",
        made_by(found["environment"], found["seconds_of_runs"]),
    ]
    return "\n\n".join(parts)


def equal_rounds_section() -> str:
    path = RESULTS / "equal_rounds.json"
    if not path.exists():
        return ""
    found = load(path.name)
    rows = [
        [r["data"], r["objective"], found["tuned"][r["objective"]]["chosen"], r["seeds"], spread(r["modes"], 1),
         spread(r["good"], 3), spread(r["jsd"], 4), f"{r['seconds']:,.0f}"]
        for r in sorted(found["rows"], key=lambda row: (row["data"], row["jsd"]["mean"]))
    ]  # fmt: skip
    return "\n\n".join([
        "## The recommended recipe beside others, at equal rounds",
        f"{found['rounds']:,} rounds of the same nets, batches and decay for all. Each objective was tuned the same "
        f"way: four settings, {found['tuning_rounds']:,} rounds of {found['tuning_seeds']} seeds on the grid, chosen "
        "by the divergence from the exact density. Fewer seeds for the two that take longest.",
        table(["data", "objective", "chosen settings", "seeds", "modes", "good", "JSD, nats", "seconds"], rows),
        made_by(found["environment"]),
    ])  # fmt: skip


def main() -> None:
    """Write the documents anew."""
    intro = "# Results\n\nWritten by `python docs/make/results.py` from the files in [results](results). Do not edit."
    sections = [
        intro,
        likelihood_section(),
        sampling_section(),
        training_section(),
        densities_section(),
        equal_rounds_section(),
        objectives_section(),
        theory_section(),
    ]
    sections += [
        pretraining_section(),
        latent_meaning_section(),
        inpainting_section(),
        editing_section(),
        diagnostics_section(),
        parity_section(),
        corruptions_section(),
    ]
    sections += [speed_section(), torch_section(), devices_section(), kills_section()]
    (DOCS / "RESULTS.md").write_text("\n\n".join(filter(None, sections)) + "\n")
    text = README.read_text()
    between = r"(<!-- what works -->\n).*?(\n<!-- end -->)"
    README.write_text(re.sub(between, lambda m: m[1] + readme_table() + m[2], text, flags=re.DOTALL))


if __name__ == "__main__":
    main()
