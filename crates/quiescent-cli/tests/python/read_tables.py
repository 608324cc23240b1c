"""Checks that table.parquet and table.csv of a collected sweep hold the same rows.

Arguments: the folder of both. Prints the types of the Parquet columns, one a line.
"""

import csv
import pathlib
import sys

import pyarrow
import pyarrow.parquet

folder = pathlib.Path(sys.argv[1])
table = pyarrow.parquet.read_table(folder / "table.parquet")
with open(folder / "table.csv", newline="", encoding="utf-8") as file:
    rows = list(csv.DictReader(file))

assert table.num_rows == len(rows) > 0, (table.num_rows, len(rows))
assert table.column_names == list(rows[0]), (table.column_names, list(rows[0]))
for field in table.schema:
    for ours, theirs in zip(rows, table[field.name].to_pylist(), strict=True):
        text = ours[field.name]
        if theirs is None:
            same = text == ""
        elif pyarrow.types.is_floating(field.type):
            same = float(text) == theirs
        elif pyarrow.types.is_integer(field.type):
            same = int(text) == theirs
        elif pyarrow.types.is_boolean(field.type):
            same = text == str(theirs).lower()
        else:
            same = text == theirs
        assert same, (field, text, theirs)
    print(field.name, field.type)
