# flags=0x2000
await x
async with a as b: c
async for i in x: await i
y = [i async for i in x]
z = [await i for i in x]
def f(): pass
async def g(): return [i async for i in x]
