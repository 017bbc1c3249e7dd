"""Do moves in a GAN's latent space mean what they are said to mean?"""

import statistics
from typing import Any

from tables import RESULTS, load, made_by, percent, picture, table


def latent_meaning() -> str:
    found = load("latent_meaning.json")
    s, sums, ways, paths = (found[name] for name in ("settings", "arithmetic", "directions", "paths"))
    rows = [
        [
            r["examples"],
            *[percent(r[name]) for name in ("of_a_mean", "intended", "random", "chance", "mean_of_target")],
        ]
        for r in sums
    ]
    head = "examples n|mean of s moved|code of s moved|random move of that length|share of t in samples|mean of t alone"
    parts = [
        "## What moves in latent space mean",
        f"A DCGAN on {found['dataset']} ({found['rounds']['run']:,} rounds), judged by a classifier, which is at least "
        f"90 % sure of {percent(found['sure'])} % of its samples. Arithmetic: mean of n codes of class t - mean of n "
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
        picture(RESULTS / "latent_meaning.png", "shares by step, and a code moved to each class"),
    ]  # fmt: skip
    rows = [
        [measure, *[f"{paths[on]['lengths'][measure]:.2f} ± {paths[on]['errors'][measure]:.2f}" for on in
         ("line", "sphere")], " to ".join(f"{bound:.2f}" for bound in bounds)]
        for measure, bounds in paths["line_to_sphere"].items()
    ]  # fmt: skip
    middles = " and ".join(f"{percent(paths[on]['sure_in_the_middle'])} % of {on}s'" for on in ("line", "sphere"))
    parts += [
        f"Paths between two codes: perceptual path lengths of {s['paths']:,} paths, the same pairs for both, with "
        f"bootstrap errors. The classifier is 90 % sure of {middles} middles, and of "
        f"{percent(paths['sure_at_the_ends'])} % of their ends.",
        table(["distance by", "line", "sphere", "line / sphere, 95 % between"], rows),
        made_by(found["environment"], found["seconds"]),
    ]
    return "\n\n".join(parts)


def _directions(ways: dict[str, Any]) -> list[list[str]]:
    """A row for each class, and their mean."""
    names = ("reached", "surely", "random")
    rows = [
        [str(k), percent(share), *[text for found in ways["reached"].values()
         for text in (f"{found[k]['step']:.0f}", *[percent(found[k][name]) for name in names])]]
        for k, share in enumerate(ways["chance"])
    ]  # fmt: skip
    means = [
        text
        for found in ways["reached"].values()
        for text in ("", *[percent(statistics.mean(row[name] for row in found)) for name in names])
    ]
    return [*rows, ["mean", percent(statistics.mean(ways["chance"])), *means]]
