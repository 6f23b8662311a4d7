x = 1 # type: int
def f(a, # type: int
      b, # type: str
      *c, # type: x
      d=1 # type: y
      ):
    # type: (...) -> int
    pass
def g(): # type: () -> int
    return 1
def h(a, /, # type: int
      *, b, # type: x
      **c # type: y
      ): pass
for x in y: # type: int
    pass
with a as b: # type: int
    pass
with (a as b, c): # type: int
    pass
async def f():
    async for x in y: # type: z
        pass
    async with a as b: # type: int
        pass
x = y = z # type: int # foo
x = 1 # type: ignore
y = 2 # type: ignore[a]
# type: ignore
# type: ignore@foo
z = [ # type: ignore
    1] # type: ignore  foo
