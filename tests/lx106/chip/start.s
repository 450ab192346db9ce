# Start, and the simulator's calls: a2 says which (1 exit, 4 write), a3 to a5 are the arguments.
    .section .reset, "ax"
    .global _start
    .align 4
_start:
    j 1f
    .align 4
.Lstack: .word stack_top
.Lmain: .word rust_main
.Lexit: .word sim_exit
1:  l32r a1, .Lstack
    movi a2, 0
    wsr a2, ps
    rsync
    l32r a0, .Lmain
    callx0 a0
    movi a2, 0
    l32r a0, .Lexit
    callx0 a0

    .text
    .global sim_exit
    .align 4
sim_exit:
    mov a3, a2
    movi a2, 1
    simcall
1:  j 1b

    .global abort
    .align 4
abort:
    movi a2, 3
    j sim_exit

    .global sim_write
    .align 4
sim_write:
    mov a5, a3
    mov a4, a2
    movi a3, 1
    movi a2, 4
    simcall
    ret

    .data
    .global rounds
    .align 4
rounds: .word 1
