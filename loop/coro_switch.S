/* coro_switch.S - changes stacks: the only assembly of this library.
 *
 *     void coro_switch(struct coro_context *from, const struct coro_context *to);
 *
 * To its caller this looks like a function that takes a while: it returns when somebody switches back.  By the calling
 * convention the caller expects most registers to be lost over a call, so only the others (callee-saved) have to
 * survive: push them, remember the stack pointer, take the other one, pop what the other side had pushed.
 *
 * It leaves by "pop, jmp" and not by "ret", since the CPU predicts that a ret goes back to the latest call, which here is
 * never so.  Measured with one task: 254 million switches a second against 57.
 */
#if defined(__x86_64__) || defined(__aarch64__)
#ifndef CORO_UCONTEXT

#ifdef __APPLE__
#define NAME(n) _##n
#define CALL(n) _##n
#elif defined(__x86_64__)
#define NAME(n) n
#define CALL(n) n@PLT
#else
#define NAME(n) n
#define CALL(n) n
#endif

        .text
        .globl NAME(coro_switch)
        .globl NAME(coro_entry)
#ifdef __ELF__
        .hidden coro_switch
        .hidden coro_entry
        .type coro_switch, %function
        .type coro_entry, %function
#endif
        .p2align 4

#if defined(__x86_64__)

NAME(coro_switch):                      /* rdi: from, rsi: to */
        .cfi_startproc
        pushq   %rbp
        pushq   %rbx
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        movq    %rsp, (%rdi)
        movq    (%rsi), %rsp
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbx
        popq    %rbp
        popq    %rcx
        jmp     *%rcx
        .cfi_endproc

NAME(coro_entry):                       /* the first code on a new stack; rbx: the coroutine */
        .cfi_startproc
        .cfi_undefined rip              /* a debugger's backtrace ends here */
        movq    %rbx, %rdi
        call    CALL(coro_main)
        ud2
        .cfi_endproc

#else /* aarch64 */

NAME(coro_switch):                      /* x0: from, x1: to */
        .cfi_startproc
        sub     sp, sp, #160
        stp     x19, x20, [sp, #0]
        stp     x21, x22, [sp, #16]
        stp     x23, x24, [sp, #32]
        stp     x25, x26, [sp, #48]
        stp     x27, x28, [sp, #64]
        stp     x29, x30, [sp, #80]
        stp     d8, d9, [sp, #96]
        stp     d10, d11, [sp, #112]
        stp     d12, d13, [sp, #128]
        stp     d14, d15, [sp, #144]
        mov     x9, sp
        str     x9, [x0]
        ldr     x9, [x1]
        mov     sp, x9
        ldp     x19, x20, [sp, #0]
        ldp     x21, x22, [sp, #16]
        ldp     x23, x24, [sp, #32]
        ldp     x25, x26, [sp, #48]
        ldp     x27, x28, [sp, #64]
        ldp     x29, x30, [sp, #80]
        ldp     d8, d9, [sp, #96]
        ldp     d10, d11, [sp, #112]
        ldp     d12, d13, [sp, #128]
        ldp     d14, d15, [sp, #144]
        add     sp, sp, #160
        br      x30
        .cfi_endproc

NAME(coro_entry):                       /* x19: the coroutine */
        .cfi_startproc
        .cfi_undefined x30
        mov     x0, x19
        bl      CALL(coro_main)
        brk     #1
        .cfi_endproc

#endif
#ifdef __ELF__
        .size coro_switch, . - coro_switch
#endif
#endif /* CORO_UCONTEXT */
#endif

#ifdef __ELF__
        .section .note.GNU-stack, "", %progbits
#endif
