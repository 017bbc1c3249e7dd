"""docs/diagnostics.md: how often a run is right about its own health."""

from tables import RESULTS, joined, load, made_by, picture, table


def page() -> str:
    found = load("diagnostics.json")
    kinds = ("healthy", "collapse", "failure")
    parts = [
        "# Diagnostics: failure modes, caused and recognised",
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
        picture(RESULTS / "failure_modes.png", "failure modes"),
        made_by(found["environment"], found["seconds_of_runs"]),
    ]
    return joined(*parts)
