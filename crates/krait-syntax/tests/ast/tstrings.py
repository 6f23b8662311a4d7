t''
t'' t''
t"{ x } a{ y = }b{z!r:{w}}"
t"{ x = }" t"{x=!r}" t"{ x=:3 }" t"{ x  }" t"{x == y }" t"{x=}{{}}"
t'{(a:=3) = }' t'{a.b[c]("d")}'
t"""{
    0
    & 1  # comment
}"""
rt"\n{x:\n}" Tr'{x}'
t'{x:{y}{z!r}}' t'{t"{a}"}' t'{f"{a}"}'
