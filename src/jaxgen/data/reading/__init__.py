"""Files as numbers: images of any depth, tables, words, and what their names say."""
