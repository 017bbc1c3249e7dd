"""Ways to tell a GAN the class beside each other: a section of docs/systems/conditional.md."""

import statistics
from typing import Any

from tables import RESULTS, joined, load, made_by, percent, plot, table

NAMES = ("conditions.json", "conditions-cifar10.json")


def conditions() -> str:
    """A table for each data set that was measured."""
    return joined(*(_table(name) for name in NAMES if (RESULTS / name).exists()))


def _table(name: str) -> str:
    """A row for each way."""
    found = load(name)
    real = found["real"]
    rows = [_row(way, each) for way, each in found["found"].items()]
    rows.append(["real images", 1, percent(real["accuracy"]), "", "1.000", "", percent(real["score"])])
    head = [
        "what is told the class", "seeds", "of their class, %", "worst seed", "diversity within a class",
        "least diverse class", "classifier accuracy score, %",
    ]  # fmt: skip
    steps = ", ".join(f"{found[f'lr_{net}']:g} of {net.upper()}" for net in "gd" if found[f"lr_{net}"])
    words = (
        f"Equal nets (width {found['width']}), step sizes ({steps or 'of the objective'}) and rounds "
        f"({found['rounds']:,} of 64 images); means over seeds. Of their class are those images of which a classifier "
        "of real images says the class that was asked for. Diversity within a class is 1 - SSIM of two drawn images "
        "of it, divided by that of two real ones: below 1 a class has collapsed, and bad images are diverse too. The "
        "classifier accuracy score (Ravuri & Vinyals 2019) is the accuracy on real test images of a classifier that "
        f"learned from 20,000 drawn ones alone, for {found['learner']} rounds; of the first seed."
    )
    title = f"### Ways to tell the class: {found['dataset']}"
    return joined(title, words, table(head, rows), made_by(found["environment"]), plot(name))


def _row(way: str, each: list[dict[str, Any]]) -> list[Any]:
    accuracies = [one["accuracy"] for one in each]
    least, of = min((value, k) for one in each for k, value in enumerate(one["diversity_by_class"]))
    scores = [one["score"] for one in each if "score" in one]
    return [
        way,
        len(each),
        percent(statistics.mean(accuracies)),
        percent(min(accuracies)),
        f"{statistics.mean(one['diversity'] for one in each):.3f}",
        f"{least:.3f} (number {of})",
        percent(statistics.mean(scores)) if scores else "",
    ]
