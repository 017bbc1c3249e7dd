"""The collectives of small programs that are known to send this and that."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.sharding import Mesh
from jax.sharding import PartitionSpec as P

from collectives import Collective, collectives


def program(step, *xs):
    """The text of a step that eight devices take on rows of their own."""
    mesh = Mesh(np.array(jax.devices()), ("data",))
    split = jax.shard_map(step, mesh=mesh, in_specs=P("data"), out_specs=P("data"))
    return jax.jit(split).lower(*xs).compile().as_text()


def test_one_sum_is_one_all_reduce_of_its_bytes():
    found = collectives(program(lambda x: x + lax.psum(x, "data"), jnp.zeros((8, 5, 3))))
    assert found == [Collective("all-reduce", 15, 60)]


def test_two_arrays_of_different_types_in_one_sum():
    def step(x, y):
        a, b = lax.psum((x, y.astype(jnp.float32)), "data")
        return x + a, y + b.astype(jnp.bfloat16)

    found = collectives(program(step, jnp.zeros((8, 5, 3)), jnp.zeros((8, 7), jnp.bfloat16)))
    assert {one.kind for one in found} == {"all-reduce"}
    assert sum(one.numbers for one in found) == 15 + 7


def test_other_kinds():
    def step(x):
        near = lax.ppermute(x, "data", [(i, (i + 1) % 8) for i in range(8)])
        return near + lax.all_gather(x, "data", tiled=True)[:1]

    found = collectives(program(step, jnp.zeros((8, 4))))
    assert sorted(found) == [Collective("all-gather", 32, 128), Collective("collective-permute", 4, 16)]


def test_no_collective_in_what_stays_on_its_device():
    assert collectives(program(lambda x: jnp.sin(x), jnp.zeros((8, 4)))) == []


def test_what_accelerators_start_and_await_apart_counts_once():
    """Lines as XLA prints them for GPUs and TPUs."""
    text = """
      %all-reduce-start.1 = (f32[128]{0}, bf16[3,3]{1,0:T(8,128)}) all-reduce-start(%a, %b), channel_id=1
      %all-reduce-done.1 = (f32[128]{0}, bf16[3,3]{1,0}) all-reduce-done(%all-reduce-start.1)
      %ag = (f32[8,4]{1,0}, f32[64,4]{1,0}) all-gather-start(f32[8,4]{1,0} %c), dimensions={0}
      %cp = (s8[6]{0}, s8[6]{0}, u32[], u32[]) collective-permute-start(%d), source_target_pairs={{0,1}}
      %all-reduce.name = f32[9]{0} add(%e, %f)
    """
    assert collectives(text) == [
        Collective("all-reduce", 137, 530),
        Collective("all-gather", 256, 1024),
        Collective("collective-permute", 6, 6),
    ]
