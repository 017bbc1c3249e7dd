"""The part of docs/RESULTS.md that is about metrics: beside their references, along ladders of corruptions, and of what
is done with latent codes."""

import statistics
from typing import Any

from tables import RESULTS, load, made_by, table


def parity_section() -> str:
    found = load("parity.json")
    rows = [[*name.split(", ", 1), f"{value:.1e}"] for name, value in found["differences"].items()]
    parts = [
        "## Metrics beside the reference implementations",
        "Relative differences on the same input (absolute for precision, recall, density, coverage and LPIPS). "
        "`make parity` holds bounds on more cases, Inception-v3 and its resizers among them.",
        table(["metric", "beside", "difference"], rows),
        made_by(found["environment"]),
    ]
    path = RESULTS / "fidelity-speed.json"
    if path.exists():
        found = load(path.name)
        parts += [
            f"The Fréchet distance of two sets of {' and '.join(f'{n:,}' for n in found['images'])} images, all of it, "
            f"with the FID's Inception and random weights, on {found['cores']} core: {found['ours_cpu_s']} s of CPU, "
            f"torch-fidelity {found['torch_fidelity_cpu_s']} s, ratio {found['cpu_ratio']}. Other programs ran beside "
            f"them, so that wall-clock says less: {found['ours_s']} and {found['torch_fidelity_s']} s. The distances "
            f"differ by {found['relative_difference']:.1e}, relative: both have features in float32.",
            made_by(found["environment"]),
        ]
    return "\n\n".join(parts)


def corruptions_section() -> str:
    parts = ["## Do the metrics see what they are for?"]
    parts.append(
        "Real test images, made worse step by step, beside training images. What does not get worse at every step: "
        "precision and density are about samples that lie near real images, and those of fewer classes do, or slightly "
        "blurred ones even more."
    )
    for path in sorted(RESULTS.glob("corruptions-*.json")):
        found = load(path.name)
        not_worse = [
            f"{name.split(' (')[0]} under {ladder}"
            for ladder, verdicts in found["worse_at_every_step"].items()
            for name, worse in verdicts.items()
            if not worse and "pixels" not in name
        ]
        network = next(name.split(" (", 1)[1].rstrip(")") for name in found["scores"]["blur"] if " (" in name)
        parts += [
            f"{found['dataset']}, {found['images']:,} images, seen through {network}. Not worse at every step: "
            f"{', '.join(not_worse) or 'nothing'}.",
            f"![{found['dataset']}](results/{path.stem}.png)",
            made_by(found["environment"], found["seconds"]),
        ]
    return "\n\n".join(parts)


def latent_meaning_section() -> str:
    path = RESULTS / "latent_meaning.json"
    if not path.exists():
        return ""
    found = load(path.name)
    s, sums, ways, paths = (found[name] for name in ("settings", "arithmetic", "directions", "paths"))
    rows = [
        [
            r["examples"],
            *[_percent(r[name]) for name in ("of_a_mean", "intended", "random", "chance", "mean_of_target")],
        ]
        for r in sums
    ]
    head = "examples n|mean of s moved|code of s moved|random move of that length|share of t in samples|mean of t alone"
    parts = [
        "## What moves in latent space mean",
        f"A DCGAN on {found['dataset']} ({found['rounds']['run']:,} rounds), judged by a classifier, which is at least "
        f"90 % sure of {_percent(found['sure'])} % of its samples. Arithmetic: mean of n codes of class t - mean of n "
        "codes of class s + a code of s, or the mean of n others as in DCGAN's paper, which has n = 3; s and t are "
        f"drawn anew each time. Percent of {s['draws']:,} draws that come out as a t, with the classifier 90 % sure of "
        "every example. The random move starts at the single code. The last column is what the target's mean is "
        "without any arithmetic; the mean of many codes is short, far from where the prior's codes lie.",
        table(head.split("|"), rows),
        f"Directions: {s['codes']:,} codes of other classes, moved towards a class; percent that arrive there. Each "
        "direction was found on a pool of codes, its step chosen on others, and its share measured on yet others. "
        "Surely: the classifier is 90 % sure. Random: each code in a random direction, as far. Steps up to "
        f"{s['longest']} were tried, and where the longest was chosen a longer one may be better.",
        table(["class", "share of all samples", *[f"{way}: {what}" for way in ways["reached"]
               for what in ("step", "arrive", "surely", "random")]], _directions(ways)),
        "![shares by step, and a code moved to each class](results/latent_meaning.png)",
    ]  # fmt: skip
    rows = [
        [measure, *[f"{paths[on]['lengths'][measure]:.2f} ± {paths[on]['errors'][measure]:.2f}" for on in
         ("line", "sphere")], " to ".join(f"{bound:.2f}" for bound in bounds)]
        for measure, bounds in paths["line_to_sphere"].items()
    ]  # fmt: skip
    middles = " and ".join(f"{_percent(paths[on]['sure_in_the_middle'])} % of {on}s'" for on in ("line", "sphere"))
    parts += [
        f"Paths between two codes: perceptual path lengths of {s['paths']:,} paths, the same pairs for both, with "
        f"bootstrap errors. The classifier is 90 % sure of {middles} middles, and of "
        f"{_percent(paths['sure_at_the_ends'])} % of their ends.",
        table(["distance by", "line", "sphere", "line / sphere, 95 % between"], rows),
        made_by(found["environment"], found["seconds"]),
    ]
    return "\n\n".join(parts)


def _directions(ways: dict[str, Any]) -> list[list[str]]:
    """A row for each class, and their mean."""
    names = ("reached", "surely", "random")
    rows = [
        [str(k), _percent(share), *[text for found in ways["reached"].values()
         for text in (f"{found[k]['step']:.0f}", *[_percent(found[k][name]) for name in names])]]
        for k, share in enumerate(ways["chance"])
    ]  # fmt: skip
    means = [
        text
        for found in ways["reached"].values()
        for text in ("", *[_percent(statistics.mean(row[name] for row in found)) for name in names])
    ]
    return [*rows, ["mean", _percent(statistics.mean(ways["chance"])), *means]]


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"
