# optimize=2
"""doc"""
def f():
    """doc"""
    assert x, y
    if __debug__: a
    else: b
    return __debug__
def g():
    """doc"""
    "second"
    "third"
class C:
    """doc"""
    def m(self): "only"
class D:
    "doc"
    "a" "b"
assert (a)
