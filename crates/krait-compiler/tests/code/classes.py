class Empty: pass


class Base(object, metaclass=type):
    """Doc

      of class
    """
    __slots__ = ('a', '__private')
    x: int = 1
    __mangled: str
    (paren): int = 2
    paren.attr: int
    paren[x:1, 2]: int = 3

    def __init__(self, *args):
        self.a = 1
        self.__private = self.b, self.c = args
        self.d.e = 2
        self.f += 1
        self.g: int = 3
        super().__init__()
        super().x.y
        super(Base, self).__init__(k=1)
        super().__class__
        super(*args).x

    @property
    def p(self): return self.__private.__x__

    @p.setter
    def p(self, value):
        def nested(self):
            self.nested = value
        del self.__private

    class Inner:
        def method(self):
            self.inner = __class__
            import a.__b, __c
            from __d import __e as __f
            return {__g: __h for __g in __i}

    if x:
        y: int
        for z in x: w: str = z
    try:
        v: x
    finally:
        pass
    y = [x for _ in z]
    y = [lambda: x for x in z if x]
    y = [lambda: __class__ for x in z]


class Derived(Base, *x, a=1, **k):
    a = a
    def f(cls): return super
    global h
    def h(): pass
    class __P:
        def __m(self, __a=1, *, __k=2): return __a


def make(base):
    class C(base):
        base = base
        def g(self): return base
        [base for base in base]
    return C


@decorator
@other(1)
class Decorated: ...
