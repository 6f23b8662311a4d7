"""Write the expected trees beside the fixtures of tests/ast, with the Python that runs this (3.14)."""

import ast
import pathlib
import warnings

warnings.simplefilter("ignore")
here = pathlib.Path(__file__).parent / "ast"


def dump(source, mode="exec", type_comments=False):
    try:
        tree = ast.parse(source, mode=mode, type_comments=type_comments)
    except SyntaxError as error:
        return f"{type(error).__name__}: {error.msg}"
    text = ast.dump(tree, include_attributes=True)
    return text.encode("ascii", "backslashreplace").decode()


for path in here.glob("*.py"):
    text = dump(path.read_bytes(), type_comments=path.stem == "type_comments")
    path.with_suffix(".ast").write_text(text + "\n")

modes = here / "modes.tsv"
rows = [line.split("\t")[:2] for line in modes.read_text().splitlines()]
with modes.open("w") as out:
    for mode, source in rows:
        text = dump(source.encode().decode("unicode_escape"), mode)
        print(mode, source, text, sep="\t", file=out)
