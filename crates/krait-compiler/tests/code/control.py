import sys
while True:
    break
while 0:
    never
while a and b or not c:
    if d: continue
    elif e: pass
    else: break
else:
    f
for i in 1, 2, 3: print(i)
for (
    j,
    k
) in x:
    if j: continue
    for m in k:
        if m: break
    else:
        n
if a if b else c: x
if not (a and (b or c)): x
elif a < b < c != d: y
if a < b <= c and not d in e is not f: z
x = a < b < c
x = a and b or c and d
x = (a or b) and (c or d)
x = not a, not (a and b), -1, - -1, ~5, +a
x = a if b and c else d if e else f
assert a
assert a, "msg" + b
assert a < b < c, f"{a}"
assert __debug__
if __debug__: x
if 0: never
if "": never
if 1: always
else: never
x = 1 if True else 2
x = None if () else ...
while x := f(): y
del a, b[0], c.d, e[1:2], (f, [g])
raise
raise X
raise X from None
x = a is None, a is not None
if a is None: x
if a is not None: x
if None is a: x
try: sys
except: pass
with a: pass
import a.b.c as d, e, f.g
from . import h
from ...i import j as k, l
from m import *
global glob
glob = 1
a = b = c = d
a += 1; a.b -= 2; a[b] *= 3; a[b:c] /= 4; a @= 1; a //= 1; a %= 1; a **= 1; a <<= 1; a >>= 1; a &= 1; a |= 1; a ^= 1
a[1:2] += 1; a[1:2:3] = 4; a[:], a[b:], a[:c], a[b:c:d], a[1:], a[...], a[1:2, ::3]


def loops(x):
    for a in x:
        try:
            if a: continue
            elif x: break
            return a
        finally:
            print(a)
    while x:
        with a as b:
            if b: return 1
            if x: break
            continue
        try: return x
        except (A, B) as e: return e
        except C: continue
        else: break
        finally: x = 1
