"""doc"""
from __future__ import annotations
x: int
y: a.b[c, d:e:f, ...] | None = 1
z: (lambda a, /, b=1, *c, d, e=2, **f: (a, b))
z: (lambda: (yield_))
z: (lambda *, a: a)
z: (a if b else c if d else (e if f else g))
z: ((a if b else c) if d else e)
z: (not a and b or (c or d) and e)
z: (a < b <= c != d in e not in f is g is not h)
z: (-a ** -b + ~c * +d - (e - f) @ g // h % i << j >> k & l ^ m | n)
z: ((a ** b) ** c, a ** b ** c, (-a) ** b, -(a ** b))
z: ({1: 2, **a, 'b': [c]}, {1, 2}, {*a}, [], (), (1,), {})
z: ([a for b in c if d if e for f in g], {a: b for a in c})
z: (f(a, *b, c=1, **d), f(), f(a for a in b), f((a for a in b), c), f(x=1))
z: (1 .real, 1.5.real, 1e400, -1e400j, 2j, 0xff, 'it\'s', "\n\t\\", b'a\'"', u'uni', 'é\xa0\ud800')
z: (f'a{b}c{d!r:>{w}}{{', f'{ {1} }', t'a{b!s}c', f'{a!r}' 'b{}')
z: ((await_ + 1))
z: ('quoted')
z: (a[b], a[b, c], a[b,], a[(b, c):d], a[:], a[::2], a[*b], a[-1])
z: (True, False, None, ...)
class C:
    a: int = 1
    b: C
    def m(self, a: a, *args: *Ts) -> C: b: int
def f(a: int, /, b: "str" = 1, *c: d, e: f = 2, **g: h) -> i: pass
if x:
    w: int
