"""Data of any kind as batches: dicts of arrays, by the names of their fields.

No jax in here: batches are numpy until the run puts them on devices.

    source = open_source("mnist")               # or "./faces", "images.npz", "pairs:facades", ...: see docs/data.md
    stream = Stream(source, batch=64, seed=0)
    for batch in stream.batches(start=120): ... # goes on where a run that had used 120 batches would
"""

from jaxgen.data import levels as levels
from jaxgen.data.derived import apart as apart
from jaxgen.data.derived import attributes as attributes
from jaxgen.data.derived import coloured as coloured
from jaxgen.data.derived import edges as edges
from jaxgen.data.derived import labelled as labelled
from jaxgen.data.derived import places as places
from jaxgen.data.derived import sentences as sentences
from jaxgen.data.derived import smaller as smaller
from jaxgen.data.derived import tints as tints
from jaxgen.data.fields import Field as Field
from jaxgen.data.fields import Fields as Fields
from jaxgen.data.open import open_source as open_source
from jaxgen.data.source import Source as Source
from jaxgen.data.source import describe as describe
from jaxgen.data.source import several as several
from jaxgen.data.stream import Stream as Stream
