"""Ways through a space of latent codes: paths between codes, arithmetic with them, and moves along directions.

All of it is of codes alone, pure and differentiable; images are what a generator makes of the codes that come out. How
smooth a path is says `metrics.path_length.sampled(..., between=on_line)`, or `on_sphere`.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array

Between = Callable[[Array, Array, Array], Array]  # codes [B, latent] twice and t [B] from 0 to 1 -> codes [B, latent]


def on_line(start: Array, stop: Array, t: Array) -> Array:
    """Places t [B] of straight paths: codes [B, latent] twice -> [B, latent]."""
    t = t[:, None]
    return start * (1 - t) + stop * t


def on_sphere(start: Array, stop: Array, t: Array) -> Array:
    """Places t [B] of great-circle paths (White 2016, arXiv:1609.04468): codes [B, latent] twice -> [B, latent].

    Directions turn at constant speed and lengths change linearly, which is White's formula where both codes are equally
    long. A Gaussian prior's mass lies near a sphere, and a straight path leaves it. Codes with one direction, opposite
    ones (which no single great circle joins) and zero are joined by a line.
    """
    (a, from_length), (b, to_length) = _polar(start), _polar(stop)
    # White divides by the angle's sine, which float32 loses near 0 and 180 degrees; the sum and the difference of two
    # directions are orthogonal, and as long as twice the cosine and the sine of half the angle.
    (middle, cosine), (across, sine) = _polar(a + b), _polar(b - a)
    turns = (from_length > 0) & (to_length > 0) & (cosine > 0) & (sine > 0)
    turned = (t[:, None] - 0.5) * 2 * jnp.arctan2(sine, cosine)
    direction = jnp.cos(turned) * middle + jnp.sin(turned) * across
    return jnp.where(turns, direction * on_line(from_length, to_length, t), on_line(start, stop, t))


def _polar(x: Array) -> tuple[Array, Array]:
    """Vectors [B, n] -> directions [B, n] and lengths [B, 1], zero below 1e-6; gradients are finite always."""
    square = jnp.sum(x * x, axis=-1, keepdims=True)
    long = square > 1e-12
    length = jnp.sqrt(jnp.where(long, square, 1.0))
    return jnp.where(long, x / length, 0.0), jnp.where(long, length, 0.0)


def line(start: Array, stop: Array, steps: int) -> Array:
    """Straight paths: codes [B, latent] and [B, latent] -> [B, steps, latent], both ends included."""
    return path(on_line, start, stop, steps)


def sphere(start: Array, stop: Array, steps: int) -> Array:
    """Great-circle paths, as of `on_sphere`: codes [B, latent] and [B, latent] -> [B, steps, latent], ends included."""
    return path(on_sphere, start, stop, steps)


def path(between: Between, start: Array, stop: Array, steps: int) -> Array:
    """Paths of any kind: codes [B, latent] and [B, latent] -> [B, steps, latent], both ends included."""
    return _places(between, start, stop, jnp.linspace(0.0, 1.0, steps))


def _places(between: Between, start: Array, stop: Array, t: Array) -> Array:
    each = jnp.broadcast_to(t[:, None], (len(t), len(start)))
    return jax.vmap(between, (None, None, 0), 1)(start, stop, each)


def loop(codes: Array, steps: int, between: Between = on_sphere) -> Array:
    """A closed path through codes [N, latent] and back to the first: [N * steps, latent]. Code i is at i * steps, and
    the first does not come again at the end, so that an animation may repeat it."""
    t = jnp.arange(steps) / steps
    return _places(between, codes, jnp.roll(codes, -1, 0), t).reshape(-1, codes.shape[1])


def arithmetic(a: Array, b: Array, c: Array) -> Array:
    """mean(a) - mean(b) + mean(c): a code [latent] from examples [N, latent] of three concepts, N of each at will.

    Radford, Metz & Chintala 2016 (arXiv:1511.06434), section 6.3.2 and figure 7, with three examples of each: single
    codes gave them unstable images.
    """
    return jnp.mean(a, 0) - jnp.mean(b, 0) + jnp.mean(c, 0)


def neighbours(key: Array, code: Array, count: int = 8, scale: float = 0.25) -> Array:
    """A code [latent] with uniform noise from -scale to scale on each of its numbers: [count, latent].

    The eight images around the middle one in figure 7 of Radford et al. 2016, whose prior is uniform from -1 to 1. A
    normal prior is wider by 1.7, and the same noise so much less in it.
    """
    return code[None] + jax.random.uniform(key, (count, *code.shape), minval=-scale, maxval=scale)


def traverse(codes: Array, directions: Array, amounts: Array) -> Array:
    """Codes moved along directions: codes [B, latent], directions [B, latent], amounts [T] -> [B, T, latent].

    One code along all of the axes is `traverse(jnp.tile(code, (n, 1)), jnp.eye(n), amounts)`.
    """
    return codes[:, None] + amounts[None, :, None] * directions[:, None]
