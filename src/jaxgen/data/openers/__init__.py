"""One file a kind of data: from a path to a source.

Each has a function (path, split, ...) -> Source that reads all of a split: `jaxgen.data.open` cuts slices from it.
"""
