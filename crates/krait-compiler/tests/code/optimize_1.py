# optimize=1
"""doc"""
def f():
    """doc"""
    assert x, y
    while __debug__: a
    return not __debug__
