"""Sampling pixel by pixel, with a cache and without."""

from tables import RESULTS, device, joined, load, table, today

PRECISIONS = {"default": ", default precision", "highest": ", full float32"}  # of JSON that says it


def sampling_section() -> str:
    found = [load(path.name) for path in sorted(RESULTS.glob("sampling-*.json"))]
    rows = [
        [r["model"], device(r["environment"]) + PRECISIONS.get(r.get("matmul_precision", ""), ""),
         f"{r['filters']} / {r['depth']}", f"{r['size']}x{r['size']}x3", r["batch"], f"{r['naive_s']:,}",
         r["cached_s"], f"{r['ratio']:,.0f}", "yes" if r["equal"] else "no", f"{r['cache_bytes'] / 1e6:.1f}",
         f"`{today(r['environment']['command'])}`"]
        for r in sorted(found, key=lambda r: (r["model"], r["size"], r["filters"], device(r["environment"])))
    ]  # fmt: skip
    head = "model|on|filters / depth|images|at once|naive, s|cached, s|ratio|equal|cache, MB|by".split("|")
    environment = next(r["environment"] for r in found if " cores, " in device(r["environment"]))
    words = (
        "Both sides compiled, from the same weights and keys. Naive sampling is timed on its first pixels, each of "
        f"which costs the same, and scaled up. Cores: {environment['processor']}, "
        f"jax {environment['packages']['jax']}, {environment['time'][:10]}. On a GPU products are TF32 by default, "
        "which rounds too much for samples to be the same, or full float32; there whole images cost naive sampling "
        "little, and a cached pixel is a chain of many small operations that wait for each other."
    )
    published = "Published: 183 times the naive speed, for PixelCNN++ (Ramachandran et al. 2017)."
    return joined("## Sampling pixel by pixel", words, table(head, rows), published)
