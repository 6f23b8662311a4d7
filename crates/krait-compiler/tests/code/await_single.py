# mode=single flags=0x2000
await x
