"""Functions, closures, defaults and decorators."""
import functools, os.path as p


def plain(a, b=1, /, c=2, *args, d, e=3, **kwargs):
    """Docstring.

        Indented more.
    	Tab.
    """
    return a, b, c, args, d, e, kwargs


@functools.cache
@p.join(1,
        2)
def decorated(): return None


def outer(x):
    y = z = 0

    def inner():
        nonlocal y
        global g
        y += x
        g = y
        del y
        return lambda q=x, *, w=y: (q, w, z)

    class Local:
        z = z
        x = x

        def method(self):
            return __class__, x, z

    return inner, Local


def generator(n):
    while n:
        got = yield n
        n -= 1
    yield from (i for i in range(n))
    return got


def swaps(a, b, c):
    a, b = b, a
    a, b, c = c, a, b
    [a, *b], c = (c, b), a
    (x, (y, *z)), *w = c
    *x, = y
    return x


def early(x):
    if x:
        return
    for i in x:
        if i:
            return i
        elif not i and x:
            continue
        else:
            break
    else:
        return 1.5
    return (
        x
        + 1)


def pass_only(): pass
def doc_only(): "doc"
lambda: (yield)
lambda *a, b, **c: lambda: a
empty = lambda: None
