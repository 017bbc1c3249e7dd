"""Tables: CSV files with a header, numbers and categories, some entries missing.

age,colour,height        --dataset table:people.csv
31,brown,1.80
?,blue,1.65
47,,nan
"""

from pathlib import Path

from jaxgen.data.fields import Fields
from jaxgen.data.part import no_split
from jaxgen.data.reading import columns
from jaxgen.data.source import Source, in_memory


def open_table(path: Path, split: str = "train") -> Source:
    """The rows of a CSV file as the field "row", float32 [columns]: NaN where an entry is missing.

    An entry is missing where the cell is empty, nan, NaN, ? or NA. A column whose known entries are all numbers holds
    numbers; in any other one entries are categories, given by their places 0, 1, ... among the field's `values` for
    that column. Numbers are as the file has them: scaling them is the recipe's. `data.reading.columns` reads the cells
    themselves and writes them back.

    Args:
      path: of the file: commas, quotes where needed, UTF-8.
      split: "train", all rows.

    Raises:
      NoSplit: the split is another.
      InputError: there is no such file, no header, rows of different lengths, a column without entries.
    """
    if split != "train":
        raise no_split(path, split)
    table = columns.read(path)
    field = columns.field(table)
    return in_memory(path.name, {"row": columns.numbers(table, field)}, fields=Fields({"row": field}))
