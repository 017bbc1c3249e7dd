"""docs/metrics.md: metrics beside their references, and along ladders of corruptions."""

from tables import RESULTS, joined, load, made_by, picture, table


def page() -> str:
    return joined(
        "# Metrics, checked",
        "How scores are computed, and what to call them: [using jaxgen](using.md#scores-to-be-quoted).",
        parity_section(),
        corruptions_section(),
    )


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
            picture(path.with_suffix(".png"), found["dataset"]),
            made_by(found["environment"], found["seconds"]),
        ]
    return "\n\n".join(parts)
