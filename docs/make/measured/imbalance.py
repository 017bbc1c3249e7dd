"""What a rare class gains by images that are drawn: a section of docs/systems/conditional.md."""

from typing import Any

from tables import RESULTS, joined, load, made_by, percent, plot, table

NAME = "imbalance.json"


def imbalance() -> str:
    """A table for each share that a class was cut to; nothing where nothing is measured."""
    if not (RESULTS / NAME).exists():
        return ""
    found = load(NAME)
    settings = found["settings"]
    steps = ", ".join(f"{settings[f'lr_{net}']:g} of {net.upper()}" for net in "gd" if settings.get(f"lr_{net}"))
    words = (
        f"A class of {settings['dataset']} ({settings['size']} pixels) is cut to a share of its images, and "
        f"completed to the size of the largest in several ways: GANs of {settings['rounds']:,} rounds of 64 images "
        f"and width {settings['width']} (step sizes: {steps or 'of the objective'}), copies (over-sampling), and "
        "images between near ones (SMOTE, of imbalanced-learn). Recall is of the class, on the whole test split, by a "
        f"classifier that learned from the completed set, for {settings['classifier_rounds']} rounds. Alike is the "
        "mean SSIM of two different images of the class: of those that were added, and in the first row of real test "
        "images. Right are those of the added images that a classifier of all real training images takes for the "
        "class. Each seed cuts another class: "
        f"{', '.join(dict.fromkeys(str(cell['class']) for cell in found['cells']))}."
    )
    head = ["share kept", "completed by", "seeds", "recall, %", "its deviation", "accuracy, %", "alike", "right, %"]
    return joined(
        "### A rare class",
        words,
        table(head, map(_row, found["rows"])),
        made_by(found["environment"], found["seconds"]),
        plot(NAME),
    )


def _row(row: dict[str, Any]) -> list[Any]:
    def of_hundred(name: str) -> str:
        known = name in row and not (name == "recall_std" and row["seeds"] == 1)
        return percent(row[name]) if known else ""

    return [
        f"{100 * row['share']:g} %", row["way"], row.get("seeds", ""), of_hundred("recall"), of_hundred("recall_std"),
        of_hundred("accuracy"), f"{row['alike']:.2f}" if "alike" in row else "", of_hundred("of_class"),
    ]  # fmt: skip
