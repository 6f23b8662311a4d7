match a:
    case 1: x
    case -1 | 1.5 | -2j | 1 + 2j: x
    case "a" | b"b" | None | True: x
    case A.b: x
    case _: y
match a:
    case x: y
match a, b:
    case [1, 2]: x
    case (c, d): x
    case [e, *f]: x
    case [*_]: x
    case [_, *_]: x
    case [g, *_, h]: x
    case [_, i, *_, j, _]: x
    case []: x
    case [k, [l, m], *n] as o if p: x
match a:
    case {}: x
    case {'a': 1}: x
    case {'a': b, 1: c, A.d: e, **rest}: x
    case {-1: [f, g], None: _}: x
    case {**rest}: x
match a:
    case A(): x
    case A(1, b): x
    case A(b=1, c=d): x
    case A.B(_, c, d=_): x
    case str(b) | int(b): x
    case A(B(c), D(e=[f, *g])): x
match a:
    case [b, c] | [c, b, _] | {'b': b, 'c': c}: x
    case (b, (c, d)) | [[d, b], c]: x
    case ((1 | 2) as b) | [b]: x
    case b if c: x
    case _ if d: x
    case _: y
match a:
    case _: x
match a:
    case 1 if b: x


def f(a):
    match a:
        case [1, b]: return b
        case {'k': v}: pass
        case C(x=1) | C(x=2): return
        case (b, c) if b:
            for d in c:
                match d:
                    case 1: break
                    case 2: continue
        case _: raise
    return a
