"""Editing on the manifold: what edits came to."""

import statistics

from tables import RESULTS, joined, load, made_by, picture, table


def editing_figures() -> str:
    """What edits of images that the model has not seen came to, from docs/results/editing."""
    found = load("editing/edits.json")
    rows = []
    for editor, edit in dict.fromkeys((one["editor"], one["edit"]) for one in found["edits"]):
        ones = [one for one in found["edits"] if (one["editor"], one["edit"]) == (editor, edit)]
        moved = statistics.mean(one["moved"] / one["length_of_z0"] for one in ones)
        for name in ones[0]["before"]:
            means = [statistics.mean(one[when][name] for one in ones) for when in ("before", "after", "on_image")]
            rows.append([editor, edit, name, *[f"{mean:.3f}" for mean in means], f"{moved:.2f}"])
    head = ["editor", "edit", "constraint", "G(z0)", "G(z)", "on the image", "length of z - z0 / z0"]
    model = found["model"]
    words = (
        f"Scripted strokes on {1 + max(one['image'] for one in found['edits'])} faces that were not trained on, "
        f"32 pixels a side, with a small model: {model['experiment']}, {model['settings']['rounds']:,} rounds on "
        f"{model['images']:,} images. Mean squared differences from what was asked, over what is marked. Blue hair "
        "works. Strokes on the eyes ask for what the model has hardly seen, and faces break; sketched edges move "
        "little. Each row: what was asked, and the path from the generator's image to the edited one (real images are "
        "left out: the data may not be passed on)."
    )
    shown = [picture(path) for path in sorted((RESULTS / "editing").glob("*.png"))]
    return joined(words, table(head, rows), *shown, made_by(found["environment"]))
