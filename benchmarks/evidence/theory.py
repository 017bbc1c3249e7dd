"""What Goodfellow et al. 2014 prove of D, seen in a D that is trained: its optimum is p / (p + q), and its cost there
tells the Jensen-Shannon divergence.

    python benchmarks/evidence/theory.py                 # writes docs/results/theory.json, ends in one line of JSON

p is a mixture of three Gaussians on a line, q one wide Gaussian in G's place. Both densities are known, so D's optimum
and both sides of C = -log 4 + 2 JSD are exact up to quadrature.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import tyro
from jax import lax

from jaxgen.data.points import Mixture, mixture1d
from jaxgen.losses import adversarial
from jaxgen.nets import mlp, net
from jaxgen.store.environment import environment
from jaxgen.store.folder import write_json


@dataclass(frozen=True)
class Config:
    # Adam steps of D.
    steps: int = 5000
    # Real points, and as many fakes, a step.
    batch: int = 4096
    # Of D and of the points.
    seed: int = 0
    # Where the figures go.
    out: Path = Path(__file__).resolve().parents[2] / "docs" / "results" / "theory.json"


def trained(p: Mixture, q: Mixture, config: Config):
    """D's score as a function of points [M, 1]."""
    D = net(mlp.Discriminator((128, 128, 128)))
    key = jax.random.key(config.seed)
    params, stats = D.init(key, jnp.zeros((1, 1)))
    tx = optax.adam(optax.cosine_decay_schedule(2e-3, config.steps))

    def draw(key, mixture):
        k_mode, k_noise = jax.random.split(key)
        modes = jax.random.randint(k_mode, (config.batch,), 0, len(mixture.means))
        noise = jax.random.normal(k_noise, (config.batch, 1))
        return jnp.asarray(mixture.means, jnp.float32)[modes] + mixture.std * noise

    def step(state, key):
        k_real, k_fake = jax.random.split(key)
        real, fake = draw(k_real, p), draw(k_fake, q)

        def loss(params):
            scores = [D.apply(params, stats, x, train=True)[0] for x in (real, fake)]
            return jnp.mean(adversarial.discriminator(*scores))

        params, opt = state
        updates, opt = tx.update(jax.grad(loss)(params), opt, params)
        return (optax.apply_updates(params, updates), opt), None

    run = jax.jit(lambda state: lax.scan(step, state, jax.random.split(key, config.steps))[0])
    params, _ = run((params, tx.init(params)))
    return lambda x: np.asarray(D.apply(params, stats, jnp.asarray(x, jnp.float32), train=False)[0], np.float64)


def main(config: Config) -> None:
    """Train a D to its optimum and compare it with the theory."""
    began = time.perf_counter()
    p, q = mixture1d(), Mixture("wide", np.zeros((1, 1)), 2.0)
    x = np.linspace(-10, 10, 20_001)[:, None]
    width = x[1, 0] - x[0, 0]
    density_p, density_q = np.exp(p.log_density(x)), np.exp(q.log_density(x))
    best = density_p / (density_p + density_q)
    scores = trained(p, q, config)(x)
    d = 1 / (1 + np.exp(-scores))
    mean = (density_p + density_q) / 2
    seen = mean > 0.05 * mean.max()  # where points are drawn often enough to be learnt from
    jsd = sum(0.5 * (r * np.log(np.where(r > 0, r, 1) / mean)).sum() * width for r in (density_p, density_q))
    cost = -((density_p * np.logaddexp(0, -scores)) + density_q * np.logaddexp(0, scores)).sum() * width
    told = {
        "largest_error_of_D": float(np.abs(d - best)[seen].max()),
        "mean_error_of_D": float((np.abs(d - best) * mean).sum() * width),
        "cost": float(cost),
        "theory": float(-np.log(4) + 2 * jsd),
        "relative_error_of_cost": float(abs(cost - (-np.log(4) + 2 * jsd)) / abs(-np.log(4) + 2 * jsd)),
        "jsd": float(jsd),
        "steps": config.steps,
        "batch": config.batch,
        "seed": config.seed,
    }
    write_json(config.out, {**told, "seconds": time.perf_counter() - began, "environment": environment()})
    print(json.dumps(told))


if __name__ == "__main__":
    main(tyro.cli(Config, description=main.__doc__))
