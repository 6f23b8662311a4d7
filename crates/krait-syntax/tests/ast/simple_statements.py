a = b, = *c, d = [e, (f), *g] = ()
a[0].b = (c) = (d, e) = [] = x
(a): int
a.b: int = yield
(a.b): int
a[1]: int
x: int = 1, *y
x += yield
x @= y; x //= 1; x **= 2; x >>= 3; x <<= 4; x |= 5; x &= 6; x ^= 7; x %= 8; x -= 9; x *= 10; x /= 11
(a) += 1
del a, (b, c), [d], e.f, g[h], (i)
del (a), ; del (); del []
assert a, b
assert (a, b)
raise
raise A
raise A from B
import a.b.c as d, e
from . import a
from .a.b import (c as d, e,)
from .... import b
from ... import *
from a import b as c, d
global a, b
nonlocal c
pass; break; continue; return
return *a, b
*a, b
x = yield a, b
yield
yield from a
type X = int
type X[T: (int, str) = int, *Ts = *tuple[int], **P = [int]] = dict[T, P]
type = type + type
type[0] = 1
type.x = (type)
type, x = 1, 2
print(a) ; 
