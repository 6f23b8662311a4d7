type A = int
type B[T] = list[T]
type C[T: int, *Ts, **P] = T
type D[T = int, *Ts = *tuple[int], **P = [int]] = T
def f[T](a: T) -> T: return a
def g[T: (int, str), *Ts](a: T = 1, *args: *Ts, k=2) -> T:
    def h(): return T, Ts
    return h
async def i[**P](f: P): pass
class K[T]: pass
class L[T, U: T](K[T], metaclass=M):
    """doc"""
    x: T
    y = T
    def m(self, a: T) -> U: return __class__
    def n[V: T](self, a: V, b=1): return super().n(T)
    type E[W] = (T, W, x)
    type F = x
    class N[T](Base): z: T
    __p: T
    def __q[__R](self, a: __R): return __R
class __X[__T: __U](__V):
    a: __T
    def f(self): return __T
def outer(x):
    class O[T: x](x):
        x = x
        type P = x
        def f[U: x](self, y=x, *, z=x): return x, T, U
    type Q[T] = [T for T in x]
    def r[T](a=1): nonlocal x; x = T
    return O
@dec
def d[T](): pass
@dec
class E2[*Ts]: pass
type R = lambda: [T for T in U]
