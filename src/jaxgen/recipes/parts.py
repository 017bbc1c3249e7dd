"""The blocks that recipes are made of: nets applied within an objective, players by what they play, first weights.

    def play(cast, batch, turn):                      # all that a recipe writes for a player
        fake = cast("G", latents.normal(turn.keys, 100))
        return {"adversarial": (1.0, loss(cast("D", fake)))}, {"score_fake": ...}

Terms are name -> (weight, one value per example [B]), watched values name -> [B], as `jaxgen.game.total` takes them.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax import Array

from jaxgen import parallel
from jaxgen.game import Aux, ByNet, Net, Player, Turn, total
from jaxgen.pixels import floats as floats  # the usual `prepare`

Terms = dict[str, tuple[float | Array, Array]]
Watched = dict[str, Array]


class Cast:
    """A game's nets with their parameters and stats. Applying one in training replaces its stats, in call order.

    What has stats without being a net (a control variable, a buffer) is read and replaced in `cast.stats`.
    """

    def __init__(self, nets: Mapping[str, Net], params: ByNet, stats: ByNet):
        self.nets, self.params, self.stats = nets, dict(params), dict(stats)

    def __call__(self, name: str, *xs: Any, train: bool = True) -> Any:
        """What a net gives of its inputs; by running statistics, which stay, where not `train`."""
        out, stats = self.nets[name].apply(self.params[name], self.stats[name], *xs, train=train)
        if train:
            self.stats[name] = stats
        return out


type Tx = optax.GradientTransformation
Play = Callable[[Cast, Any, Turn], tuple[Terms, Watched]]
Further = Mapping[str, tuple[float, Callable[[Cast, Any, Array], Array]]]  # name -> (weight, cast, batch, fake -> [B])
NONE: Further = MappingProxyType({})


def player(nets: Mapping[str, Net], owns: tuple[str, ...], tx: Tx, play: Play, turns: int = 1) -> Player:
    """A player by what it plays: (cast, batch, turn) -> terms, watched. Stats of the nets that it owns are kept."""

    def objective(params: ByNet, stats: ByNet, batch: Any, turn: Turn) -> tuple[Array, Aux]:
        cast = Cast(nets, params, stats)
        terms, watched = play(cast, batch, turn)
        return total({net: cast.stats[net] for net in owns}, watched, **terms)

    return Player(owns, objective, tx, turns)


def kept(init: Callable) -> Net:
    """What has stats and no parameters, and is never applied: key, inputs -> stats."""
    return Net(lambda key, *xs: ({}, init(key, *xs)), lambda *_, **__: None)


def begin(
    nets: Mapping[str, Net], *, keys: Callable[[Array], Any] | None = None, **inputs: Callable[[Cast, Any], tuple]
) -> Callable:
    """`Game.init` by what each net is first given.

    Args:
      nets: in the order in which they are made.
      keys: key -> one for each net: by default the key's split, of a single net the key itself.
      **inputs: net -> (cast, batch) -> its inputs. The cast holds the nets that are made already, so that a decoder can
        be given what its encoder gives: `(cast("E", batch["image"], train=False),)`.
    """

    def init(key: Array, batch: Any) -> tuple[ByNet, ByNet]:
        made = Cast(nets, {}, {})
        split = keys(key) if keys else jax.random.split(key, len(nets)) if len(nets) > 1 else (key,)
        for (name, net), own in zip(nets.items(), split):
            made.params[name], made.stats[name] = net.init(own, *inputs[name](made, batch))
        return made.params, made.stats

    return init


def seen(cast: Cast, batch: Any) -> tuple:
    """What most nets are first given, for `begin`: images."""
    return (batch["image"],)


def given(name: str) -> Callable[[Cast, Any], tuple]:
    """And what those are given that see another field of a batch."""
    return lambda cast, batch: (batch[name],)


def coded(cast: Cast, batch: Any) -> tuple:
    """And what those are given that see codes of the encoder E."""
    return (cast("E", batch["image"], train=False),)


def listening(cast: Cast, *beside: Any) -> tuple[Callable[..., Array], list[Any]]:
    """The scores of a D that says something else too, as an adversary asks for them, and a list of what else it has
    said: of the examples that it was asked of, in that order. What it says for a penalty, at other places, is left out.

    Args:
      cast: with D, which gives scores and what else it says.
      *beside: what D is given after the examples.
    """
    said: list[Any] = []

    def score(x: Array, train: bool = True) -> Array:
        scores, more = cast("D", x, *beside, train=train)
        if train:
            said.append(more)
        return scores

    return score, said


def before(x: Array) -> Array:
    """Each example's predecessor's, around the global batch: the same on any number of devices."""
    everyone = parallel.gather(x)
    return everyone[(parallel.first(len(x)) + jnp.arange(len(x)) - 1) % len(everyone)]


def further(terms: Further, cast: Cast, batch: Any, fake: Array) -> Terms:
    """A caller's own terms of a player, beside those of its recipe."""
    return {name: (weight, term(cast, batch, fake)) for name, (weight, term) in terms.items()}


def averages(decay: float, *nets: str) -> dict[str, float]:
    """`Game.ema` of some nets; a decay of 0 is no averaging."""
    return dict.fromkeys(nets, decay) if decay else {}


def as_is(batch: Any, keys: Array) -> Any:
    """A `Game.prepare` that does nothing: for what is float already."""
    return batch


def per_example(values: Array) -> Array:
    """Values [B, ...] -> their means by example, [B]."""
    return values if values.ndim == 1 else values.reshape(len(values), -1).mean(1)


def l1(x: Array, there: Array) -> Array:
    """The mean distance |x - there| of an example's numbers, [B]."""
    return per_example(jnp.abs(x - there))
