if a: pass
if a: b; c;
elif d: e
elif f:
    g
else:
    h
if (a := b): pass
while a: break
else: continue
for x in *a, b: pass
for x, in y: pass
for (x) in y: pass
for [x, *y.z], w[0] in v: pass
else: pass
for x in y: z
with a: pass
with (a): pass
with (a, b,): pass
with (a as b): pass
with (a as b, c as (d, *e),): pass
with (yield): pass
with (a := b): pass
with (x for x in y): pass
with (a, b) as c, d as e: pass
with (a).b as c: pass
with (*a, b): pass
with (a), (b): pass
with (a) as b.c, d[0] as [e]: pass
with (): pass
try: pass
except A, B: pass
except (A, B) as c: pass
except A.b as c:
    pass
except: pass
else: pass
finally:
    pass
try: pass
finally: pass
try: pass
except* A: pass
except* B as c: pass
except* C, D: pass
@a.b
@c(d)
@(e := f)
class A[T](B, *C, metaclass=D, **E): x: int; y = 1;
class B: pass
class C():
    """Doc"""

    def f(self): ...

    # comment

async def f():
    async with a as b, c as (d, e): pass
    async with (a as b, c): pass
    async for x, *y in z: await x ** -y
    else: return *a, b
    return [await x async for x in y if await z]
