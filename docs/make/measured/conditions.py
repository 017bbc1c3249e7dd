"""Ways to tell a GAN the class beside each other: a section of docs/systems/conditional.md."""

import statistics
from typing import Any

from tables import RESULTS, joined, load, made_by, percent, plot, table

NAME = "conditions.json"


def conditions() -> str:
    """A row for each way; nothing where nothing is measured."""
    if not (RESULTS / NAME).exists():
        return ""
    found = load(NAME)
    real = found["real"]
    rows = [_row(way, each) for way, each in found["found"].items()]
    rows.append(["real images", 1, percent(real["accuracy"]), "", "1.000", "", percent(real["score"])])
    head = [
        "what is told the class", "seeds", "of their class, %", "worst seed", "diversity within a class",
        "least diverse class", "classifier accuracy score, %",
    ]  # fmt: skip
    words = (
        f"Ways to tell the class at equal nets (width {found['width']}), data ({found['dataset']}) and rounds "
        f"({found['rounds']:,} of 64 images): means over seeds. Of their class are those images of which a classifier "
        "of real images says the class that was asked for. Diversity within a class is 1 - SSIM of two drawn images of "
        "it, divided by that of two real ones: below 1 a class has collapsed, and bad images are diverse too. The "
        "classifier accuracy score (Ravuri & Vinyals 2019) is the accuracy on real test images of a classifier that "
        f"learned from 20,000 drawn ones alone, for {found['learner']} rounds; of the first seed."
    )
    return joined("### Ways to tell the class", words, table(head, rows), made_by(found["environment"]), plot(NAME))


def _row(way: str, each: list[dict[str, Any]]) -> list[Any]:
    accuracies = [one["accuracy"] for one in each]
    scores = [one["score"] for one in each if "score" in one]
    return [
        way,
        len(each),
        percent(statistics.mean(accuracies)),
        percent(min(accuracies)),
        f"{statistics.mean(one['diversity'] for one in each):.3f}",
        f"{min(min(one['diversity_by_class']) for one in each):.3f}",
        percent(statistics.mean(scores)) if scores else "",
    ]
