/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* void thaw_context_swap (void **save, void *load): pushes what the ABI lets a callee keep, stores the stack
 * pointer, takes the other one and pops the same from there. No signal mask: fibers share their thread's.
 * thaw_context_start is where a new stack begins; its CFI says that nothing called it, which ends
 * backtraces cleanly. The layout of the saved frame is known to thaw-context-switch.c too. */

#if defined(__x86_64__) && !defined(__ILP32__) && !defined(THAW_CONTEXT_UCONTEXT)

	.text
	.globl thaw_context_swap
	.hidden thaw_context_swap
	.type thaw_context_swap, @function
	.p2align 4
thaw_context_swap:
	.cfi_startproc
	pushq %rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbp, 0
	pushq %rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbx, 0
	pushq %r12
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r12, 0
	pushq %r13
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r13, 0
	pushq %r14
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r14, 0
	pushq %r15
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r15, 0
	subq $8, %rsp
	.cfi_adjust_cfa_offset 8
	stmxcsr (%rsp)
	fnstcw 4(%rsp)
	movq %rsp, (%rdi)
	movq %rsi, %rsp
	ldmxcsr (%rsp)
	fldcw 4(%rsp)
	addq $8, %rsp
	.cfi_adjust_cfa_offset -8
	popq %r15
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r15
	popq %r14
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r14
	popq %r13
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r13
	popq %r12
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r12
	popq %rbx
	.cfi_adjust_cfa_offset -8
	.cfi_restore %rbx
	popq %rbp
	.cfi_adjust_cfa_offset -8
	.cfi_restore %rbp
	ret
	.cfi_endproc
	.size thaw_context_swap, . - thaw_context_swap

	.globl thaw_context_start
	.hidden thaw_context_start
	.type thaw_context_start, @function
	.p2align 4
thaw_context_start:
	.cfi_startproc
	.cfi_undefined %rip
	movq %r12, %rdi
	callq *%r13
	ud2
	.cfi_endproc
	.size thaw_context_start, . - thaw_context_start

#elif defined(__aarch64__) && !defined(__ILP32__) && !defined(THAW_CONTEXT_UCONTEXT)

	.text
	.globl thaw_context_swap
	.hidden thaw_context_swap
	.type thaw_context_swap, %function
	.p2align 4
thaw_context_swap:
	.cfi_startproc
	hint #34 /* bti c */
	sub sp, sp, #160
	.cfi_def_cfa_offset 160
	stp x19, x20, [sp, #0]
	stp x21, x22, [sp, #16]
	stp x23, x24, [sp, #32]
	stp x25, x26, [sp, #48]
	stp x27, x28, [sp, #64]
	stp x29, x30, [sp, #80]
	.cfi_offset x19, -160
	.cfi_offset x20, -152
	.cfi_offset x21, -144
	.cfi_offset x22, -136
	.cfi_offset x23, -128
	.cfi_offset x24, -120
	.cfi_offset x25, -112
	.cfi_offset x26, -104
	.cfi_offset x27, -96
	.cfi_offset x28, -88
	.cfi_offset x29, -80
	.cfi_offset x30, -72
	stp d8, d9, [sp, #96]
	stp d10, d11, [sp, #112]
	stp d12, d13, [sp, #128]
	stp d14, d15, [sp, #144]
	mov x9, sp
	str x9, [x0]
	mov sp, x1
	ldp x19, x20, [sp, #0]
	ldp x21, x22, [sp, #16]
	ldp x23, x24, [sp, #32]
	ldp x25, x26, [sp, #48]
	ldp x27, x28, [sp, #64]
	ldp x29, x30, [sp, #80]
	ldp d8, d9, [sp, #96]
	ldp d10, d11, [sp, #112]
	ldp d12, d13, [sp, #128]
	ldp d14, d15, [sp, #144]
	add sp, sp, #160
	.cfi_def_cfa_offset 0
	ret
	.cfi_endproc
	.size thaw_context_swap, . - thaw_context_swap

	.globl thaw_context_start
	.hidden thaw_context_start
	.type thaw_context_start, %function
	.p2align 4
thaw_context_start:
	.cfi_startproc
	.cfi_undefined x30
	hint #36 /* bti j */
	mov x0, x19
	blr x20
	brk #1
	.cfi_endproc
	.size thaw_context_start, . - thaw_context_start

#endif

	.section .note.GNU-stack, "", %progbits
