"""CycleGAN, Zhu et al. 2017 (arXiv:1703.10593): two sets of images that nobody paired, each drawn from the other."""

from collections.abc import Callable
from functools import partial

import jax

from jaxgen.game import Game, Net
from jaxgen.recipes.adversary import Adversary
from jaxgen.recipes.parts import Terms, Tx, Watched, averages, begin, floats, given, kept, l1, player
from jaxgen.recipes.translation import history


def cyclegan(
    G: Net, F: Net, D_a: Net, D_b: Net, adversary: Adversary, *, G_tx: Tx, D_tx: Tx, adversarial: float = 1.0,
    forward: float = 10.0, backward: float = 10.0, identity: float = 5.0, pool: int = 50, D_turns: int = 1,
    ema: float = 0.0, prepare: Callable = floats,
) -> Game:  # fmt: skip
    """Eq. 3: two GANs, and images that come back: F(G(a)) is a, G(F(b)) is b (eq. 2, L1).

    Readings: where the paper and its code halve D's loss, this is the adversary's; least squares have the half in them,
    on G's side too, where the paper has none: `adversarial` of 2 is the paper's there. The identity loss, which the
    paper has for paintings alone (section 5.2, half of the cycles' weight), is in the code always. Each turn draws its
    fakes anew, and D plays first; in the code G's step comes first and D sees the fakes of before it.

    Args:
      G, F: images a in [-1, 1] -> images b in [-1, 1], and b -> a.
      D_a, D_b: images a, or images b -> scores [B, ...].
      adversary: what D_a and D_b, and G and F, minimise; sums over both.
      G_tx, D_tx: of G and F, and of D_a and D_b.
      adversarial: weight of G's and F's adversarial terms; 0 leaves the cycles alone.
      forward, backward: weights of the cycles a -> b -> a and b -> a -> b; 0 is without.
      identity: weight of the L1 distances of G(b) to b and of F(a) to a; 0 is without, as a and b of different numbers
        of channels need it.
      pool: fakes that are kept for each D (`history`); 0 shows it those of now.
      D_turns: D's steps before each step of G.
      ema: decay, a round, of the moving averages of G's and F's parameters; 0 is no averaging.
      prepare: batch, keys [B] -> batch, on the device.

    Returns:
      The game. Its batches hold "a" and "b", uint8 [B, H, W, C], which have nothing to do with each other.
    """
    nets = {"G": G, "F": F, "D_a": D_a, "D_b": D_b}
    pools = {name: kept(lambda key, x: history.empty(x, pool)) for name in ("pool_a", "pool_b") if pool}

    def discriminate(cast, batch, turn):
        found = []
        for i, (set_, fake) in enumerate((("a", cast("F", batch["b"])), ("b", cast("G", batch["a"])))):
            keys, name = jax.vmap(partial(jax.random.fold_in, data=i))(turn.keys), f"pool_{set_}"
            if pool:
                fake, cast.stats[name] = history.shown(cast.stats[name], fake, keys)
            found.append(adversary.judge(partial(cast, f"D_{set_}"), batch[set_], fake, keys))
        return _sum(*(terms for terms, _ in found)), _mean(*(watched for _, watched in found))

    def generate(cast, batch, turn):
        a, b = batch["a"], batch["b"]
        fake_b, fake_a = cast("G", a), cast("F", b)
        of_a, of_b = adversary.fool(partial(cast, "D_a"), fake_a, a), adversary.fool(partial(cast, "D_b"), fake_b, b)
        terms = {"adversarial": (adversarial, _sum(of_a, of_b)["adversarial"][1])}
        terms["forward"] = forward, l1(cast("F", fake_b), a)
        terms["backward"] = backward, l1(cast("G", fake_a), b)
        if identity:
            terms["identity"] = identity, l1(cast("G", b), b) + l1(cast("F", a), a)
        return terms, {}

    first = begin(nets | pools, **{name: given(seen) for name, seen in zip(("G", "F", "D_a", "D_b", *pools), "ababab")})
    players = {
        "D": player(nets, ("D_a", "D_b", *pools), D_tx, discriminate, D_turns),
        "G": player(nets, ("G", "F"), G_tx, generate),
    }
    return Game(first, players, ema=averages(ema, "G", "F"), prepare=prepare, per_example=frozenset(pools))


def _sum(a: Terms, b: Terms) -> Terms:
    return {name: (weight, values + b[name][1]) for name, (weight, values) in a.items()}


def _mean(a: Watched, b: Watched) -> Watched:
    """Of what is watched of both D, so that it has the names that it has of one."""
    return {name: (values.astype(float) + b[name].astype(float)) / 2 for name, values in a.items()}
