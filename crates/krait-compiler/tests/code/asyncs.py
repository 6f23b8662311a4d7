async def f(x):
    await x
    async with a as b, c: d
    async with a:
        return await b
    async for i in x:
        if i: break
        if x: continue
        return i
    else:
        y
    return [i async for i in x], {i: await j async for i, j in x if await i}, {await i for i in x}
async def agen():
    yield 1
    x = yield
    async for i in x: yield i
    await (yield x)
    return
async def nested():
    g = (i async for i in x)
    h = (await i for i in x)
    r = [[j async for j in i] for i in x]
    s = [[j for j in i] async for i in x]
    t = [lambda: i async for i in x]
    try: await x
    except A as e: await e
    finally: await y
    with a: await b
    return all([await i for i in x]), any(i async for i in x), tuple(await i for i in x)
def sync():
    return (i async for i in x)
class C:
    async def m(self): return await super().m()
    async def __aiter__(self):
        for i in range(3):
            try: yield i
            finally: await self.close()
lambda x: (await_ for await_ in x)
