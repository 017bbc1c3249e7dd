"""Inpainting: completions beside those that need no model, optimisers of z, and speed."""

from tables import RESULTS, load, made_by, picture, table


def _figure(row: dict, name: str, digits: int) -> str:
    return f"{row[name]['mean']:.{digits}f} ± {row[name]['deviation']:.{digits}f}"


def inpainting_figures() -> list[str]:
    """From inpainting-NAME/inpainting.json, which experiments/search/inpaint.py wrote, and the pictures beside it."""
    folders = sorted(path.parent for path in RESULTS.glob("inpainting-*/inpainting.json"))
    parts = [
        "By gradient descent on z, images that the model never saw. L1 (of 1) and PSNR are of missing pixels alone, "
        "SSIM and LPIPS (AlexNet's, of images large enough) of the whole image with its known pixels in place; mean ± "
        "deviation over the images. Nobody can know what was there: a plausible completion with other eyes or strokes "
        "than the true image's scores worse than a blur, which is what the mean and the biharmonic surface are. A "
        "nearest training image whose PSNR differs by many decibels from image to image means that the test images "
        "have copies among the training images: a copy counts 100 dB. An autoregressive model draws each missing pixel "
        "given those before it, rows from the top, and does not see the known ones after it. Pictures of faces are not "
        "shown. Looked at, those of anime faces pass but for smeared or unlike eyes in some, and those of Olivetti, by "
        "a net of 200 images, are blotches with a grid, behind a nearest image that is often of the same person. "
        "Their data may not be passed on: the command draws them.",
    ]
    for folder in folders:
        found = load(f"{folder.name}/inpainting.json")
        rows = [
            [
                row["mask"], row["by"], _figure(row, "l1", 3), _figure(row, "psnr", 2), _figure(row, "ssim", 3),
                _figure(row, "lpips", 3) if "lpips" in row else "",
                f"{row['images_per_second']:.1f}" if row["by"] == "model" else "",
            ]
            for row in found["rows"]
        ]  # fmt: skip
        seconds = sum(row["seconds"] for row in found["rows"] if row["by"] == "model")
        search = found["search"]
        parts += [
            f"### {folder.name.removeprefix('inpainting-')}, {found['images']} images",
            f"{search['restarts']} searches of {search['steps']} steps for each, of which the cheapest counts.",
            table(["missing", "completed by", "L1", "PSNR, dB", "SSIM", "LPIPS", "images a second"], rows),
            *[picture(path) for path in sorted(folder.glob("*.png"))],
            made_by(found, seconds),
        ]
    return [*parts, *optimisers(), *speed()]


def optimisers() -> list[str]:
    """From search-optimisers/NAME.json: what experiments/search/inpaint.py wrote with --optimiser NAME for one run."""
    files = sorted((RESULTS / "search-optimisers").glob("*.json"))
    found = {path.stem: load(f"search-optimisers/{path.name}") for path in files}
    rows = [
        [
            name,
            row["mask"],
            _figure(row, "loss", 1),
            _figure(row, "l1", 3),
            _figure(row, "psnr", 2),
            f"{row['seconds']:.0f}",
        ]
        for name, one in found.items()
        for row in one["rows"]
        if row["by"] == "model"
    ]
    one = next(iter(found.values()))
    words = (
        f"The same run and {one['images']} images, the same starts, {one['search']['restarts']} searches of "
        f"{one['search']['steps']} steps for each. The loss is what is minimised, of the best code seen; a step of "
        "L-BFGS asks for the loss up to ten times, one of Hamiltonian Monte Carlo six times. Those and Langevin's are "
        "chains, which draw codes at a temperature of 1 instead of minimising. Seconds are with compiling."
    )
    head = ["optimiser", "missing", "loss", "L1", "PSNR, dB", "s"]
    return ["### Optimisers of z", words, table(head, rows), *[made_by(one) for one in found.values()]]


def speed() -> list[str]:
    """From inpainting-speed-NAME.json, which benchmarks/speed/inpainting.py wrote."""
    files = sorted(RESULTS.glob("inpainting-speed-*.json"))
    parts = [
        "### Speed of a search",
        "All images at once, in one compiled program, beside one image at a time in a Python loop over a jitted step; "
        "the aim was 20 times its speed. The peak is this machine's for a large product of matrices. The codes that "
        "the two find differ by rounding, of which the loss' kinks make more at every step.",
    ]
    for path in files:
        found = load(path.name)
        facts = {
            "images": found["images"],
            "steps": found["steps"],
            "images a second": f"{found['images_per_second']:.0f}",
            "with compiling": f"{found['images_per_second_with_compiling']:.0f}",
            "in a loop": f"{found['loop_images_per_second']:.1f}",
            "ratio": f"{found['ratio']:.1f}",
            "ratio at the peak": f"{found['ratio_at_peak']:.1f}",
            "shares of it": f"{100 * found['share_of_peak']:.0f} %, {100 * found['loop_share_of_peak']:.1f} %",
            "codes differ after": ", ".join(f"{n}: {apart:.1g}" for n, apart in found["difference_after"].items())
            + f", all: {found['difference']:.1g}",
        }
        parts += [f"{found['experiment']}:", table(list(facts), [list(facts.values())]), made_by(found)]
    return parts
