"""Our rounds beside PyTorch's."""

from tables import RESULTS, device, joined, load, made_by, table

# PyTorch's best / ours, to reach on two CPU cores.
TARGETS = {"mlp": 2.2, "dcgan-32": 1.2, "dcgan-64": 1.2, "vae": 2.5, "wgan-gp-32": 1.2, "inpainting-32": 3}
TARGETS |= {"pixelcnnpp-32": 1.2, "sngan-32": 1.2}


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
    return joined("## Beside PyTorch", words, table(head, rows), commands)
