"""Write the goldens beside the fixtures anew: PYTHON3.14 bless.py   (PYTHON3.14 is CPython 3.14)

code/NAME.py -> code/NAME.golden: all fields of all code objects. A first line `# mode=… optimize=… flags=…` sets the
arguments of compile(). errors.txt: each line that begins with `#` holds a source as a JSON string; what compile() says
about it follows.
"""
import json, os, re, warnings

HERE = os.path.dirname(os.path.abspath(__file__))
BYTES = ("co_code", "co_linetable", "co_exceptiontable")
TEXTS = ("co_names", "co_varnames", "co_freevars", "co_cellvars", "co_flags", "co_stacksize", "co_argcount",
         "co_posonlyargcount", "co_kwonlyargcount", "co_nlocals", "co_firstlineno", "co_name", "co_qualname")
CODE = type((lambda: 0).__code__)


def norm(c):
    if isinstance(c, CODE): return "<code>"
    if isinstance(c, tuple): return "(" + ",".join(map(norm, c)) + ")"
    if isinstance(c, frozenset): return "fs{" + ",".join(sorted(map(norm, c))) + "}"
    if isinstance(c, slice): return "slice(" + ",".join(map(norm, (c.start, c.stop, c.step))) + ")"
    return type(c).__name__ + ":" + ascii(c)


def report(code, out):
    out.append(f"== {ascii(code.co_qualname)}")
    for f in BYTES: out.append(f"{f}: {getattr(code, f).hex()}")
    for f in TEXTS: out.append(f"{f}: {ascii(getattr(code, f))}")
    out.append(f"co_consts: {norm(code.co_consts)}")
    for c in code.co_consts:
        if isinstance(c, CODE): report(c, out)


def code_goldens():
    folder = os.path.join(HERE, "code")
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".py"): continue
        with open(os.path.join(folder, name), encoding="utf-8") as f: source = f.read()
        options = dict(re.findall(r"(\w+)=(\S+)", source.partition("\n")[0]))
        code = compile(source, name, options.get("mode", "exec"), int(options.get("flags", "0"), 0),
                       dont_inherit=True, optimize=int(options.get("optimize", "0")))
        out = []
        report(code, out)
        with open(os.path.join(folder, name[:-3] + ".golden"), "w") as f: f.write("\n".join(out) + "\n")


def verdict(source):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try: compile(source, "m", "exec", dont_inherit=True)
        except SyntaxError as e:
            at = " ".join(map(str, (e.lineno, e.offset, e.end_lineno, e.end_offset)))
            said = f"{type(e).__name__} {at}: {e.msg}"
        else: said = "ok"
    return [f"warning {w.lineno}: {w.message}" for w in caught] + [said]


def error_goldens():
    path = os.path.join(HERE, "errors.txt")
    with open(path) as f: sources = [json.loads(line[2:]) for line in f if line.startswith("# ")]
    with open(path, "w") as f:
        for source in sources:
            f.write("\n".join(["# " + json.dumps(source), *verdict(source)]) + "\n")


warnings.simplefilter("ignore")
code_goldens()
error_goldens()
