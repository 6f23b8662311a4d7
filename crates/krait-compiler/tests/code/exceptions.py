def f(x):
    try:
        a
    except A:
        b
    except (B, C) as e:
        raise
    except D as e:
        del e
        return e
    except:
        c
    else:
        d
    finally:
        e

    try:
        a
    finally:
        b
    try:
        try: a
        finally: b
    except E:
        pass
    try: return 1
    finally: x()
    try: pass
    except: pass


def star(x):
    try:
        a
    except* A:
        b
    except* (B, C) as e:
        c
    else:
        d
    finally:
        e
    try: a
    except* B: pass


def withs(x):
    with a: pass
    with a as b, c as (d, e): f
    with (a as b.c,
          d):
        return x
    with a:
        with b: raise
    for i in x:
        with a: break
        with b as i: continue
    with a, b:
        return


try:
    import a
except ImportError:
    a = None
try:
    x
except X as y:
    try: z
    except Z as w: pass
    finally: v
