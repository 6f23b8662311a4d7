x = (
    1,
    a,
    b
    .c
    .d(
        e,
        k=
        1,
    ),
)


def f(
    a=
    1,
):
    return (
        a
        if a
        else
        b
    )


if (
    a
    and
    b
): pass

for x in (
    y
):
    z

with (
    a as
    b,
    c
):
    d
assert (
    a
), (
    b
)
raise (
    X
) from (
    Y
)























































def far():








    return 1
x = [
    f(a)
    for
    a
    in
    b
    if
    c
]
try:
    a
except (
    E
): b
finally:
    c
del (
    a,
    b
)
return_ = lambda \
    x: \
    x
