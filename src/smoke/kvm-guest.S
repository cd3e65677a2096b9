# A guest that does what a kernel does first, and names each step on the first serial port before it takes it.
# Entered by PVH (Xen's start of day): 32-bit protected mode without paging. Loaded at 16 MiB.
# `node scripts/assemble-kvm-guest.mjs` writes kvm-guest-code.ts from it.

.set tables, 0x1010000          # PML4, PDPT, and four page directories: 4 GiB in pages of 2 MiB
.set pml4, tables
.set pdpt, tables + 0x1000
.set directories, tables + 0x2000
.set idt, tables + 0x6000
.set stack, tables + 0x8000
.set vectors, 0x41
.set timerVector, 0x40
.set passes, 8192               # also in kvm-console.ts
.set upper, 256                 # the PML4 entry of the upper half

.macro step text
  mov $9f, %esi
  call print
  jmp 8f
9: .asciz "kvm-proof: \text\r\n"
8:
.endm

.macro wrongUnless condition
  j\condition 7f
  jmp wrong
7:
.endm

# Sets an MSR and reads it back.
.macro keepMsr number, high, low
  mov $\number, %ecx
  mov $\low, %eax
  mov $\high, %edx
  wrmsr
  xor %eax, %eax
  xor %edx, %edx
  rdmsr
  cmp $\low, %eax
  wrongUnless e
  cmp $\high, %edx
  wrongUnless e
.endm

.text
.code32
.globl _start
_start:
  cli
  cld
  mov $stack, %esp

  step "CPUID"
  mov $0x80000000, %eax
  cpuid
  cmp $0x80000001, %eax
  wrongUnless ae
  mov $0x80000001, %eax
  cpuid
  bt $29, %edx                  # long mode
  wrongUnless c

  step "paging"
  mov $tables, %edi
  xor %eax, %eax
  mov $0x1800, %ecx
  rep stosl
  movl $pdpt + 3, pml4
  mov $pdpt, %edi
  mov $directories + 3, %eax
  mov $4, %ecx
1: mov %eax, (%edi)
  add $0x1000, %eax
  add $8, %edi
  loop 1b
  mov $directories, %edi
  mov $0x83, %eax               # present, writable, 2 MiB
  mov $2048, %ecx
1: mov %eax, (%edi)
  add $0x200000, %eax
  add $8, %edi
  loop 1b
  mov $pml4, %eax
  mov %eax, %cr3
  mov %cr4, %eax
  or $0x20, %eax                # PAE
  mov %eax, %cr4
  mov $0xc0000080, %ecx         # EFER
  rdmsr
  or $0x100, %eax               # LME
  wrmsr
  mov %cr0, %eax
  or $0x80000001, %eax
  mov %eax, %cr0

  step "long mode"
  lgdt gdtPointer
  ljmp $8, $long

# The same bytes in both modes. Takes a text in ESI; uses EAX and EDX.
print:
  mov $0x3f8, %dx
1: lodsb
  test %al, %al
  jz 2f
  outb %al, %dx
  jmp 1b
2: ret

wrong:
  mov $wrongText, %esi
  call print
1: cli
  hlt
  jmp 1b

.code64
long:
  mov $16, %eax
  mov %eax, %ds
  mov %eax, %es
  mov %eax, %ss
  mov $stack, %esp

  # The fewest cycles that the passes of an empty loop took, in hexadecimal.
  step "speed"
  mov $16, %r14d
  mov $-1, %r15d
1: rdtsc
  mov %eax, %ebx
  mov $passes, %ecx
2: dec %ecx
  jnz 2b
  rdtsc
  sub %ebx, %eax
  cmp %r15d, %eax
  cmovb %eax, %r15d
  dec %r14d
  jnz 1b
  mov $cyclesText, %esi
  call print
  mov $8, %ecx
  mov $0x3f8, %dx
1: rol $4, %r15d
  mov %r15d, %eax
  and $15, %eax
  mov digits(%eax), %al
  outb %al, %dx
  loop 1b
  mov $newline, %esi
  call print

  step "breakpoint exception"
  mov $stubs, %esi
  mov $idt, %edi
  mov $vectors, %ecx
1: mov %esi, %eax
  and $0xffff, %eax
  or $0x80000, %eax             # code segment 8
  mov %eax, (%rdi)
  mov %esi, %eax
  and $0xffff0000, %eax
  or $0x8e00, %eax              # present, interrupt gate
  mov %eax, 4(%rdi)
  movq $0, 8(%rdi)
  add $8, %esi
  add $16, %edi
  loop 1b
  lidt idtPointer
  int3
  cmpb $1, breakpoints
  wrongUnless e

  # The handler maps the upper half, like the lower one.
  step "page fault"
  movabs $0xffff800001000000, %r12
  mov (%r12), %rax
  cmp _start, %rax
  wrongUnless e
  cmpb $1, faults
  wrongUnless e
  movq $0, pml4 + 8 * upper
  invlpg (%r12)
  mov (%r12), %rax
  cmpb $2, faults
  wrongUnless e
  movq $0, pml4 + 8 * upper
  mov %cr3, %rax
  mov %rax, %cr3
  mov (%r12), %rax
  cmpb $3, faults
  wrongUnless e

  step "MSRs"
  keepMsr 0x277, 0x00070406, 0x00070406        # PAT
  keepMsr 0xc0000100, 0xffff8000, 0x01000000   # FS.base
  keepMsr 0xc0000101, 0xffff8000, 0x01000000   # GS.base
  keepMsr 0xc0000102, 0x00000000, 0x01000000   # KernelGSbase
  keepMsr 0xc0000081, 0x00130010, 0x00000000   # STAR
  keepMsr 0xc0000082, 0xffffffff, 0x81000000   # LSTAR
  keepMsr 0xc0000084, 0x00000000, 0x00047700   # SFMASK
  swapgs
  mov $0xc0000101, %ecx
  rdmsr
  test %edx, %edx
  wrongUnless z

  # The local APIC counts down at the bus clock by 16.
  step "timer interrupt"
  mov $0xff, %al                # masks the interrupts of a firmware's timer
  outb %al, $0x21
  outb %al, $0xa1
  mov $0x1b, %ecx               # APIC base
  rdmsr
  and $0xfffff000, %eax
  mov %eax, %r13d
  movl $0x1ff, 0xf0(%r13)       # spurious vector, enabled
  movl $0, 0x80(%r13)           # task priority
  movl $3, 0x3e0(%r13)          # by 16
  movl $timerVector, 0x320(%r13)
  movl $100000, 0x380(%r13)
  sti
1: cmpb $1, ticks
  jne 1b
  cli

  step "wakeup from HLT"
  movl $100000, 0x380(%r13)
1: sti
  hlt
  cli
  cmpb $2, ticks
  jne 1b

  mov $1, %eax
  cpuid
  bt $24, %ecx
  jnc done
  step "TSC deadline timer"
  movl $timerVector + 0x40000, 0x320(%r13)
  mfence
  rdtsc
  add $1000000, %eax
  adc $0, %edx
  mov $0x6e0, %ecx
  wrmsr
1: sti
  hlt
  cli
  cmpb $3, ticks
  jne 1b

done:
  step "done"
1: hlt
  jmp 1b

# Eight bytes for each vector: an error code of 0 if the CPU pushes none, then a call whose return address tells the
# vector.
.balign 8
stubs:
.set vector, 0
.rept vectors
.if (vector == 8) || ((vector >= 10) && (vector <= 14)) || (vector == 17) || (vector == 21)
  nop
  nop
.else
  push $0
.endif
  call trap
  .balign 8
.set vector, vector + 1
.endr

trap:
  push %rax
  push %rbx
  push %rdx
  push %rsi
  mov 32(%rsp), %rax
  sub $stubs, %eax
  shr $3, %eax
  cmp $timerVector, %al
  je tick
  cmp $3, %al
  je breakpoint
  cmp $14, %al
  jne unexpected
  mov %cr2, %rbx
  cmp %rbx, %r12
  jne unexpected
  incb faults
  movl $pdpt + 3, pml4 + 8 * upper
  jmp return
tick:
  incb ticks
  movl $0, 0xb0(%r13)           # end of interrupt
  jmp return
breakpoint:
  incb breakpoints
return:
  pop %rsi
  pop %rdx
  pop %rbx
  pop %rax
  add $16, %rsp
  iretq

unexpected:
  mov %al, %bl
  mov $exceptionText, %esi
  call print
  mov %ebx, %eax
  shr $4, %eax
  and $15, %eax
  mov digits(%eax), %al
  outb %al, %dx
  mov %ebx, %eax
  and $15, %eax
  mov digits(%eax), %al
  outb %al, %dx
  mov $newline, %esi
  call print
1: cli
  hlt
  jmp 1b

.balign 8
gdt: .quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff
gdtPointer: .word 23
  .quad gdt
idtPointer: .word vectors * 16 - 1
  .quad idt
breakpoints: .byte 0
faults: .byte 0
ticks: .byte 0
digits: .ascii "0123456789abcdef"
wrongText: .asciz "kvm-proof: wrong result\r\n"
cyclesText: .asciz "kvm-proof: cycles "
exceptionText: .asciz "kvm-proof: exception "
newline: .asciz "\r\n"
