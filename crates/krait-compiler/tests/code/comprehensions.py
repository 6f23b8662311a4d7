x = [a for a in b]
x = {a for a in b if a if not c}
x = {a: b for a, b in c}
x = (a for a in b for c in d if c)
x = [a for b in c for a in [b + 1]]
x = [a for b in c for a in (b,) if a]
x = [[a for a in b] for b in c]
x = [lambda: a for a in b]
x = [(lambda: (a, c))() for a in b for c in a]
x = [(y := a, y) for a in b]
x = any(a for a in b), all(a for a in b), tuple(a for a in b), sum(a for a in b), list(a for a in b)
x = all((a for a in b)), tuple(a for a in b if a), any(a for a in b for c in a)
x = {**{a: b for a in c}, 'k': [a for a in c]}
x = [a.b(c) for a in os]
import os
x = [os.path(a) for a in b if os.f(a) or a.g()]


def f(p, q):
    x = [p for p in q]
    y = [q for q in q if p]
    z = [lambda: p for p in q]
    w = [lambda: (p, r) for r in q]
    v = [s for s in q if [t := s for _ in s]]
    def g(): return p, t
    u = {k: v for k, v in zip(p, q)}
    return all(x for x in q), (yield)


def h():
    return [super for _ in x], [y for y in (z for z in w)]


class C:
    a = 1
    b = [a for _ in range(a)]
    c = [d for d in b if d]
    e = {f: a for f in c}
    g = (a for a in b)
    h = [[i for i in j] for j in b]
    k = lambda: [a for a in b]
    def m(self): return [__x for __x in self.__y]
    [o for o in [p for p in a]]
