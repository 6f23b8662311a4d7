import typing
x: int
y: str = 'a'
(z): int = 1
a.b: int = 2
a[0]: int
a.c: int
if x:
    w: list[int] = []
def f(a: int, b: str = 'x', /, c: A[1] = 2, *args: *Ts, d: D, e: E = 1, **kw: F) -> G:
    local: int = 1
    other: undefined
    a.b: [x for x in y] = 3
    def g(x: local) -> local: pass
    return g
async def h(a: int): pass
class C:
    """doc"""
    a: int = 1
    b: a
    __c: D
    def m(self, x: a) -> 'C': pass
    class N:
        y: a
    if a:
        d: lambda: a
    e: [a for a in b]
def closure(T):
    class K:
        t: T
        def m(self, t: T): T
    def n(t: T) -> [T for _ in t]: pass
    return K
def none(): pass
for i in x:
    v: int = i
class D:
    __classdict__: int
    def f(self, a: __classdict__): pass
