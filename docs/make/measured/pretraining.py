"""What an autoencoder's encoder is good for, where labels are few."""

from tables import joined, load, made_by, spread, table


def pretraining() -> str:
    found = load("pretraining.json")
    s = found["settings"]
    percent = {
        (r["labels"], r["weights"], r["trained"]): {k: 100 * v for k, v in r["accuracy"].items()} for r in found["rows"]
    }
    ways = [(weights, way) for way in ("linear probe", "fine-tuned") for weights in ("random", "pre-trained")]
    rows = [
        [count, *[spread(percent[count, weights, way], 1) for weights, way in ways]]
        for count in sorted({count for count, _, _ in percent})
    ]
    words = (
        f"Accuracy on the whole test split of {s['dataset']}, in percent, mean and deviation of {s['seeds']} seeds, "
        "each with weights and labels of its own. Pre-trained: the encoder of a dense denoising autoencoder "
        f"({100 * s['masked']:.0f} % masking noise, {s['rounds']:,} rounds of 128 images, no labels). Random: the same "
        f"encoder as it begins. {s['classifier_rounds']} rounds of 100 labelled images for all, one setting, no early "
        "stopping."
    )
    head = ["labels", *[f"{weights}, {way}" for weights, way in ways]]
    made = made_by(found["environment"], found["seconds"])
    return joined("## Pre-training by an autoencoder", words, table(head, rows), made)
