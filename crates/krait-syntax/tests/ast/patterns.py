match = case = _ = 1
match[a] = 3
match(a, b)
match * a
match.x
match -a:
    case -1 | 1-2j | -1+2j | -1.5 - 3j: pass
    case "a" "b" | None | True | b'c': pass
    case {}: pass
    case {"a": 1, -1: b, a.b: _, None: c, **rest}: pass
    case {**rest,}: pass
    case {'x': [1, *_], 1 + 2j: d,}: pass
    case [*_] | []: pass
    case (*_, a): pass
    case (): pass
    case (a): pass
    case (a,): pass
    case a, : pass
    case *a, b: pass
    case A(): pass
    case a.B(1, x=2,): pass
    case a.B.C(x=D(y=_)): pass
    case a.b.c: pass
    case (a as b) if c: pass
    case [1, [2, 3 as x]] as y: pass
    case 1 | (2 | 3) as z if (w := z): pass
    case 1, *rest: pass
    case _: pass
match a, :
    case _: pass
match *a, b:
    case _: pass
match (a, b):
    case _: pass
match match:
    case case: pass
match a:
    case 1: x
    case 2:
        match b:
            case 3:
                y
z
