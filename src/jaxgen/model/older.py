"""What runs of earlier versions can do, whose configs say "sampler" and "nets" instead of "abilities".

All here are descriptions, JSON in and JSON out: what they may name is for `abilities.codec` to say.
"""

from collections.abc import Mapping, Sequence
from typing import Any

# What a description of a sampler has become.
DRAWING = {
    "latent": "Draw",
    "ancestral": "DrawByPixels",
    "langevin": "DrawByChains",
    "pixelvae": "DrawByCodeAndPixels",
}
# Of objectives: D's scores have no zero, or another one than 0.
ZERO = {
    **dict.fromkeys(("wgan", "wgan_gp", "relativistic", "r3gan", "softmax")),
    "lsgan": 0.5,
    "kl": 1.0,
}
GAUSSIAN = ("vae.Encoder", "vae.ConvEncoder")  # encoders that give a mean and a variance
LIKELY = ("vae.Decoder", "vae.ConvDecoder")  # decoders that tell a likelihood
TOLD_NOISE = ("semi_supervised.Discriminator",)  # a D that is asked in a way of its own


def abilities(config: Mapping[str, Any]) -> list[Any]:
    """The descriptions of what a run can do, of its config."""
    sampler = config.get("sampler")
    nets = told if isinstance(told := config.get("nets"), dict) else {}
    found = [_drawing(sampler)] if sampler else []
    found += _densities(sampler if isinstance(sampler, dict) else {}, nets, config["settings"])
    found += [{"ability": "Encode", "net": "E", "module": nets["E"]}] if "E" in nets else []
    found += [{"ability": "Classify", "net": "C", "module": nets["C"]}] if "C" in nets else []
    if "D" in nets and _name(nets["D"]) not in TOLD_NOISE:
        zero = ZERO.get(str(config["settings"].get("objective")), 0.0)
        found.append({"ability": "Judge", "net": "D", "module": nets["D"], "zero": zero})
    return found


def lines(config: Mapping[str, Any], found: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """A run's lines without D's accuracies, which older versions counted also where scores have no zero."""
    if ZERO.get(str(config["settings"].get("objective")), 0.0) is not None:
        return list(found)
    return [{name: value for name, value in line.items() if not name.startswith("D/accuracy")} for line in found]


def sampler(described: Mapping[str, Any]) -> dict[str, Any]:
    """A drawing ability's description in the words of then."""
    kind = next(old for old, new in DRAWING.items() if new == described["ability"])
    return {"sampler": kind} | {name: value for name, value in described.items() if name != "ability"}


def _drawing(sampler: Any) -> Any:
    if not isinstance(sampler, dict):
        return sampler
    rest = {name: value for name, value in sampler.items() if name != "sampler"}
    return {"ability": DRAWING.get(str(sampler.get("sampler"))), **rest}


def _densities(sampler: Mapping[str, Any], nets: Mapping[str, Any], settings: Mapping[str, Any]) -> list[Any]:
    module, kind = sampler.get("module"), sampler.get("sampler")
    if kind == "ancestral":
        names = ("module", "size", "channels", "pixels", "classes", "net")
        return [{"ability": "DensityByPixels"} | {name: sampler[name] for name in names if name in sampler}]
    if _name(nets.get("E")) not in GAUSSIAN or not isinstance(module, dict):
        return []
    both = {"ability": "DensityByCodes", "encoder": nets["E"], "net": sampler.get("net")}
    if kind == "pixelvae":
        of = {"size": module.get("size"), "channels": sampler.get("channels"), "likelihood": sampler.get("pixels")}
        return [{**both, "decoder": module, **of, "autoregressive": True}]
    if kind == "latent" and _name(module) in LIKELY:
        of = {name: module.get(name) for name in ("size", "channels", "likelihood")}
        deviation = settings.get("deviation")
        return [{**both, "decoder": {**module, "raw": True}, **of, "deviation": deviation}]
    return []


def _name(net: Any) -> Any:
    return net.get("net") if isinstance(net, dict) else None
